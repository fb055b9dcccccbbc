import { describe, expect, it } from 'vitest';
import { BEHIND_MS, BEYOND_MS, Follower } from './follower';
import { distanceM, type LatLon } from './way';

const HOME: LatLon = [-34.6, -58.38];
// East for 917 m, then north for 1,112 m.
const ROUTE: LatLon[] = [[-34.61, -58.39], [-34.61, -58.38], HOME];
const spot = (follower: Follower, now: number): LatLon => {
  const s = follower.at(now);
  return s ? [s.lat, s.lon] : [0, 0];
};

describe('the customer’s marker', () => {
  it('goes along the route between two positions, half a minute behind', () => {
    const follower = new Follower();
    follower.setRoute(ROUTE);
    follower.fix(0, -34.61, -58.382);
    follower.fix(30_000, -34.608, -58.38);
    // 183 m east and 222 m north: the corner comes after 45 %.
    const corner = spot(follower, BEHIND_MS + 30_000 * (183.3 / (183.3 + 222.4)));
    expect(distanceM(corner, [-34.61, -58.38])).toBeLessThan(2);
    expect(distanceM(spot(follower, BEHIND_MS), [-34.61, -58.382])).toBeLessThan(1);
    expect(distanceM(spot(follower, BEHIND_MS + 30_000), [-34.608, -58.38])).toBeLessThan(1);
  });

  it('goes a little beyond the last position, then stands', () => {
    const follower = new Follower();
    follower.setRoute(ROUTE);
    follower.fix(0, -34.609, -58.38);
    follower.fix(30_000, -34.606, -58.38);
    const last = BEHIND_MS + 30_000;
    expect(distanceM(spot(follower, last + 5000), [-34.6055, -58.38])).toBeLessThan(1);
    const end = spot(follower, last + BEYOND_MS);
    expect(distanceM(end, [-34.605, -58.38])).toBeLessThan(1);
    expect(spot(follower, last + 3_600_000)).toEqual(end);
  });

  it('never goes beyond without a route, nor past its end', () => {
    const follower = new Follower();
    follower.fix(0, -34.609, -58.38);
    follower.fix(30_000, -34.606, -58.38);
    expect(spot(follower, 100_000)).toEqual([-34.606, -58.38]);
    follower.setRoute(ROUTE);
    follower.fix(60_000, -34.6001, -58.38);
    expect(distanceM(spot(follower, 500_000), HOME)).toBeLessThan(0.1);
  });

  it('knows the way ahead from the marker on, also when the newest way begins before it', () => {
    const follower = new Follower();
    follower.setRoute(ROUTE);
    follower.fix(0, -34.61, -58.388);
    follower.fix(30_000, -34.61, -58.384);
    // Planned anew from the newest position; the marker is still half a minute behind.
    follower.setRoute([[-34.61, -58.384], [-34.61, -58.38], HOME]);
    const ahead = follower.ahead(BEHIND_MS + 15_000);
    expect(distanceM(ahead[0] ?? HOME, [-34.61, -58.386])).toBeLessThan(1);
    expect(ahead.at(-1)).toEqual(HOME);
    const length = ahead.slice(1).reduce((sum, p, i) => sum + distanceM(ahead[i] ?? p, p), 0);
    expect(length).toBeCloseTo(549 + 1112, -1);
    follower.setRoute(null);
    expect(follower.ahead(BEHIND_MS)).toEqual([]);
  });

  it('knows nothing before the first position, and stands there until more is known', () => {
    const follower = new Follower();
    expect(follower.at(1)).toBeNull();
    follower.fix(100_000, -34.61, -58.39);
    expect(spot(follower, 100_000)).toEqual([-34.61, -58.39]);
    follower.fix(90_000, 0, 0);
    expect(spot(follower, 200_000)).toEqual([-34.61, -58.39]);
    follower.clear();
    expect(follower.at(1)).toBeNull();
  });

  it('does not jump while positions come in', () => {
    const follower = new Follower();
    follower.setRoute(ROUTE);
    let [before, widest] = [null as LatLon | null, 0];
    for (let now = 0; now < 150_000; now += 100) {
      if (now % 30_000 === 0) follower.fix(now, -34.61 + (now / 150_000) * 0.01, -58.38);
      const here = spot(follower, now);
      if (before) widest = Math.max(widest, distanceM(before, here));
      before = here;
    }
    expect(widest).toBeGreaterThan(0);
    expect(widest).toBeLessThan(3);
  });
});
