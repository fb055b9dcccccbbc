/** A field that changed, with what it was and what it is, as people read it. */
export interface Change {
  field: string;
  old: string;
  new: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value in one line; `hidden` stands for personal data, of which the log holds a commitment alone. */
export function shown(value: unknown, hidden: string): string {
  if (value === null || value === undefined || value === '') return '—';
  if (isObject(value)) {
    if (typeof value.commitment === 'string') return hidden;
    return Object.entries(value)
      .map(([name, inner]) => `${name} ${shown(inner, hidden)}`)
      .join(', ');
  }
  if (Array.isArray(value)) return value.map((item) => shown(item, hidden)).join(', ') || '—';
  return String(value);
}

/** What an entry says of a change, field by field. */
export function changes(entry: { old?: unknown; new?: unknown }, hidden: string): Change[] {
  const before = isObject(entry.old) ? entry.old : {};
  const after = isObject(entry.new) ? entry.new : {};
  if (entry.new !== null && entry.new !== undefined && !isObject(entry.new)) {
    return [{ field: '', old: shown(entry.old, hidden), new: shown(entry.new, hidden) }];
  }
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((f) => f !== 'version');
  return fields.map((field) => ({
    field,
    old: shown(before[field], hidden),
    new: shown(after[field], hidden),
  }));
}

/** The moment at which a day of a date field begins in the organization's zone (UTC-3 all year). */
export const dayStart = (day: string): string | undefined => (day ? `${day}T00:00:00-03:00` : undefined);

/** The moment at which it ends. */
export function dayEnd(day: string): string | undefined {
  if (!day) return undefined;
  return new Date(Date.parse(`${day}T00:00:00-03:00`) + 86_400_000).toISOString();
}
