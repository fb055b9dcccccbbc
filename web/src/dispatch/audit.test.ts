import { expect, test } from 'vitest';
import { changes, dayEnd, dayStart, shown } from './audit';

test('personal data is a word, never a commitment', () => {
  const entry = {
    old: { name: { commitment: 'aa.bb' }, city: 'Tandil' },
    new: { name: { commitment: 'cc.dd' }, city: 'Azul', version: 3 },
  };
  expect(changes(entry, 'dato personal')).toEqual([
    { field: 'name', old: 'dato personal', new: 'dato personal' },
    { field: 'city', old: 'Tandil', new: 'Azul' },
  ]);
});

test('a bare value is a change without a field', () => {
  expect(changes({ old: 'technician', new: 'dispatcher' }, 'x')).toEqual([
    { field: '', old: 'technician', new: 'dispatcher' },
  ]);
  expect(changes({ old: null, new: null }, 'x')).toEqual([]);
});

test('lists, objects and nothing have words', () => {
  expect(shown(['a', 'b'], 'x')).toBe('a, b');
  expect(shown([], 'x')).toBe('—');
  expect(shown({ started_at: 'T1', ended_at: null }, 'x')).toBe('started_at T1, ended_at —');
  expect(shown(false, 'x')).toBe('false');
});

test('a day is a day of Buenos Aires', () => {
  expect(dayStart('2026-11-24')).toBe('2026-11-24T00:00:00-03:00');
  expect(dayEnd('2026-11-24')).toBe('2026-11-25T03:00:00.000Z');
  expect(dayEnd('')).toBeUndefined();
});
