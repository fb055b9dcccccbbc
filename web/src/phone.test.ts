import { expect, it } from 'vitest';
import { normalizePhone } from './phone';

it.each([
  ['11 2345 6789', '+5491123456789'],
  ['+54 9 11 2345-6789', '+5491123456789'],
  ['9 11 2345 6789', '+5491123456789'],
  ['15 11 2345 6789', '+5491123456789'],
  ['011 2345 6789', '+5491123456789'],
  ['+541123456789', '+541123456789'],
])('%s is %s', (typed, expected) => {
  expect(normalizePhone(typed)).toBe(expected);
  expect(normalizePhone(expected)).toBe(expected);
});

it.each(['', '123', 'hola', '+1 555 123 4567', '+1 555 123 4567 890'])('%s is no number here', (typed) => {
  expect(normalizePhone(typed)).toBeNull();
});
