import { mercatorX, mercatorY } from './mercator';

/** Floats of one technician: from.xy, to.xy (relative to the origin), start, length, heading, look. */
export const STRIDE = 8;
/** A marker moves for at most this long towards its newest position. */
export const MAX_MOVE_S = 30;

/** How a marker looks, packed into one number for the shader. */
export interface Look {
  /** Index into the palette: off_shift, available, en_camino, working, offline. */
  status: number;
  /** 0 fresh, 1 ageing, 2 stale (hollow), 3 old (grey). */
  age: number;
  selected: boolean;
}

export const packLook = (look: Look): number => look.status + 8 * look.age + 32 * (look.selected ? 1 : 0);

/**
 * All markers in one array, as the shader wants it: a new position is eight floats, whatever the
 * number of technicians. Plain data; times in seconds on any one clock.
 */
export class Fleet {
  data = new Float32Array(64 * STRIDE);
  /** What changed since the array was uploaded last, as indices; empty when `from > to`. */
  dirty = { from: Number.POSITIVE_INFINITY, to: -1 };
  /** When the last movement ends. */
  movingUntil = 0;
  private readonly index = new Map<string, number>();
  private readonly ids: string[] = [];
  private readonly seen: number[] = [];
  private origin: { x: number; y: number } | null = null;

  get count(): number {
    return this.ids.length;
  }

  /** Where the array's zero is, in Mercator: near the fleet, so that 32 bits suffice for centimetres. */
  get zero(): { x: number; y: number } {
    return this.origin ?? { x: 0, y: 0 };
  }

  idAt(i: number): string | undefined {
    return this.ids[i];
  }

  /** A position; `atMs` orders positions, `instant` makes the marker jump. False when it is no news. */
  move(
    id: string,
    lat: number,
    lon: number,
    headingDeg: number | null,
    atMs: number,
    nowS: number,
    instant: boolean,
  ): boolean {
    const [x, y] = [mercatorX(lon), mercatorY(lat)];
    this.origin ??= { x, y };
    const [rx, ry] = [x - this.origin.x, y - this.origin.y];
    const known = this.index.get(id);
    const i = known ?? this.add(id);
    const before = this.seen[i] ?? 0;
    if (known !== undefined && atMs < before) return false;
    const here = this.positionOf(i, nowS);
    const length = Math.min(MAX_MOVE_S, Math.max(0.5, (atMs - before) / 1000));
    const jump = instant || known === undefined || before === 0;
    const o = i * STRIDE;
    this.data[o] = jump ? rx : here.x;
    this.data[o + 1] = jump ? ry : here.y;
    this.data[o + 2] = rx;
    this.data[o + 3] = ry;
    this.data[o + 4] = nowS;
    this.data[o + 5] = jump ? 0 : length;
    this.data[o + 6] = headingDeg === null ? -1 : (headingDeg * Math.PI) / 180;
    this.seen[i] = atMs;
    if (!jump) this.movingUntil = Math.max(this.movingUntil, nowS + length);
    this.touch(i);
    return true;
  }

  look(id: string, look: number): void {
    const i = this.index.get(id);
    if (i === undefined || this.data[i * STRIDE + 7] === look) return;
    this.data[i * STRIDE + 7] = look;
    this.touch(i);
  }

  /** Where a marker is drawn at `nowS`, relative to the origin; the same rule as the shader's. */
  positionOf(i: number, nowS: number): { x: number; y: number } {
    const o = i * STRIDE;
    const [fx, fy, tx, ty, start, length] = this.data.subarray(o, o + 6);
    const k = length ? Math.min(1, Math.max(0, (nowS - (start ?? 0)) / length)) : 1;
    return { x: (fx ?? 0) + ((tx ?? 0) - (fx ?? 0)) * k, y: (fy ?? 0) + ((ty ?? 0) - (fy ?? 0)) * k };
  }

  /** The same in Mercator; null for someone without a position. */
  placeOf(id: string, nowS: number): { x: number; y: number } | null {
    const i = this.index.get(id);
    if (i === undefined) return null;
    const p = this.positionOf(i, nowS);
    return { x: p.x + this.zero.x, y: p.y + this.zero.y };
  }

  /** Forgets everyone who is not in `keep`. */
  retain(keep: (id: string) => boolean): void {
    for (let i = this.ids.length - 1; i >= 0; i--) {
      const id = this.ids[i];
      if (id === undefined || keep(id)) continue;
      const last = this.ids.length - 1;
      const moved = this.ids[last];
      this.index.delete(id);
      if (moved !== undefined && last !== i) {
        this.data.copyWithin(i * STRIDE, last * STRIDE, (last + 1) * STRIDE);
        this.ids[i] = moved;
        this.seen[i] = this.seen[last] ?? 0;
        this.index.set(moved, i);
        this.touch(i);
      }
      this.ids.pop();
      this.seen.pop();
    }
  }

  private add(id: string): number {
    const i = this.ids.length;
    if ((i + 1) * STRIDE > this.data.length) {
      const grown = new Float32Array(this.data.length * 2);
      grown.set(this.data);
      this.data = grown;
    }
    this.data.fill(0, i * STRIDE, (i + 1) * STRIDE);
    this.ids.push(id);
    this.index.set(id, i);
    this.touch(i);
    return i;
  }

  private touch(i: number): void {
    this.dirty = { from: Math.min(this.dirty.from, i), to: Math.max(this.dirty.to, i) };
  }
}
