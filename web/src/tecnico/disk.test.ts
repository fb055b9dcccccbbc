import 'fake-indexeddb/auto';
import { expect, it } from 'vitest';
import { Disk } from './disk';

const point = (at: number) => ({ at, lat: -34.6, lon: -58.4 });

it('numbers points from one without a gap, over closings', async () => {
  let disk = await Disk.open('u1');
  const { boot } = await disk.kept();
  expect((await disk.addPoint(point(1000))).seq).toBe(1);
  expect((await disk.addPoint(point(2000))).seq).toBe(2);
  await disk.settle(2, 0);
  disk.close();
  disk = await Disk.open('u1');
  expect((await disk.addPoint(point(3000))).seq).toBe(3);
  expect((await disk.kept()).boot).toBe(boot);
  expect((await disk.queue()).points.map((p) => p.seq)).toEqual([3]);
  disk.close();
});

it('gives no two points the same time, even settled ones and with a clock set back', async () => {
  const disk = await Disk.open('u2');
  const ats = [];
  for (const at of [5000, 5000, 5001, 9000, 5000]) {
    const made = await disk.addPoint(point(at));
    ats.push(made.point.at);
    await disk.settle(made.seq, 0);
  }
  expect(new Set(ats).size).toBe(5);
  expect(ats).toEqual([5000, 5001, 5002, 9000, 5003]);
  disk.close();
});

it('numbers points made at once, as two pages would', async () => {
  const disk = await Disk.open('u3');
  const made = await Promise.all(Array.from({ length: 20 }, () => disk.addPoint(point(7))));
  expect(made.map((m) => m.seq).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(new Set(made.map((m) => m.point.at)).size).toBe(20);
  disk.close();
});

it('keeps operations in order and behind the newest point', async () => {
  const disk = await Disk.open('u4');
  await disk.addPoint(point(1));
  const a = await disk.addOp({ id: 'a', at: 1, due: 0, kind: 'shift', on: true });
  const b = await disk.addOp({
    id: 'b',
    at: 2,
    due: 5,
    kind: 'command',
    job: 'j',
    action: 'arrive',
    version: 3,
  });
  expect([a.after_seq, b.n > a.n]).toEqual([1, true]);
  expect((await disk.queue()).ops).toEqual([a, b]);
  await disk.refuse(b, { id: 'b', at: 2, op: b, job_title: null, code: 'JOB_001', current: null });
  expect((await disk.queue()).ops).toEqual([a]);
  expect(await disk.conflicts()).toHaveLength(1);
  disk.close();
});

it('counts what was refused', async () => {
  const disk = await Disk.open('u5');
  await disk.addPoint(point(1));
  await disk.settle(1, 1);
  expect((await disk.kept()).rejected).toBe(1);
  disk.close();
});
