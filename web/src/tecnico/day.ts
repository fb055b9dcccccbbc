import type { Action, Job, JobStatus } from '../socket/frames';
import type { Op } from '../socket/queue';

/** Where an action leads; `arrive` leaves the state and marks the arrival. */
const TARGET: Record<Action, JobStatus> = {
  start_travel: 'en_camino',
  cancel_travel: 'scheduled',
  arrive: 'en_camino',
  start_work: 'working',
  complete: 'completed',
};

/** A job as it will be once `ops` have arrived. */
export function foresee(job: Job, ops: readonly Op[]): Job {
  let seen = job;
  for (const op of ops) {
    if (op.kind !== 'command' || op.job !== job.id) continue;
    const arrived = op.action === 'arrive' ? new Date(op.at).toISOString() : seen.arrived_at;
    seen = { ...seen, status: TARGET[op.action], arrived_at: op.action === 'cancel_travel' ? null : arrived };
  }
  return seen;
}

/** The shift as it will be once `ops` have arrived. */
export function foreseeShift(shift: boolean, ops: readonly Op[]): boolean {
  let on = shift;
  for (const op of ops) if (op.kind === 'shift') on = op.on;
  return on;
}

/** Since when the person pauses, once `ops` have arrived; null while they do not. Work and the end of the shift end a pause. */
export function foreseePause(since: number | null, ops: readonly Op[]): number | null {
  let paused = since;
  for (const op of ops) {
    if (op.kind === 'pause') paused = op.on ? (paused ?? op.at) : null;
    else if (op.kind === 'shift') paused = op.on ? paused : null;
    else if (op.action === 'start_travel' || op.action === 'start_work') paused = null;
  }
  return paused;
}

/** What the big button does next; null when the person can do nothing now. */
export function nextAction(job: Job): Action | null {
  switch (job.status) {
    case 'scheduled':
      return 'start_travel';
    case 'en_camino':
      return job.arrived_at ? 'start_work' : 'arrive';
    case 'working':
      return 'complete';
    default:
      return null;
  }
}

/** What the organization wants to see before completion and neither the server nor this phone has; notes apart. */
export function lacking(job: Job, waiting: readonly { type: string }[]): string[] {
  const isPhoto = (p: { type: string }) => p.type !== 'document' && p.type !== 'signature';
  const has = {
    photo: [...(job.photos ?? []), ...waiting].some(isPhoto),
    signature: job.signature != null || waiting.some((p) => p.type === 'signature'),
    notes: true,
  };
  return (job.completion_requires ?? []).filter((wanted) => !has[wanted]);
}

const RANK: Record<JobStatus, number> = {
  working: 0,
  en_camino: 1,
  scheduled: 2,
  pending: 3,
  completed: 4,
  cancelled: 5,
};

/** Today's order: what is under way, what comes by its time, what is done. */
export function inOrder(jobs: Job[]): Job[] {
  const time = (j: Job) => (j.scheduled_start ? Date.parse(j.scheduled_start) : Number.POSITIVE_INFINITY);
  return [...jobs].sort(
    (a, b) => RANK[a.status] - RANK[b.status] || time(a) - time(b) || a.title.localeCompare(b.title),
  );
}

/** Where a job is: its own place, else its customer's. */
export function placeOf(job: Job): { lat: number; lon: number } | null {
  if (job.lat != null && job.lon != null) return { lat: job.lat, lon: job.lon };
  return job.destination ?? null;
}

/** Addresses that open a route in the map programs people have. */
export function routes(job: Job): { google: string; waze: string } | null {
  const place = placeOf(job);
  if (place) {
    const { lat, lon } = place;
    return {
      google: `https://www.google.com/maps/dir/?api=1&destination=${lat},${lon}&travelmode=driving`,
      waze: `https://waze.com/ul?ll=${lat}%2C${lon}&navigate=yes`,
    };
  }
  if (!job.address) return null;
  const q = encodeURIComponent(job.address);
  return {
    google: `https://www.google.com/maps/dir/?api=1&destination=${q}&travelmode=driving`,
    waze: `https://waze.com/ul?q=${q}&navigate=yes`,
  };
}

/** WhatsApp's address of a number: mobile numbers in Argentina carry a 9 after 54. */
export function whatsapp(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  const mobile = digits.startsWith('549') ? digits : digits.replace(/^54/, '549');
  return `https://wa.me/${mobile}`;
}
