import { describe, expect, it } from 'vitest';
import { DOUBT_PER_M, HORIZON_MS, type Motion, predict } from './predict';
import { bearing, distanceM, type LatLon, Way } from './way';

interface Vector {
  motion: Motion;
  now: number;
  expect: { lat: number; lon: number; radius_m: number; frozen: boolean } | null;
}

const files = import.meta.glob<Vector[]>('../../../tests/vectors/motion.json', {
  eager: true,
  import: 'default',
});

describe('prediction', () => {
  it('says what the server says', () => {
    const vectors = Object.values(files).flat();
    expect(vectors.length).toBeGreaterThan(5);
    for (const { motion, now, expect: wanted } of vectors) {
      const said = predict(motion, now);
      if (!wanted || !said) {
        expect(said).toBe(wanted);
        continue;
      }
      expect(distanceM([said.lat, said.lon], [wanted.lat, wanted.lon])).toBeLessThan(0.5);
      expect(said.radius_m).toBeCloseTo(wanted.radius_m, 1);
      expect(said.frozen).toBe(wanted.frozen);
    }
  });

  const path: LatLon[] = [
    [-34.6, -58.4],
    [-34.6, -58.39],
    [-34.59, -58.39],
  ];
  const motion: Motion = { at: 1_000_000, path, speed_mps: 10, accuracy_m: 8 };

  it('goes along the path and turns at the corner', () => {
    const way = new Way(path);
    const corner = way.pieceEnd(0);
    const before = predict(motion, motion.at + corner * 100 - 5000);
    const behind = predict(motion, motion.at + corner * 100 + 5000);
    expect(before?.heading).toBeCloseTo(90, 1);
    expect(behind?.heading).toBeCloseTo(0, 1);
    expect(behind?.lon).toBeCloseTo(-58.39, 9);
    expect(behind && distanceM([behind.lat, behind.lon], [-34.6, -58.39])).toBeCloseTo(50, 1);
  });

  it('grows in doubt, and freezes after two minutes', () => {
    for (const s of [0, 1, 30, 119, 120, 121, 3600]) {
      const p = predict(motion, motion.at + s * 1000);
      expect(p?.radius_m).toBeCloseTo(8 + DOUBT_PER_M * 10 * Math.min(s, 120), 6);
      expect(p?.frozen).toBe(s > HORIZON_MS / 1000);
    }
    const end = predict(motion, motion.at + HORIZON_MS);
    expect(predict(motion, motion.at + 10 * HORIZON_MS)).toMatchObject({ lat: end?.lat, lon: end?.lon });
  });

  it('stops at the end of the path, says nothing without one, and nothing before its time', () => {
    const fast = predict({ ...motion, speed_mps: 100 }, motion.at + 100_000);
    expect(fast).toMatchObject({ lat: -34.59, lon: -58.39 });
    expect(predict({ ...motion, path: null }, motion.at)).toBeNull();
    expect(predict({ ...motion, path: [] }, motion.at)).toBeNull();
    expect(predict(motion, motion.at - 5000)).toMatchObject({ lat: -34.6, lon: -58.4, radius_m: 8 });
    expect(predict({ ...motion, path: [[1, 2]] }, motion.at + 9000)).toMatchObject({
      lat: 1,
      lon: 2,
      heading: null,
    });
  });
});

describe('a way', () => {
  const way = new Way([
    [41.15, -8.61],
    [41.15, -8.61],
    [41.16, -8.61],
    [41.16, -8.6],
  ]);

  it('has the metres of its pieces, also where two corners are one', () => {
    expect(way.length).toBeCloseTo(1111.95 + 837.2, 0);
    expect(way.at(0)).toMatchObject({ lat: 41.15, heading: 0 });
    expect(way.at(-5).lat).toBe(41.15);
    expect(way.at(1e6)).toMatchObject({ lat: 41.16, lon: -8.6 });
    expect(way.pieceEnd(10)).toBeCloseTo(1111.95, 0);
  });

  it('finds the nearest metre of a place beside it', () => {
    const { m, offM } = way.project([41.155, -8.6096]);
    expect(m).toBeCloseTo(556, 0);
    expect(offM).toBeCloseTo(33.5, 0);
  });

  it('knows the compass', () => {
    expect(bearing([0, 0], [1, 0])).toBeCloseTo(0);
    expect(bearing([0, 0], [0, 1])).toBeCloseTo(90);
    expect(bearing([0, 0], [-1, -1])).toBeCloseTo(225, 0);
  });
});
