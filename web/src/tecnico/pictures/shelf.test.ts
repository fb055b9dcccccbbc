import 'fake-indexeddb/auto';
import { expect, it } from 'vitest';
import { type Picture, Shelf } from './shelf';

const picture = (id: string, taken_at: number, size = 10): Picture => ({
  id,
  job: 'j1',
  job_title: 'Canilla',
  type: 'before',
  signed_by: null,
  taken_at,
  mime: 'image/jpeg',
  sha256: id,
  bytes: new ArrayBuffer(size),
  refused: null,
});

it('keeps pictures in the order in which they were taken, over closings', async () => {
  let shelf = await Shelf.open('u1');
  expect(await shelf.add(picture('b', 2))).toBe(true);
  expect(await shelf.add(picture('a', 1))).toBe(true);
  await shelf.refuse('b', 'dañada');
  shelf.close();
  shelf = await Shelf.open('u1');
  expect((await shelf.all()).map((p) => [p.id, p.refused])).toEqual([
    ['a', null],
    ['b', 'dañada'],
  ]);
  await shelf.remove('a');
  expect((await shelf.all()).map((p) => p.id)).toEqual(['b']);
  shelf.close();
});

it('says when there is no room, and keeps nothing of it', async () => {
  const shelf = await Shelf.open('u2', 100);
  const large = 60;
  expect(await shelf.add(picture('a', 1, large))).toBe(true);
  expect(await shelf.add(picture('b', 2, large))).toBe(false);
  expect((await shelf.all()).map((p) => p.id)).toEqual(['a']);
  shelf.close();
});
