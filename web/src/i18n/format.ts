import { lang, locale } from './lang';

const ZONE = 'America/Argentina/Buenos_Aires';

const cache = new Map<string, Intl.DateTimeFormat>();
function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale() + JSON.stringify(options);
  let made = cache.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(locale(), { timeZone: ZONE, ...options });
    cache.set(key, made);
  }
  return made;
}

/** `14:20`, in the organization's zone. */
export const clock = (at: number | string | Date): string =>
  formatter({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at));

/** `lun, 3 nov`. */
export const day = (at: number | string | Date): string =>
  formatter({ weekday: 'short', day: 'numeric', month: 'short' }).format(new Date(at));

/** The day in the organization's zone, as `2026-11-03`. */
export function dayKey(at: number | string | Date): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, dateStyle: 'short' });
  return parts.format(new Date(at));
}

/** `hace 12 s`, `hace 4 min`, `hace 2 h`, `hace 3 d`. */
export function ago(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  const text =
    s < 60
      ? `${s} s`
      : s < 3600
        ? `${Math.floor(s / 60)} min`
        : s < 86_400
          ? `${Math.floor(s / 3600)} h`
          : `${Math.floor(s / 86_400)} d`;
  return lang() === 'es' ? `hace ${text}` : `${text} ago`;
}

/** `14:20 a 14:35` as a range of clock times. */
export function between(from: number | string, to: number | string): string {
  const [a, b] = [clock(from), clock(to)];
  if (a === b) return a;
  return lang() === 'es' ? `${a} a ${b}` : `${a} to ${b}`;
}

/** `12 a 18 min` from seconds, rounded outward so that the promise holds. */
export function minutesRange(lowS: number, highS: number): string {
  const low = Math.max(0, Math.floor(lowS / 60));
  const high = Math.max(1, Math.ceil(highS / 60));
  if (low === high) return `${high} min`;
  return lang() === 'es' ? `${low} a ${high} min` : `${low} to ${high} min`;
}
