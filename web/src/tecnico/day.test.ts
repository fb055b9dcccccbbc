import { describe, expect, it } from 'vitest';
import type { Action, Job, JobStatus } from '../socket/frames';
import type { Op } from '../socket/queue';
import { sampleJob } from '../socket/sample';
import { foresee, foreseePause, foreseeShift, inOrder, lacking, nextAction, routes, whatsapp } from './day';

const job = (status: JobStatus, more: Partial<Job> = {}): Job => sampleJob({ status, ...more });
const command = (action: Action, n = 1): Op => ({
  n,
  id: `${n}`,
  at: 0,
  due: 0,
  after_seq: 0,
  kind: 'command',
  job: 'j',
  action,
  version: 1,
});

describe('the next button', () => {
  it('walks from scheduled to completed', () => {
    let seen = job('scheduled');
    const walked: string[] = [];
    const ops: Op[] = [];
    for (let action = nextAction(seen); action; action = nextAction(seen)) {
      walked.push(action);
      ops.push(command(action, ops.length));
      seen = foresee(job('scheduled'), ops);
    }
    expect(walked).toEqual(['start_travel', 'arrive', 'start_work', 'complete']);
    expect(seen.status).toBe('completed');
  });

  it('offers nothing for a job without time or at its end', () => {
    for (const status of ['pending', 'completed', 'cancelled'] as const)
      expect(nextAction(job(status))).toBeNull();
  });

  it('forgets the arrival when the journey is given up', () => {
    const seen = foresee(job('scheduled'), [
      command('start_travel', 1),
      command('arrive', 2),
      command('cancel_travel', 3),
    ]);
    expect([seen.status, seen.arrived_at]).toEqual(['scheduled', null]);
  });
});

it('the last shift frame on its way decides', () => {
  const shift = (on: boolean, n: number): Op => ({
    n,
    id: `${n}`,
    at: 0,
    due: 0,
    after_seq: 0,
    kind: 'shift',
    on,
  });
  expect(foreseeShift(false, [shift(true, 1)])).toBe(true);
  expect(foreseeShift(false, [shift(true, 1), shift(false, 2)])).toBe(false);
  expect(foreseeShift(true, [command('arrive')])).toBe(true);
});

it('orders what is under way before what comes, and what comes by its time', () => {
  const sorted = inOrder([
    job('completed', { id: 'd' }),
    job('scheduled', { id: 'b', scheduled_start: '2026-11-03T15:00:00Z' }),
    job('scheduled', { id: 'a', scheduled_start: '2026-11-03T12:00:00Z' }),
    job('en_camino', { id: 'n' }),
  ]);
  expect(sorted.map((j) => j.id)).toEqual(['n', 'a', 'b', 'd']);
});

it('finds routes by place, else by address, else none', () => {
  expect(routes(job('scheduled', { lat: 0, lon: -58.4 }))?.google).toContain('destination=0,-58.4');
  expect(routes(job('scheduled', { address: 'Ñandú 12' }))?.waze).toContain('%C3%91and%C3%BA');
  expect(routes(job('scheduled'))).toBeNull();
});

it('writes WhatsApp numbers with the mobile 9', () => {
  expect(whatsapp('+541123456789')).toBe('https://wa.me/5491123456789');
  expect(whatsapp('+5491123456789')).toBe('https://wa.me/5491123456789');
});

it('asks for what the organization wants to see, wherever it is', () => {
  const wants = job('working', { completion_requires: ['notes', 'photo', 'signature'] });
  expect(lacking(wants, [])).toEqual(['photo', 'signature']);
  expect(lacking(wants, [{ type: 'document' }])).toEqual(['photo', 'signature']);
  expect(lacking(wants, [{ type: 'after' }, { type: 'signature' }])).toEqual([]);
  expect(lacking(job('working'), [])).toEqual([]);
});

describe('a pause', () => {
  const op = (kind: 'shift' | 'pause', on: boolean, at: number): Op => ({
    n: at,
    id: `${kind}${at}`,
    at,
    due: 0,
    after_seq: 0,
    kind,
    on,
  });

  it('lasts from its beginning to its end, to work or to the end of the shift', () => {
    expect(foreseePause(null, [op('pause', true, 5)])).toBe(5);
    expect(foreseePause(3, [op('pause', true, 5)])).toBe(3);
    expect(foreseePause(null, [op('pause', true, 5), op('pause', false, 9)])).toBeNull();
    expect(foreseePause(3, [op('shift', false, 9)])).toBeNull();
    expect(foreseePause(3, [op('shift', true, 9)])).toBe(3);
    for (const action of ['start_travel', 'start_work'] as const)
      expect(foreseePause(3, [command(action)])).toBeNull();
    expect(foreseePause(3, [command('complete')])).toBe(3);
  });
});
