import { afterEach, describe, expect, test } from 'vitest';
import type { Notification } from '../api/schema';
import { setLang } from '../i18n';
import { jobOf, wording } from './words';

const notice = (more: Partial<Notification>): Notification => ({
  id: 'a',
  kind: 'job_assigned',
  title: 'Del servidor',
  body: 'Texto del servidor',
  params: {
    job_number: 'JOB-00007',
    title: 'Canilla',
    customer: 'Marta',
    scheduled_start: '2026-11-25T13:30:00Z',
  },
  entity_kind: 'job',
  entity_id: 'j',
  created_at: '2026-11-24T12:00:00.000Z',
  read_at: null,
  ...more,
});
afterEach(() => setLang('es'));

describe('wording', () => {
  test('in the language of the page, with the time in the organization’s zone', () => {
    expect(wording(notice({})).title).toBe('Trabajo nuevo: JOB-00007');
    expect(wording(notice({})).body).toMatch(/^Canilla · Marta · .*25.*10:30$/);
    setLang('en');
    expect(wording(notice({})).title).toBe('New job: JOB-00007');
  });
  test('kinds that are not known as the server worded them', () => {
    expect(wording(notice({ kind: 'from_the_future' }))).toEqual({
      title: 'Del servidor',
      body: 'Texto del servidor',
    });
  });
  test('without params the server’s words serve', () => {
    expect(wording(notice({ kind: 'webhook_disabled', params: { host: 'x.example' } }))).toEqual({
      title: 'El webhook de x.example quedó apagado',
      body: 'Texto del servidor',
    });
    expect(wording(notice({ params: null })).body).toBe('Texto del servidor');
    expect(wording(notice({ params: { scheduled_start: 'mañana' } })).body).toBe('Texto del servidor');
  });
  test('where it leads', () => {
    expect(jobOf(notice({}))).toBe('j');
    expect(jobOf(notice({ entity_kind: 'task' }))).toBeNull();
  });

  test('of a shift: the server says it in Spanish, the page in English', () => {
    const closed = notice({ kind: 'shift_closed', params: { technician: 'Ana' } });
    expect(wording(closed)).toEqual({ title: 'Del servidor', body: 'Texto del servidor' });
    setLang('en');
    expect(wording(closed).body).toMatch(/^Ana · Nobody closed it/);
    expect(wording(notice({ kind: 'pause_end', params: {} })).title).toBe('Still on a break?');
  });
});
