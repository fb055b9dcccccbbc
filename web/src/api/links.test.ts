import { expect, it, vi } from 'vitest';
import { ownPath } from './links';

it('takes our own files by their path and a store’s as they are', () => {
  vi.stubGlobal('location', { href: 'http://localhost:8080/dispatch' });
  expect(ownPath('http://127.0.0.1:8080/files/abc-_1')).toBe('/files/abc-_1');
  const foreign = 'https://cuenta.r2.example/fotos/o/f?X-Amz-Signature=1';
  expect(ownPath(foreign)).toBe(foreign);
  expect(ownPath('https://s3.example/files/o/f?X-Amz-Signature=1')).toBe(
    'https://s3.example/files/o/f?X-Amz-Signature=1',
  );
  vi.unstubAllGlobals();
});
