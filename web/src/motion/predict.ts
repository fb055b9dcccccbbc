import { type LatLon, type Spot, Way } from './way';

/** What the server expects of one technician from `at` on. */
export interface Motion {
  /** Unix milliseconds of the position that the path begins at. */
  at: number;
  /** The expected way ahead; null: do not predict. */
  path: LatLon[] | null;
  speed_mps: number;
  accuracy_m: number;
}

/** Longer than this nobody knows: the marker stops. */
export const HORIZON_MS = 120_000;
/** Each metre that was only predicted may be this much off. */
export const DOUBT_PER_M = 0.35;

export interface Predicted extends Spot {
  /** The true place is within this circle, as far as anyone can say. */
  radius_m: number;
  /** The prediction is over; what is shown is old. */
  frozen: boolean;
}

/**
 * Where a technician probably is at `nowMs`: along the path at the speed, for at most two minutes.
 *
 * Null when nothing may be predicted. The same rule as the server's (tests/vectors/motion.json).
 */
export function predict(motion: Motion, nowMs: number): Predicted | null {
  if (!motion.path || motion.path.length === 0) return null;
  return along(motion, new Way(motion.path), nowMs);
}

/** The same for a way whose metres are known already. */
export function along(motion: Motion, way: Way, nowMs: number): Predicted {
  const passed = Math.max(0, nowMs - motion.at);
  const metres = Math.min(way.length, (motion.speed_mps * Math.min(passed, HORIZON_MS)) / 1000);
  return {
    ...way.at(metres),
    radius_m: motion.accuracy_m + DOUBT_PER_M * metres,
    frozen: passed > HORIZON_MS,
  };
}
