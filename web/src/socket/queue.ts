import type { Action, Ms, Point, Uuid } from './frames';

/** A recorded position and its number within the boot. */
export interface QueuedPoint {
  seq: number;
  point: Point;
}

/** What the person did, waiting for its `result`. `n` orders them; `due` leaves time to undo. */
export type Op = {
  n: number;
  id: Uuid;
  at: Ms;
  /** Nothing is sent before this time. */
  due: Ms;
  /** The newest point's number when it happened: points after it wait for a shift or pause frame. */
  after_seq: number;
} & (
  | { kind: 'shift'; on: boolean }
  | { kind: 'pause'; on: boolean }
  | {
      kind: 'command';
      job: Uuid;
      action: Action;
      version: number;
      notes?: string;
      photos?: number;
      signature?: boolean;
    }
);

/** The next run of consecutive numbers above `sent` and not above `limit`, at most `max` points. */
export function nextRun(points: QueuedPoint[], sent: number, limit: number, max: number): QueuedPoint[] {
  const run: QueuedPoint[] = [];
  let i = firstAbove(points, sent);
  for (; i < points.length && run.length < max; i++) {
    const next = points[i];
    if (!next || next.seq > limit) break;
    const last = run[run.length - 1];
    if (last && next.seq !== last.seq + 1) break;
    run.push(next);
  }
  return run;
}

/** Index of the first point numbered above `seq`; points are ordered by number. */
export function firstAbove(points: QueuedPoint[], seq: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((points[mid]?.seq ?? 0) <= seq) low = mid + 1;
    else high = mid;
  }
  return low;
}
