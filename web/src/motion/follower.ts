import { distanceM, type LatLon, type Spot, Way } from './way';

/** A customer sees what was this long ago: between two known positions nothing has to be guessed. */
export const BEHIND_MS = 30_000;
/** After the last known position the marker goes on for so long at most. */
export const BEYOND_MS = 10_000;
/** Positions this near to the route are on it. */
const ON_ROUTE_M = 50;

/** So many positions and routes reach back over the half minute, at one every five seconds. */
const KEPT = 10;

interface Fix {
  at: number;
  place: LatLon;
}

/**
 * Where to draw someone who is watched by a customer: on the way between known positions, half a
 * minute behind, a little beyond the last one, and then standing.
 *
 * Plain data; times are Unix milliseconds of one clock.
 */
export class Follower {
  private fixes: Fix[] = [];
  /** The newest expected way last; earlier ones, as the marker is still on them. */
  private routes: Way[] = [];

  /** A known position; older than the newest is no news. */
  fix(at: number, lat: number, lon: number): void {
    const newest = this.fixes[this.fixes.length - 1];
    if (newest && at <= newest.at) return;
    this.fixes = [...this.fixes.slice(1 - KEPT), { at, place: [lat, lon] }];
  }

  /** The way that is expected from about here to the home; null: unknown. */
  setRoute(path: LatLon[] | null): void {
    if (!path || path.length < 2) {
      this.routes = [];
      return;
    }
    const way = new Way(path);
    const newest = this.routes[this.routes.length - 1];
    const isSame = newest?.length === way.length && newest.at(0).lat === way.at(0).lat;
    if (!isSame) this.routes = [...this.routes.slice(1 - KEPT), way];
  }

  clear(): void {
    this.fixes = [];
    this.routes = [];
  }

  /** Null before the first position. */
  at(now: number): Spot | null {
    const shown = now - BEHIND_MS;
    const next = this.fixes.findIndex((fix) => fix.at > shown);
    const last = this.fixes[this.fixes.length - 1];
    if (!last) return null;
    if (next < 0) return this.beyond(last, Math.min(BEYOND_MS, shown - last.at));
    const [a, b] = [this.fixes[next - 1], this.fixes[next]];
    // Before all that is known there is only the first known place.
    if (!a || !b) return this.stand((b ?? last).place);
    return this.between(a, b, (shown - a.at) / (b.at - a.at));
  }

  /** The way from the marker to the end, for drawing; empty when none is known. */
  ahead(now: number): LatLon[] {
    const spot = this.at(now);
    const newest = this.routes[this.routes.length - 1];
    if (!spot || !newest) return [];
    const place: LatLon = [spot.lat, spot.lon];
    const whole = newest.slice(0, newest.length);
    for (const route of this.routes.toReversed()) {
      const m = metreOn(route, place);
      if (m === null) continue;
      if (route === newest) return route.slice(m, route.length);
      const joint = whole[0] ? metreOn(route, whole[0]) : null;
      return joint !== null && joint > m ? [...route.slice(m, joint), ...whole] : [place, ...whole];
    }
    return [place, ...whole];
  }

  private between(a: Fix, b: Fix, k: number): Spot {
    for (const route of this.routes.toReversed()) {
      const [from, to] = [metreOn(route, a.place), metreOn(route, b.place)];
      if (from !== null && to !== null && to >= from) return route.at(from + (to - from) * k);
    }
    const way = new Way([a.place, b.place]);
    return way.at(way.length * k);
  }

  private beyond(last: Fix, ms: number): Spot {
    const before = this.fixes[this.fixes.length - 2];
    const route = this.routes[this.routes.length - 1];
    const m = route ? metreOn(route, last.place) : null;
    if (!route || !before || m === null || ms <= 0) return this.stand(last.place);
    const from = metreOn(route, before.place);
    const metres = from !== null && m >= from && from > 0 ? m - from : distanceM(before.place, last.place);
    return route.at(m + (metres / (last.at - before.at)) * ms);
  }

  private stand(place: LatLon): Spot {
    return { lat: place[0], lon: place[1], heading: null };
  }
}

/** How far along a way a place is that lies on it; else null. */
function metreOn(way: Way, place: LatLon): number | null {
  const { m, offM } = way.project(place);
  return offM <= ON_ROUTE_M ? m : null;
}
