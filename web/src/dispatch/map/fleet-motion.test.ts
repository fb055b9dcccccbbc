import { expect, it } from 'vitest';
import { HORIZON_MS, type Motion, predict } from '../../motion/predict';
import { distanceM, type LatLon } from '../../motion/way';
import { BLEND_S, Fleet } from './fleet';
import { latitude, longitude } from './mercator';

/** Numbers in [0, 1) that are the same in every run. */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function town(next: () => number, from: LatLon = [-34.6, -58.4]): LatLon[] {
  const path: LatLon[] = [from];
  let [lat, lon] = from;
  for (let i = 0; i < 3 + next() * 20; i++) {
    if (next() < 0.5) lat += (next() - 0.5) * 0.004;
    else lon += (next() - 0.5) * 0.004;
    path.push([lat, lon]);
  }
  return path;
}

function drawn(fleet: Fleet, s: number): LatLon {
  const p = fleet.placeOf('a', s);
  return p ? [latitude(p.y), longitude(p.x)] : [0, 0];
}

it('a marker is where the prediction says, at every moment, once it is blended in', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const next = random(seed);
    const motion: Motion = { at: 5_000_000, path: town(next), speed_mps: 1 + next() * 25, accuracy_m: 5 };
    const fleet = new Fleet();
    fleet.move('a', -34.601, -58.401, null, 4_990_000, 0, false);
    const made = next() * 20;
    let worst = 0;
    fleet.expect('a', motion, made, 100, false);
    for (let s = 100; s < 100 + HORIZON_MS / 1000 + 20; s += 0.05 + next() * 0.4) {
      fleet.advance(s);
      if (s < 100 + BLEND_S + 0.05) continue;
      const said = predict(motion, motion.at + (made + s - 100) * 1000);
      if (said) worst = Math.max(worst, distanceM(drawn(fleet, s), [said.lat, said.lon]));
    }
    // A frame that comes late cuts a corner for its own length.
    expect(worst).toBeLessThan(motion.speed_mps * 0.1 + 0.5);
  }
});

it('never jumps, whatever comes', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const next = random(seed);
    const fleet = new Fleet();
    let at = 1_000_000;
    fleet.move('a', -34.6, -58.4, null, at, 0, false);
    let before = drawn(fleet, 0);
    let widest = 0;
    for (let s = 0; s < 200; s += 1 / 30) {
      fleet.advance(s);
      const wild = next();
      const here: LatLon = [-34.6 + (next() - 0.5) * 0.002, -58.4 + (next() - 0.5) * 0.002];
      if (wild < 0.02) {
        at += 5000;
        fleet.move('a', here[0], here[1], null, at, s, false);
      } else if (wild < 0.04) {
        const path = next() < 0.3 ? null : town(next, here);
        at += 1000;
        fleet.expect('a', { at, path, speed_mps: next() * 20, accuracy_m: 5 }, next() * 10, s, false);
      }
      const now = drawn(fleet, s);
      widest = Math.max(widest, distanceM(before, now));
      before = now;
    }
    // At most: 800 m closed within the second of the blend, and 20 m/s along the way.
    expect(widest).toBeGreaterThan(0.1);
    expect(widest).toBeLessThan((800 + 20) / 30);
  }
});

it('a position on the way makes the doubt small again; one off it ends the prediction', () => {
  const fleet = new Fleet();
  fleet.move('a', 41.15, -8.61, null, 10_000, 0, false);
  const path: LatLon[] = [
    [41.15, -8.61],
    [41.17, -8.61],
  ];
  fleet.expect('a', { at: 10_000, path, speed_mps: 10, accuracy_m: 5 }, 0, 0, false);
  for (let s = 0; s <= 30; s += 0.5) fleet.advance(s);
  expect(fleet.doubtM('a', 30)).toBeCloseTo(5 + 0.35 * 300, 3);
  // 270 m on, 4 m beside the way.
  fleet.move('a', 41.15243, -8.61005, null, 40_000, 30, false);
  expect(fleet.doubtM('a', 30)).toBeCloseTo(5, 3);
  fleet.advance(32);
  expect(distanceM(drawn(fleet, 32), [41.15243, -8.61])).toBeCloseTo(20, 0);
  fleet.move('a', 41.153, -8.6, null, 70_000, 60, false);
  expect(fleet.doubtM('a', 60)).toBeNull();
  fleet.advance(62);
  expect(distanceM(drawn(fleet, 62), [41.153, -8.6])).toBeLessThan(0.1);
});

it('stands after two minutes, and asks for no frames then', () => {
  const fleet = new Fleet();
  fleet.move('a', 41.1, -8.6, null, 0, 0, false);
  const motion: Motion = {
    at: 1,
    path: [
      [41.1, -8.6],
      [41.3, -8.6],
    ],
    speed_mps: 10,
    accuracy_m: 5,
  };
  fleet.expect('a', motion, 0, 0, false);
  for (let s = 0; s < 130; s++) fleet.advance(s);
  expect(fleet.movingUntil).toBeCloseTo(120, 1);
  expect(distanceM(drawn(fleet, 500), [41.1, -8.6])).toBeCloseTo(1200, 0);
});

it('moves in steps where motion is not wanted', () => {
  const fleet = new Fleet();
  fleet.move('a', 41.1, -8.6, null, 0, 0, true);
  const path: LatLon[] = [
    [41.1, -8.6],
    [41.3, -8.6],
  ];
  fleet.expect('a', { at: 1, path, speed_mps: 10, accuracy_m: 5 }, 0, 0, true);
  expect(fleet.movingUntil).toBe(0);
  expect(fleet.advance(3)).toBe(false);
  expect(fleet.advance(5)).toBe(true);
  expect(distanceM(drawn(fleet, 6), [41.1, -8.6])).toBeCloseTo(50, 0);
});
