import type { CustomerLive } from '../socket/frames';

export type Lang = 'es' | 'en';

const STATUSES = [
  'pending',
  'scheduled',
  'en_camino',
  'arrived',
  'working',
  'completed',
  'cancelled',
] as const;
type VisitStatus = (typeof STATUSES)[number];

/** A visit as this page sees it: arrival is a state of its own. */
export interface Visit {
  status: VisitStatus;
  window: { from: number; to: number } | null;
  technician: CustomerLive['technician'];
  position: { lat: number; lon: number; at: number } | null;
  /** The way that is expected, `[lat, lon]`. */
  route: [number, number][] | null;
}

/** The stream's data; a state that this page does not know yet is shown as a confirmed visit. */
export function toVisit(live: CustomerLive & { route?: number[][] | null }): Visit {
  return {
    status: STATUSES.find((status) => status === live.status) ?? 'scheduled',
    window: live.window ?? null,
    technician: live.technician,
    position: live.position ?? null,
    route: live.route?.map(([lat, lon]) => [lat ?? 0, lon ?? 0]) ?? null,
  };
}

const ZONE = 'America/Argentina/Buenos_Aires';
const format = (lang: Lang, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(lang === 'es' ? 'es-AR' : 'en-GB', { timeZone: ZONE, ...options });
const clock = (lang: Lang, at: number) =>
  format(lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
const dayOf = (at: number) => format('en', { dateStyle: 'short' }).format(at);

const STATE: Record<Lang, Record<Visit['status'], string>> = {
  es: {
    pending: 'Tu visita está confirmada',
    scheduled: 'Tu visita está confirmada',
    en_camino: '{name} está en camino',
    arrived: '{name} llegó',
    working: '{name} está trabajando',
    completed: 'El trabajo terminó',
    cancelled: 'La visita fue cancelada',
  },
  en: {
    pending: 'Your visit is confirmed',
    scheduled: 'Your visit is confirmed',
    en_camino: '{name} is on the way',
    arrived: '{name} has arrived',
    working: '{name} is working',
    completed: 'The job is done',
    cancelled: 'The visit was cancelled',
  },
};

export function stateWords(visit: Visit, lang: Lang): string {
  const someone = lang === 'es' ? 'El técnico' : 'The technician';
  return STATE[lang][visit.status].replace('{name}', visit.technician?.first_name || someone);
}

/** When, as a range of clock times; empty without a window or once it does not matter any more. */
export function windowWords(visit: Visit, lang: Lang, now: number): string {
  const w = visit.window;
  if (!w || !(visit.status === 'scheduled' || visit.status === 'en_camino' || visit.status === 'pending'))
    return '';
  const [a, b] = [clock(lang, w.from), clock(lang, w.to)];
  const range =
    lang === 'es'
      ? a === b
        ? `a las ${a}`
        : `entre ${a} y ${b}`
      : a === b
        ? `at ${a}`
        : `between ${a} and ${b}`;
  if (visit.status === 'en_camino') return lang === 'es' ? `Llega ${range}` : `Arrives ${range}`;
  if (dayOf(w.from) === dayOf(now)) return lang === 'es' ? `Hoy ${range}` : `Today ${range}`;
  const day = format(lang, { weekday: 'long', day: 'numeric', month: 'long' }).format(w.from);
  return lang === 'es' ? `El ${day}, ${range}` : `On ${day}, ${range}`;
}

/** What is left of the window, in minutes rounded outward, so that the promise holds. */
export function countdownWords(visit: Visit, lang: Lang, now: number): string {
  if (visit.status !== 'en_camino' || !visit.window) return '';
  const low = Math.max(0, Math.floor((visit.window.from - now) / 60_000));
  const high = Math.ceil((visit.window.to - now) / 60_000);
  if (high < 0)
    return lang === 'es' ? 'Demora un poco más de lo previsto' : 'Taking a little longer than expected';
  if (high <= 1) return lang === 'es' ? 'Está por llegar' : 'About to arrive';
  if (low === 0) return lang === 'es' ? `Menos de ${high} min` : `Less than ${high} min`;
  if (low === high) return lang === 'es' ? `Faltan ${high} min` : `${high} min to go`;
  return lang === 'es' ? `Faltan de ${low} a ${high} min` : `${low} to ${high} min to go`;
}

/** How old the position is. */
export function fixWords(at: number, lang: Lang, now: number): string {
  const s = Math.max(0, Math.round((now - at) / 1000));
  const age = s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 3600)} h`;
  return lang === 'es' ? `Última posición hace ${age}` : `Last position ${age} ago`;
}

/** `2,3 km` or `400 m`. */
export function distanceWords(m: number, lang: Lang): string {
  if (m < 950) return `${Math.max(50, Math.round(m / 50) * 50)} m`;
  const km = new Intl.NumberFormat(lang === 'es' ? 'es-AR' : 'en-GB', { maximumFractionDigits: 1 });
  return `${km.format(m / 1000)} km`;
}

/** What the map says by itself. */
export const MAP_WORDS: Record<Lang, { title: string; twoFingers: string; ctrlZoom: string }> = {
  es: {
    title: 'Mapa del recorrido',
    twoFingers: 'Usá dos dedos para mover el mapa',
    ctrlZoom: 'Usá Ctrl y la rueda para acercar el mapa',
  },
  en: {
    title: 'Map of the way',
    twoFingers: 'Use two fingers to move the map',
    ctrlZoom: 'Use Ctrl and the wheel to zoom the map',
  },
};

export const LINE_LOST: Record<Lang, string> = {
  es: 'Sin conexión. Reintentando…',
  en: 'No connection. Trying again…',
};
