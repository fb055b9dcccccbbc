import type { Technician } from '../socket/frames';

/** How much a position can be trusted by its age. */
export type Freshness = 'none' | 'fresh' | 'ageing' | 'stale' | 'old';

export function freshness(at: number | null, now: number): Freshness {
  if (at === null) return 'none';
  const s = (now - at) / 1000;
  if (s <= 45) return 'fresh';
  if (s <= 120) return 'ageing';
  return s <= 600 ? 'stale' : 'old';
}

/** Seconds that are left of an ETA which was computed at `eta.at`; never negative. */
export function remaining(eta: NonNullable<Technician['eta']>, now: number): { low: number; high: number } {
  const passed = Math.max(0, (now - eta.at) / 1000);
  return { low: Math.max(0, eta.p10_s - passed), high: Math.max(0, eta.p90_s - passed) };
}
