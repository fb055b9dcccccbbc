import { DOUBT_PER_M, HORIZON_MS, type Motion } from '../../motion/predict';
import { Way } from '../../motion/way';
import { mercatorX, mercatorY } from './mercator';

/** Floats of one technician: from.xy, to.xy (relative to the origin), start, length, heading, look. */
export const STRIDE = 8;
/** Without a prediction a marker moves for at most this long towards its newest position. */
export const MAX_MOVE_S = 30;
/** What is known better pulls a marker to its place in this time. */
export const BLEND_S = 1;
/** A position this far from the expected way ends the prediction. */
export const OFF_WAY_M = 50;
/** Where motion is not wanted, a marker is put anew this often. */
const STEP_S = 5;

/** How a marker looks, packed into one number for the shader. */
export interface Look {
  /** Index into the palette: off_shift, available, en_camino, working, offline. */
  status: number;
  /** 0 fresh, 1 ageing, 2 stale (hollow), 3 old (grey). */
  age: number;
  selected: boolean;
}

export const packLook = (look: Look): number => look.status + 8 * look.age + 32 * (look.selected ? 1 : 0);

interface Point {
  x: number;
  y: number;
}

/** The way that a marker is expected to go, on the fleet's clock. */
interface Plan {
  way: Way;
  speed: number;
  accuracyM: number;
  /** The known position: when, and how far along the way. */
  since: number;
  metres: number;
  /** How far off the marker was when this plan came; gone after [`BLEND_S`]. */
  off: Point;
  made: number;
  /** Put anew from time to time instead of moved (reduced motion). */
  stepwise: boolean;
}

/** A plan as the server and the positions make it. */
type Course = Omit<Plan, 'off' | 'made' | 'stepwise'>;

const HORIZON_S = HORIZON_MS / 1000;
const radians = (deg: number | null) => (deg === null ? -1 : (deg * Math.PI) / 180);

