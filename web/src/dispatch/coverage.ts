import { etaCoverage } from '../api/routes';
import type { CoverageRow } from '../api/schema';

export type Row = Pick<CoverageRow, 'tier' | 'hour_of_week' | 'arrivals' | 'inside'>;

export interface Share {
  arrivals: number;
  inside: number;
}

/** Windows are made so that this share holds. */
export const PROMISED = 0.8;
/** After fewer arrivals a share says nothing. */
export const ENOUGH = 10;

const add = (a: Share, b: Share): Share => ({
  arrivals: a.arrivals + b.arrivals,
  inside: a.inside + b.inside,
});
const NOTHING: Share = { arrivals: 0, inside: 0 };

/** All arrivals, those of each tier that has any, and those of each hour of the day. */
export function summary(rows: Row[]): {
  all: Share;
  tiers: { tier: number; share: Share }[];
  hours: Share[];
} {
  const tiers = new Map<number, Share>();
  const hours = Array.from({ length: 24 }, () => NOTHING);
  for (const row of rows) {
    const tier = row.tier ?? 0;
    tiers.set(tier, add(tiers.get(tier) ?? NOTHING, row));
    // Monday 0:00 is 0.
    const hour = (row.hour_of_week ?? 0) % 24;
    hours[hour] = add(hours[hour] ?? NOTHING, row);
  }
  return {
    all: rows.reduce<Share>(add, NOTHING),
    tiers: [...tiers].sort(([a], [b]) => a - b).map(([tier, share]) => ({ tier, share })),
    hours,
  };
}

/** 0 to 100; null before the first arrival. */
export const percent = ({ arrivals, inside }: Share): number | null =>
  arrivals > 0 ? Math.round((100 * inside) / arrivals) : null;

export async function coverage(): Promise<Row[]> {
  return (await etaCoverage()).items;
}
