import type { Notification } from '../api/schema';
import { lang, t, type Word } from '../i18n';
import { clock, day } from '../i18n/format';

const TITLES: Record<string, Word> = {
  job_assigned: 'notice_job_assigned',
  job_unassigned: 'notice_job_unassigned',
  job_updated: 'notice_job_updated',
  job_cancelled: 'notice_job_cancelled',
  schedule_change: 'notice_schedule_change',
  job_completed: 'notice_job_completed',
  job_reminder: 'notice_job_reminder',
  job_reopened: 'notice_job_reopened',
  shift_start: 'notice_shift_start',
  shift_end: 'notice_shift_end',
  shift_closed: 'notice_shift_closed',
  pause_end: 'notice_pause_end',
  sync_conflict: 'notice_sync_conflict',
  webhook_disabled: 'notice_webhook_disabled',
  task_dead: 'notice_task_dead',
  notification_test: 'notice_test',
  role_changed: 'notice_role_changed',
  member_deactivated: 'notice_member_deactivated',
  session_reused: 'notice_session_reused',
  second_factor_on: 'notice_factor_on',
  second_factor_off: 'notice_factor_off',
  owner_recovered: 'notice_owner_recovered',
  change_requested: 'notice_change_requested',
  change_approved: 'notice_change_approved',
  change_rejected: 'notice_change_rejected',
};

/** What stands under the titles of notices about the shift and about access. */
const BODIES: Record<string, Word> = {
  shift_start: 'notice_shift_start_body',
  shift_end: 'notice_shift_end_body',
  shift_closed: 'notice_shift_closed_body',
  pause_end: 'notice_pause_end_body',
  role_changed: 'notice_role_changed_body',
  member_deactivated: 'notice_member_deactivated_body',
  session_reused: 'notice_session_reused_body',
  second_factor_on: 'notice_factor_on_body',
  second_factor_off: 'notice_factor_off_body',
};

const of = (notice: Notification, name: string): string | null => {
  const params = notice.params as Record<string, unknown> | null;
  const value = params?.[name];
  return typeof value === 'string' && value !== '' ? value : null;
};

/** What a notice says in the language of the page; kinds that this page does not know as the server worded them. */
export function wording(notice: Notification): { title: string; body: string } {
  const word = TITLES[notice.kind];
  if (!word) return { title: notice.title, body: notice.body };
  const values: Record<string, string> = {};
  for (const name of ['job_number', 'host', 'kind']) values[name] = of(notice, name) ?? '';
  const below = BODIES[notice.kind];
  if (below) {
    // The server's own words say more: whose shift, since when.
    if (lang() === 'es') return { title: notice.title, body: notice.body };
    const parts = [of(notice, 'technician'), t(below, { name: of(notice, 'name') ?? '' })].filter(Boolean);
    return { title: t(word, values), body: parts.join(' · ') };
  }
  const field = of(notice, 'field');
  if (field) values.field = field.replaceAll('_', ' ');
  const parts = [
    of(notice, 'title'),
    of(notice, 'customer'),
    of(notice, 'address'),
    when(of(notice, 'scheduled_start')),
  ];
  const said = parts.filter((part): part is string => part !== null);
  return { title: t(word, values), body: said.length > 0 ? said.join(' · ') : notice.body };
}

function when(at: string | null): string | null {
  if (!at || Number.isNaN(Date.parse(at))) return null;
  return `${day(at)}, ${clock(at)}`;
}

/** The job that a notice leads to. */
export const jobOf = (notice: Notification): string | null =>
  notice.entity_kind === 'job' ? (notice.entity_id ?? null) : null;
