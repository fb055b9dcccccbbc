import { expect, test } from 'vitest';
import { withinOf } from './addresses';

test('floor and flat are kept when a suggestion is taken', () => {
  expect(withinOf('Av. Rivadavia 4502 Piso 3 Depto B')).toBe('Piso 3 Depto B');
  expect(withinOf('Av. Corrientes 3247, 4° B')).toBe('4° B');
  expect(withinOf('rivadavia 4502 PB')).toBe('PB');
  expect(withinOf('Av. Rivadavia 4502')).toBe('');
  expect(withinOf('Calle 13 n° 845')).toBe('');
  expect(withinOf('Oficios 120')).toBe('');
});
