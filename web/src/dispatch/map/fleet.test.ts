import { expect, it } from 'vitest';
import { Fleet, MAX_MOVE_S } from './fleet';
import { graticule, graticuleStep, latitude, longitude, mercatorX, mercatorY } from './mercator';

it('glides from where it is to where it was last seen, and never further', () => {
  const fleet = new Fleet();
  fleet.move('a', -34.6, -58.4, null, 1000, 0, false);
  fleet.move('a', -34.61, -58.41, 90, 11_000, 10, false);
  const at = (s: number) => {
    const p = fleet.placeOf('a', s);
    return p ? [latitude(p.y), longitude(p.x)] : [];
  };
  expect(at(10)[0]).toBeCloseTo(-34.6, 5);
  expect(at(15)[1]).toBeCloseTo(-58.405, 4);
  expect(at(20)[0]).toBeCloseTo(-34.61, 5);
  expect(at(1000)[0]).toBeCloseTo(-34.61, 5);
  expect(fleet.movingUntil).toBe(20);
});

it('only news counts, and a long silence is no long glide', () => {
  const fleet = new Fleet();
  fleet.move('a', -34.6, -58.4, null, 5000, 0, false);
  expect(fleet.move('a', 0, 0, null, 4000, 1, false)).toBe(false);
  fleet.move('a', -34.7, -58.4, null, 10_000_000, 2, false);
  expect(fleet.movingUntil).toBe(2 + MAX_MOVE_S);
});

it('keeps everyone apart while it grows and forgets', () => {
  const fleet = new Fleet();
  for (let i = 0; i < 500; i++) fleet.move(`t${i}`, -34 - i / 1000, -58, null, 1, 0, true);
  fleet.retain((id) => Number(id.slice(1)) % 7 === 0);
  expect(fleet.count).toBe(72);
  for (let i = 0; i < 500; i += 7) {
    const p = fleet.placeOf(`t${i}`, 1);
    expect(p && latitude(p.y)).toBeCloseTo(-34 - i / 1000, 4);
  }
  expect(fleet.placeOf('t1', 1)).toBeNull();
});

it('knows Mercator forwards and backwards', () => {
  for (const [lat, lon] of [
    [0, 0],
    [-34.6037, -58.3816],
    [60, 179],
  ] as const) {
    expect(latitude(mercatorY(lat))).toBeCloseTo(lat, 9);
    expect(longitude(mercatorX(lon))).toBeCloseTo(lon, 9);
  }
});

it('draws few lines at every zoom, and they cover the view', () => {
  for (let zoom = 0; zoom < 20; zoom++) {
    const perPx = 360 / (512 * 2 ** zoom);
    const step = graticuleStep(perPx, 90);
    const [w, h] = [perPx * 1280, Math.min(170, perPx * 800)];
    const bounds: [number, number, number, number] = [-58.4 - w / 2, -h / 2, -58.4 + w / 2, h / 2];
    const lines = graticule(bounds, step);
    expect(lines.length).toBeLessThan(60);
    const lons = lines.flat().map((p) => p[0] ?? 0);
    expect(Math.min(...lons)).toBeLessThanOrEqual(bounds[0]);
    expect(Math.max(...lons)).toBeGreaterThanOrEqual(bounds[2]);
  }
});
