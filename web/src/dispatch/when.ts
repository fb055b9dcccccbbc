import { clock, dayKey } from '../i18n/format';

/** What the date and time fields hold. */
export interface When {
  date: string;
  from: string;
  to: string;
}

/** Argentina keeps one offset all year. */
const OFFSET = '-03:00';

/** The fields as RFC 3339; null when "to" is not after "from"; empty without a day and a start. */
export function toSchedule(when: When): { scheduled_start?: string; scheduled_end?: string } | null {
  if (!when.date || !when.from) return {};
  const start = new Date(`${when.date}T${when.from}:00${OFFSET}`);
  if (!when.to) return { scheduled_start: start.toISOString() };
  const end = new Date(`${when.date}T${when.to}:00${OFFSET}`);
  if (end <= start) return null;
  return { scheduled_start: start.toISOString(), scheduled_end: end.toISOString() };
}

/** The fields of a schedule that exists. */
export function fromSchedule(start: string | null | undefined, end: string | null | undefined): When {
  if (!start) return { date: dayKey(Date.now()), from: '', to: '' };
  return { date: dayKey(start), from: clock(start), to: end ? clock(end) : '' };
}
