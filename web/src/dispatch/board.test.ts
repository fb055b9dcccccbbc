import { describe, expect, it } from 'vitest';
import type { Job, JobStatus } from '../socket/frames';
import { sampleJob } from '../socket/sample';
import { board, GROUPS, groupOf, isToday, isWanted, matches, moves } from './board';
import { freshness, remaining } from './fresh';

const NOW = Date.parse('2026-11-03T15:00:00Z');
const job = (id: string, status: JobStatus, more: Partial<Job> = {}): Job =>
  sampleJob({ id, title: id, status, technician_ids: ['t'], ...more });

describe('the board', () => {
  it('puts every job in exactly one group, in the order of urgency', () => {
    const statuses: JobStatus[] = ['pending', 'scheduled', 'en_camino', 'working', 'completed', 'cancelled'];
    const jobs = statuses.flatMap((s) => [job(`${s}1`, s), job(`${s}0`, s, { technician_ids: [] })]);
    const groups = board(jobs);
    expect(groups.flatMap((g) => g.jobs)).toHaveLength(jobs.length);
    const order = groups.map((g) => GROUPS.indexOf(g.group));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(groupOf(job('x', 'scheduled', { technician_ids: [] }))).toBe('unassigned');
    expect(groupOf(job('x', 'completed', { technician_ids: [] }))).toBe('completed');
  });

  it('shows today, what is late, what has no date and what is under way', () => {
    const at = (iso: string) => ({ scheduled_start: iso });
    expect(isToday(job('a', 'scheduled', at('2026-11-03T23:30:00Z')), NOW)).toBe(true);
    expect(isToday(job('a', 'scheduled', at('2026-11-04T02:59:00Z')), NOW)).toBe(true);
    expect(isToday(job('a', 'scheduled', at('2026-11-04T03:01:00Z')), NOW)).toBe(false);
    expect(isToday(job('a', 'scheduled', at('2026-11-01T12:00:00Z')), NOW)).toBe(true);
    expect(isToday(job('a', 'working', at('2026-11-09T12:00:00Z')), NOW)).toBe(true);
    expect(isToday(job('a', 'pending'), NOW)).toBe(true);
    expect(isToday(job('a', 'completed', { actual_end: '2026-11-02T12:00:00Z' }), NOW)).toBe(false);
  });

  it('narrows to a state and a person', () => {
    const free = job('a', 'scheduled', { technician_ids: [] });
    const hers = job('b', 'scheduled');
    const wanted = (state: Parameters<typeof isWanted>[1], crew: string) =>
      [free, hers].filter((j) => isWanted(j, state, crew)).map((j) => j.id);
    expect(wanted('', '')).toEqual(['a', 'b']);
    expect(wanted('scheduled', '')).toEqual(['b']);
    expect(wanted('unassigned', '')).toEqual(['a']);
    expect(wanted('', 'none')).toEqual(['a']);
    expect(wanted('', 't')).toEqual(['b']);
    expect(wanted('unassigned', 't')).toEqual([]);
  });

  it('finds words in any order and without accents', () => {
    expect(matches('nandu garcia', 'García', 'calle Ñandú 12')).toBe(true);
    expect(matches('garcia perez', 'García', null)).toBe(false);
    expect(matches('', 'x')).toBe(true);
  });

  it('offers no way that the state machine refuses', () => {
    expect(moves(job('a', 'scheduled'), NOW)).toEqual(['en_camino']);
    expect(moves(job('a', 'working'), NOW)).not.toContain('scheduled');
    for (const end of ['completed', 'cancelled'] as const) expect(moves(job('a', end), NOW)).toEqual([]);
    const ended = (s: number) =>
      job('a', 'completed', { actual_end: new Date(NOW - s * 1000).toISOString() });
    expect(moves(ended(599), NOW)).toEqual(['working']);
    expect(moves(ended(601), NOW)).toEqual([]);
  });
});

describe('age', () => {
  it.each([
    [null, 'none'],
    [0, 'fresh'],
    [45, 'fresh'],
    [46, 'ageing'],
    [120, 'ageing'],
    [121, 'stale'],
    [600, 'stale'],
    [601, 'old'],
  ] as const)('%s s is %s', (s, expected) => {
    expect(freshness(s === null ? null : NOW - s * 1000, NOW)).toBe(expected);
  });

  it('counts an ETA down to zero', () => {
    const eta = { tier: 0, p10_s: 60, p50_s: 90, p90_s: 120, at: NOW };
    expect(remaining(eta, NOW + 30_000)).toEqual({ low: 30, high: 90 });
    expect(remaining(eta, NOW + 900_000)).toEqual({ low: 0, high: 0 });
    expect(remaining(eta, NOW - 5000)).toEqual({ low: 60, high: 120 });
  });
});
