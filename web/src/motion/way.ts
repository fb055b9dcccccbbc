/** `[lat, lon]` in degrees. */
export type LatLon = [lat: number, lon: number];

const RADIUS_M = 6_371_008.8;
const rad = (deg: number) => (deg * Math.PI) / 180;

/** Great-circle metres: the haversine on the mean radius, as the server has it. */
export function distanceM(a: LatLon, b: LatLon): number {
  const dLat = rad(b[0] - a[0]);
  const dLon = rad(b[1] - a[1]);
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(rad(a[0])) * Math.cos(rad(b[0])) * Math.sin(dLon / 2) ** 2;
  return 2 * RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Degrees clockwise from north, from one near place to another. */
export function bearing(a: LatLon, b: LatLon): number {
  const y = b[0] - a[0];
  const x = (b[1] - a[1]) * Math.cos(rad((a[0] + b[0]) / 2));
  return ((Math.atan2(x, y) * 180) / Math.PI + 360) % 360;
}

export interface Spot {
  lat: number;
  lon: number;
  /** Degrees; null where the way has no direction. */
  heading: number | null;
}

/** A polyline with its metres. */
export class Way {
  readonly length: number;
  /** Metres from the start to each corner. */
  private readonly metres: number[] = [0];

  constructor(private readonly path: LatLon[]) {
    let sum = 0;
    for (let i = 1; i < path.length; i++) {
      sum += distanceM(this.corner(i - 1), this.corner(i));
      this.metres.push(sum);
    }
    this.length = sum;
  }

  /** Where one is after `m` metres; before the start is the start, past the end the end. */
  at(m: number): Spot {
    const i = this.piece(m);
    const [a, b] = [this.corner(i), this.corner(i + 1)];
    const [from, to] = [this.metreOf(i), this.metreOf(i + 1)];
    const k = to > from ? Math.min(1, Math.max(0, (m - from) / (to - from))) : 0;
    return {
      lat: a[0] + (b[0] - a[0]) * k,
      lon: a[1] + (b[1] - a[1]) * k,
      heading: to > from ? bearing(a, b) : null,
    };
  }

  /** The way from one metre to another. */
  slice(from: number, to: number): LatLon[] {
    const [start, end] = [this.at(from), this.at(Math.max(from, to))];
    const corners = this.path.filter((_, i) => this.metreOf(i) > from && this.metreOf(i) < to);
    return [[start.lat, start.lon], ...corners, [end.lat, end.lon]];
  }

  /** The metre at which the straight piece ends on which `m` lies. */
  pieceEnd(m: number): number {
    return this.metreOf(this.piece(m) + 1);
  }

  /** The metre of the way that is nearest to a place, and how far off it is. */
  project(place: LatLon): { m: number; offM: number } {
    let best = { m: 0, offM: distanceM(place, this.corner(0)) };
    const squash = Math.cos(rad(place[0]));
    for (let i = 0; i + 1 < this.path.length; i++) {
      const [a, b] = [this.corner(i), this.corner(i + 1)];
      const [bx, by] = [(b[1] - a[1]) * squash, b[0] - a[0]];
      const [px, py] = [(place[1] - a[1]) * squash, place[0] - a[0]];
      const long = bx * bx + by * by;
      const k = long > 0 ? Math.min(1, Math.max(0, (px * bx + py * by) / long)) : 0;
      const offM = distanceM(place, [a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k]);
      if (offM < best.offM) best = { m: this.metreOf(i) + (this.metreOf(i + 1) - this.metreOf(i)) * k, offM };
    }
    return best;
  }

  /** The piece on which `m` lies, corners belonging to the piece that they begin. */
  private piece(m: number): number {
    const last = Math.max(0, this.path.length - 2);
    let [low, high] = [0, last];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.metreOf(middle) <= m) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private corner(i: number): LatLon {
    return this.path[i] ?? this.path[this.path.length - 1] ?? [0, 0];
  }

  private metreOf(i: number): number {
    return this.metres[i] ?? this.length;
  }
}
