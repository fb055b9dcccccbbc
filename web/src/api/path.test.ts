import { expect, it } from 'vitest';
import { asked, at } from './path';

it('escapes what stands in a path and in a query, and says nothing of what is absent', () => {
  expect(at`/jobs/${'a/b?c'}/photos`).toBe('/jobs/a%2Fb%3Fc/photos');
  expect(asked('/places', { q: 'Mitre & 9', limit: 6, after: undefined, near: null })).toBe(
    '/places?q=Mitre+%26+9&limit=6',
  );
  expect(asked('/jobs')).toBe('/jobs');
  expect(asked('/nearest', { include_busy: false })).toBe('/nearest?include_busy=false');
});
