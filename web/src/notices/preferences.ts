import type { NotificationPreferences } from '../api/schema';
import type { Word } from '../i18n';

/** The channels of a person, in the order in which they are offered. */
export const CHANNELS = ['whatsapp', 'push', 'web', 'email', 'sms'] as const;
export type Channel = (typeof CHANNELS)[number];

/** What a person is told of in this version; the server knows more. */
export const EVENTS = [
  'job_assigned',
  'job_updated',
  'schedule_change',
  'job_cancelled',
  'job_reminder',
  'job_completed',
  'sync_conflict',
  'system_alert',
] as const;
export type EventName = (typeof EVENTS)[number];

/** Only alerts and custom messages go by SMS, whatever is asked for. */
export const bySms = (event: EventName): boolean => event === 'system_alert';

export const CHANNEL_WORDS: Record<Channel, Word> = {
  whatsapp: 'whatsapp',
  push: 'channel_push',
  web: 'channel_web',
  email: 'channel_email',
  sms: 'channel_sms',
};
export const EVENT_WORDS: Record<EventName, Word> = {
  job_assigned: 'event_job_assigned',
  job_updated: 'event_job_updated',
  schedule_change: 'event_schedule_change',
  job_cancelled: 'event_job_cancelled',
  job_reminder: 'event_job_reminder',
  job_completed: 'event_job_completed',
  sync_conflict: 'event_sync_conflict',
  system_alert: 'event_system_alert',
};

/** Minutes before a job; a quarter of an hour is for technicians. */
export const remindersFor = (role: string): number[] =>
  role === 'technician' ? [1440, 60, 30, 15] : [1440, 60, 30];

/** Whether a channel carries an event: what differs for the event, else the channel's own flag. */
export function carries(row: NotificationPreferences, event: EventName, channel: Channel): boolean {
  const differs = row.events[event]?.[channel];
  if (!row[channel]) return false;
  if (channel === 'sms' && !bySms(event)) return false;
  if (channel === 'email' && event !== 'system_alert') return differs === true;
  return differs !== false;
}

/** What is to be sent so that a channel carries an event or does not; the event's other differences stay. */
export function change(
  row: NotificationPreferences,
  event: EventName,
  channel: Channel,
  on: boolean,
): { events: Record<string, Record<string, boolean>> } {
  const kept = Object.entries(row.events[event] ?? {}).filter(
    (entry): entry is [string, boolean] => typeof entry[1] === 'boolean',
  );
  return { events: { [event]: { ...Object.fromEntries(kept), [channel]: on } } };
}
