import { namePlace, searchPlaces as search } from '../api/routes';
import type { Place } from '../api/types';
import { t, type Word } from '../i18n';

/** Letters before anything is asked. */
export const SHORTEST = 3;
/** A map may be built while the page is open: how long "there is none" is believed. */
const BELIEVED_MS = 60_000;
let mapless = 0;

/** Addresses that may be meant; null where no map knows any, and the text stands for itself. */
export async function searchPlaces(text: string, limit = 6): Promise<Place[] | null> {
  const q = text.trim().slice(0, 200);
  if (q.length < SHORTEST || Date.now() - mapless < BELIEVED_MS) return null;
  const found = await search({ q, limit });
  if (!found.map) mapless = Date.now();
  return found.map ? found.items : null;
}

/** What a point is called; null where nothing is known. */
export async function nameOf(at: { lat: number; lon: number }): Promise<string | null> {
  if (Date.now() - mapless < BELIEVED_MS) return null;
  const named = await namePlace({ lat: at.lat, lon: at.lon });
  if (!named.map) mapless = Date.now();
  return named.label ?? null;
}

/** Is the point good enough to go there without a look at the map? */
export const isExact = (precision: Place['precision']): boolean =>
  precision !== 'street' && precision !== 'place';

/** How exactly the point is known, in words. */
export const exactness = (precision: Place['precision']): string => t(`precision_${precision}` as Word);

const WITHIN =
  /(?:^|[\s,])((?:(?:piso|dpto|depto|dto|departamento|oficina|of|torre|casa|local|uf|pb|ph)\b\.?|\d{1,2}\s*[°º]).*)$/i;

/** Floor and flat of what was typed: the map knows doors, not what is behind them. */
export function withinOf(text: string): string {
  return WITHIN.exec(text)?.[1]?.trim() ?? '';
}
