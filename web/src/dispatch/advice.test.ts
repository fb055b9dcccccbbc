import { expect, it } from 'vitest';
import { setLang } from '../i18n';
import type { Technician } from '../socket/frames';
import { distanceText, etaText, inAdvisedOrder, type Recommendation, tierText } from './advice';

const person = (id: string, status: Technician['status']) => ({ id, name: id, status }) as Technician;
const advised = (...ids: string[]) => ids.map((technician_id) => ({ technician_id }) as Recommendation);

it('the advised come first in their order, the others as ever', () => {
  const people = [person('a', 'off_shift'), person('b', 'working'), person('c', 'available')];
  const order = (...ids: string[]) => inAdvisedOrder(people, advised(...ids)).map((x) => x.id);
  expect(order()).toEqual(['b', 'c', 'a']);
  expect(order('c', 'b', 'a')).toEqual(['c', 'b', 'a']);
  expect(order('a')).toEqual(['a', 'b', 'c']);
  expect(order('gone', 'c')).toEqual(['c', 'b', 'a']);
});

it('distance, time and what they were made from are words', () => {
  setLang('es');
  expect(distanceText(424)).toBe('420 m');
  expect(distanceText(3240)).toBe('3,2 km');
  expect(distanceText(33_240)).toBe('33 km');
  expect(etaText({ p10_s: 370, p90_s: 640 })).toBe('6 a 11 min');
  expect(tierText(0)).toBe('línea recta');
  expect(tierText(2)).toBe('calles');
  expect(tierText(9)).toBe('otra fuente');
});