/**
 * All markers in one array, as the shader wants it: a new position is eight floats, whatever the
 * number of technicians. Who has an expected way goes along it piece by piece: the shader moves them
 * within a piece, [`advance`] writes the next one. Plain data; times in seconds on any one clock.
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
  /** The expected way; null: the server predicts, but not now; undefined: it never did. */
  private readonly plans: (Plan | null | undefined)[] = [];
  /** When the present piece of the way ends. */
  private ends = new Float64Array(64);
  private origin: Point | null = null;

  get count(): number {
    return this.ids.length;
  }

  /** Where the array's zero is, in Mercator: near the fleet, so that 32 bits suffice for centimetres. */
  get zero(): Point {
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
    const known = this.index.get(id);
    const i = known ?? this.add(id);
    const before = this.seen[i] ?? 0;
    if (known !== undefined && atMs < before) return false;
    this.seen[i] = atMs;
    const isSame = atMs === before;
    const plan = this.plans[i];
    if (plan) {
      // The row that the plan was made from says nothing new.
      if (isSame) return true;
      if (this.refresh(i, plan, lat, lon, (atMs - before) / 1000, nowS, instant)) return true;
      this.plans[i] = null;
    }
    const jump = instant || known === undefined || before === 0;
    const gap =
      this.plans[i] === null ? BLEND_S : Math.min(MAX_MOVE_S, Math.max(0.5, (atMs - before) / 1000));
    const here = this.positionOf(i, nowS);
    const there = { x: x - this.zero.x, y: y - this.zero.y };
    this.write(i, jump ? there : here, there, nowS, jump ? 0 : gap, radians(headingDeg));
    this.ends[i] = Number.POSITIVE_INFINITY;
    return true;
  }

  /**
   * What the server expects of someone whose position came before; null path: nothing.
   *
   * `ageS` is how long ago `motion.at` was.
   */
  expect(id: string, motion: Motion, ageS: number, nowS: number, instant: boolean): void {
    const i = this.index.get(id);
    if (i === undefined || motion.at < (this.seen[i] ?? 0)) return;
    if (!motion.path || motion.path.length < 2 || motion.speed_mps <= 0) {
      if (this.plans[i]) this.settle(i, nowS);
      this.plans[i] = null;
      return;
    }
    const way = new Way(motion.path);
    const since = nowS - Math.max(0, ageS);
    this.seen[i] = motion.at;
    this.follow(
      i,
      { way, speed: motion.speed_mps, accuracyM: motion.accuracy_m, since, metres: 0 },
      nowS,
      instant,
    );
  }

  /** Writes the next piece of everyone whose piece has ended; true when anything changed. */
  advance(nowS: number): boolean {
    let any = false;
    for (let i = 0; i < this.ids.length; i++) {
      if ((this.ends[i] ?? 0) > nowS) continue;
      const plan = this.plans[i];
      if (plan) this.piece(i, plan, nowS);
      else this.ends[i] = Number.POSITIVE_INFINITY;
      any = true;
    }
    return any;
  }

  /** How far off the marker of someone may be; null without a prediction. */
  doubtM(id: string, nowS: number): number | null {
    const plan = this.plans[this.index.get(id) ?? -1];
    return plan ? plan.accuracyM + DOUBT_PER_M * (this.metresAt(plan, nowS) - plan.metres) : null;
  }

  look(id: string, look: number): void {
    const i = this.index.get(id);
    if (i === undefined || this.data[i * STRIDE + 7] === look) return;
    this.data[i * STRIDE + 7] = look;
    this.touch(i);
  }

  /** Where a marker is drawn at `nowS`, relative to the origin; the same rule as the shader's. */
  positionOf(i: number, nowS: number): Point {
    const o = i * STRIDE;
    const [fx, fy, tx, ty, start, length] = this.data.subarray(o, o + 6);
    const k = length ? Math.min(1, Math.max(0, (nowS - (start ?? 0)) / length)) : 1;
    return { x: (fx ?? 0) + ((tx ?? 0) - (fx ?? 0)) * k, y: (fy ?? 0) + ((ty ?? 0) - (fy ?? 0)) * k };
  }

  /** The same in Mercator; null for someone without a position. */
  placeOf(id: string, nowS: number): Point | null {
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
        this.plans[i] = this.plans[last];
        this.ends[i] = this.ends[last] ?? 0;
        this.index.set(moved, i);
        this.touch(i);
      }
      this.ids.pop();
      this.seen.pop();
      this.plans.pop();
    }
  }

  /** A known position on the expected way: the plan goes on from there. False when it is off the way. */
  private refresh(
    i: number,
    plan: Plan,
    lat: number,
    lon: number,
    laterS: number,
    nowS: number,
    instant: boolean,
  ): boolean {
    const { m, offM } = plan.way.project([lat, lon]);
    if (offM > OFF_WAY_M) return false;
    // Never into the future, whatever the phone's clock says.
    const since = Math.min(nowS, plan.since + laterS);
    this.follow(i, { ...plan, since, metres: m }, nowS, instant);
    return true;
  }

  private follow(i: number, plan: Course, nowS: number, instant: boolean): void {
    const here = this.positionOf(i, nowS);
    const there = this.expected(plan, nowS);
    const off = instant ? { x: 0, y: 0 } : { x: here.x - there.x, y: here.y - there.y };
    const full = { ...plan, off, made: nowS, stepwise: instant };
    this.plans[i] = full;
    this.piece(i, full, nowS);
  }

  /** Stops a marker where it is drawn. */
  private settle(i: number, nowS: number): void {
    const here = this.positionOf(i, nowS);
    this.write(i, here, here, nowS, 0, this.data[i * STRIDE + 6] ?? -1);
    this.ends[i] = Number.POSITIVE_INFINITY;
  }

  private metresAt(plan: Course, nowS: number): number {
    const passed = Math.min(HORIZON_S, Math.max(0, nowS - plan.since));
    return Math.min(plan.way.length, plan.metres + plan.speed * passed);
  }

  private expected(plan: Course, nowS: number): Point {
    const spot = plan.way.at(this.metresAt(plan, nowS));
    return { x: mercatorX(spot.lon) - this.zero.x, y: mercatorY(spot.lat) - this.zero.y };
  }

  private drawn(plan: Plan, atS: number): Point {
    const rest = Math.max(0, 1 - (atS - plan.made) / BLEND_S);
    const p = this.expected(plan, atS);
    return { x: p.x + plan.off.x * rest, y: p.y + plan.off.y * rest };
  }

  /** The straight piece that begins now: to the way's next corner, the blend's end or the horizon. */
  private piece(i: number, plan: Plan, nowS: number): void {
    const metres = this.metresAt(plan, nowS);
    const corner = plan.since + (plan.way.pieceEnd(metres + 0.01) - plan.metres) / plan.speed;
    const blended = plan.made + BLEND_S;
    const isOver = metres >= plan.way.length || nowS >= plan.since + HORIZON_S;
    let end = isOver ? Number.POSITIVE_INFINITY : Math.min(corner, plan.since + HORIZON_S);
    if (nowS < blended) end = Math.min(end, blended);
    const from = this.drawn(plan, nowS);
    const heading = radians(plan.way.at(metres + 0.01).heading);
    if (plan.stepwise) {
      this.write(i, from, from, nowS, 0, heading);
      this.ends[i] = isOver ? Number.POSITIVE_INFINITY : nowS + STEP_S;
      return;
    }
    // Corners on one spot must not keep a frame busy.
    const until = Math.max(end, nowS + 0.02);
    const length = Number.isFinite(until) ? until - nowS : 0;
    this.write(i, from, length ? this.drawn(plan, until) : from, nowS, length, heading);
    this.ends[i] = until;
  }

  private write(i: number, from: Point, to: Point, nowS: number, length: number, heading: number): void {
    const o = i * STRIDE;
    this.data[o] = from.x;
    this.data[o + 1] = from.y;
    this.data[o + 2] = to.x;
    this.data[o + 3] = to.y;
    this.data[o + 4] = nowS;
    this.data[o + 5] = length;
    this.data[o + 6] = heading;
    if (length > 0) this.movingUntil = Math.max(this.movingUntil, nowS + length);
    this.touch(i);
  }

  private add(id: string): number {
    const i = this.ids.length;
    if ((i + 1) * STRIDE > this.data.length) {
      const grown = new Float32Array(this.data.length * 2);
      grown.set(this.data);
      this.data = grown;
      const ends = new Float64Array(this.ends.length * 2);
      ends.set(this.ends);
      this.ends = ends;
    }
    this.data.fill(0, i * STRIDE, (i + 1) * STRIDE);
    this.ids.push(id);
    this.plans.push(undefined);
    this.ends[i] = Number.POSITIVE_INFINITY;
    this.index.set(id, i);
    this.touch(i);
    return i;
  }

  private touch(i: number): void {
    this.dirty = { from: Math.min(this.dirty.from, i), to: Math.max(this.dirty.to, i) };
  }
}
