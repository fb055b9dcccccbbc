import { dayKey } from '../i18n/format';
import type { Job, JobStatus, Technician } from '../socket/frames';

export type Group =
  | 'unassigned'
  | 'pending'
  | 'scheduled'
  | 'en_camino'
  | 'working'
  | 'completed'
  | 'cancelled';

/** What needs a hand comes first, what is over comes last. */
export const GROUPS: Group[] = [
  'unassigned',
  'working',
  'en_camino',
  'scheduled',
  'pending',
  'completed',
  'cancelled',
];

const OPEN: ReadonlySet<JobStatus> = new Set(['en_camino', 'working']);

export function groupOf(job: Job): Group {
  const open = job.status === 'pending' || job.status === 'scheduled';
  return open && job.technician_ids.length === 0 ? 'unassigned' : job.status;
}

/** Belongs on today's board: under way, due today or before, or without a date; ended only if today. */
export function isToday(job: Job, now: number): boolean {
  if (OPEN.has(job.status)) return true;
  const today = dayKey(now);
  if (job.status === 'completed' || job.status === 'cancelled') {
    const ended = job.actual_end ?? job.scheduled_start ?? job.updated_at;
    return !ended || dayKey(ended) === today;
  }
  return !job.scheduled_start || dayKey(job.scheduled_start) <= today;
}

/** What the list is narrowed to: a group of the board, and somebody's jobs (`none`: nobody's). Empty is all. */
export function isWanted(job: Job, state: Group | '', crew: string): boolean {
  if (state !== '' && groupOf(job) !== state) return false;
  if (crew === 'none') return job.technician_ids.length === 0;
  return crew === '' || job.technician_ids.includes(crew);
}

/** Text without accents and case: "Ñandú" is found by "nandu". */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();
}

/** Every word of the query occurs somewhere. */
export function matches(query: string, ...texts: (string | null | undefined)[]): boolean {
  const words = fold(query).split(/\s+/).filter(Boolean);
  const hay = fold(texts.filter(Boolean).join(' '));
  return words.every((word) => hay.includes(word));
}

function byTime(a: Job, b: Job): number {
  const time = (j: Job) => (j.scheduled_start ? Date.parse(j.scheduled_start) : Number.POSITIVE_INFINITY);
  const [x, y] = [time(a), time(b)];
  return (x === y ? 0 : x - y) || (a.job_number ?? a.id).localeCompare(b.job_number ?? b.id);
}

/** The jobs of the board, by group and time. */
export function board(jobs: Job[]): { group: Group; jobs: Job[] }[] {
  const by = new Map<Group, Job[]>();
  for (const job of jobs) {
    const group = groupOf(job);
    const list = by.get(group);
    if (list) list.push(job);
    else by.set(group, [job]);
  }
  return GROUPS.flatMap((group) => {
    const list = by.get(group);
    return list ? [{ group, jobs: list.sort(byTime) }] : [];
  });
}

const STATUS_RANK: Record<Technician['status'], number> = {
  en_camino: 0,
  working: 1,
  available: 2,
  offline: 3,
  off_shift: 4,
};

export function byStatus(a: Technician, b: Technician): number {
  return STATUS_RANK[a.status] - STATUS_RANK[b.status] || a.name.localeCompare(b.name, 'es');
}

/** A completed job may be opened again for this long. */
const REOPEN_MS = 10 * 60_000;

/** Where staff may move a job by hand; cancelling is apart, it needs a reason. */
export function moves(job: Job, now: number): JobStatus[] {
  switch (job.status) {
    case 'scheduled':
      return ['en_camino'];
    case 'en_camino':
      return ['working', 'scheduled'];
    case 'working':
      return ['completed'];
    case 'completed':
      return job.actual_end && now - Date.parse(job.actual_end) < REOPEN_MS ? ['working'] : [];
    default:
      return [];
  }
}

/** Where a job is on the map: its own place, else its customer's. */
export function placeOf(job: Job): { lat: number; lon: number } | null {
  if (job.lat != null && job.lon != null) return { lat: job.lat, lon: job.lon };
  return job.destination ?? null;
}
