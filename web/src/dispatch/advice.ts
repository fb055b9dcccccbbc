import { nearest as nearestTo, recommendations as recommendationsOf } from '../api/routes';
import type { Eta, NearTechnician, Recommendation } from '../api/schema';
import { t, type Word } from '../i18n';
import { minutesRange } from '../i18n/format';
import { locale } from '../i18n/lang';
import type { Technician, Uuid } from '../socket/frames';
import { byStatus } from './board';

export type { Recommendation } from '../api/schema';

/** Who fits a job, the best first; empty where nobody can say. */
export async function recommendations(job: Uuid): Promise<Recommendation[]> {
  try {
    return (await recommendationsOf(job)).items;
  } catch {
    return [];
  }
}

/** Who can be at a place soonest: of those who are free, else of everyone on shift. */
export async function nearest(
  lat: number,
  lon: number,
): Promise<{ people: NearTechnician[]; areBusy: boolean }> {
  const free = (await nearestTo({ lat, lon })).items;
  if (free.length > 0) return { people: free, areBusy: false };
  return { people: (await nearestTo({ lat, lon, include_busy: true })).items, areBusy: true };
}

/** People in the order in which they should be thought of: as advised, then as the lists have them. */
export function inAdvisedOrder(people: Technician[], advice: Recommendation[]): Technician[] {
  const rank = new Map(advice.map((a, i) => [a.technician_id, i]));
  const of = (person: Technician) => rank.get(person.id) ?? advice.length;
  return [...people].sort((a, b) => of(a) - of(b) || byStatus(a, b));
}

/** `420 m` or `3,2 km`. */
export function distanceText(metres: number): string {
  if (metres < 950) return `${Math.round(metres / 10) * 10} m`;
  const km = new Intl.NumberFormat(locale(), { maximumFractionDigits: metres < 20_000 ? 1 : 0 });
  return `${km.format(metres / 1000)} km`;
}

/** `6 a 11 min`. */
export const etaText = (eta: Pick<Eta, 'p10_s' | 'p90_s'>): string => minutesRange(eta.p10_s, eta.p90_s);

const TIERS: Word[] = ['tier_0', 'tier_1', 'tier_2', 'tier_3'];

/** What an estimate was made from, in words. */
export const tierText = (tier: number): string => t(TIERS[tier] ?? 'tier_other');
