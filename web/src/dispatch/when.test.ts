import { expect, it } from 'vitest';
import { fromSchedule, toSchedule } from './when';

it('writes the organization’s hours, wherever the computer is', () => {
  expect(toSchedule({ date: '2026-11-03', from: '22:30', to: '23:45' })).toEqual({
    scheduled_start: '2026-11-04T01:30:00.000Z',
    scheduled_end: '2026-11-04T02:45:00.000Z',
  });
  expect(fromSchedule('2026-11-04T01:30:00.000Z', null)).toEqual({
    date: '2026-11-03',
    from: '22:30',
    to: '',
  });
});

it('refuses an end before the start, and takes no time for no schedule', () => {
  expect(toSchedule({ date: '2026-11-03', from: '10:00', to: '10:00' })).toBeNull();
  expect(toSchedule({ date: '2026-11-03', from: '', to: '' })).toEqual({});
});
