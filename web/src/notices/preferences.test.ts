import { describe, expect, test } from 'vitest';
import type { NotificationPreferences } from '../api/schema';
import { carries, change, remindersFor } from './preferences';

const usual: NotificationPreferences = {
  whatsapp: true,
  push: true,
  web: true,
  email: false,
  sms: false,
  events: {},
  reminder_intervals: [1440, 60, 30],
  quiet_hours: { enabled: false, from: '22:00', to: '08:00', timezone: 'America/Argentina/Buenos_Aires' },
  language: 'es',
};

describe('preferences', () => {
  test('a channel that is off carries nothing', () => {
    expect(carries(usual, 'job_assigned', 'whatsapp')).toBe(true);
    expect(carries({ ...usual, whatsapp: false }, 'job_assigned', 'whatsapp')).toBe(false);
    const wants = { ...usual, whatsapp: false, events: { job_assigned: { whatsapp: true } } };
    expect(carries(wants, 'job_assigned', 'whatsapp')).toBe(false);
  });
  test('an event can be taken off a channel', () => {
    const row = { ...usual, events: { job_updated: { push: false } } };
    expect(carries(row, 'job_updated', 'push')).toBe(false);
    expect(carries(row, 'job_updated', 'web')).toBe(true);
    expect(carries(row, 'job_assigned', 'push')).toBe(true);
  });
  test('e-mail only where it was asked for, SMS for alerts alone', () => {
    const row = { ...usual, email: true, sms: true };
    expect(carries(row, 'job_assigned', 'email')).toBe(false);
    expect(carries({ ...row, events: { job_assigned: { email: true } } }, 'job_assigned', 'email')).toBe(
      true,
    );
    expect(carries(row, 'job_assigned', 'sms')).toBe(false);
    expect(carries(row, 'system_alert', 'sms')).toBe(true);
  });
  test('a change keeps what differed before', () => {
    const row = { ...usual, events: { job_updated: { push: false, web: null } } };
    expect(change(row, 'job_updated', 'whatsapp', false)).toEqual({
      events: { job_updated: { push: false, whatsapp: false } },
    });
    expect(change(usual, 'job_updated', 'push', false)).toEqual({ events: { job_updated: { push: false } } });
  });
  test('a quarter of an hour is for technicians', () => {
    expect(remindersFor('technician')).toContain(15);
    expect(remindersFor('owner')).not.toContain(15);
  });
});
