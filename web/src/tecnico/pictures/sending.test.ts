import { expect, it } from 'vitest';
import { Problem, Unreachable } from '../../api/client';
import type { Upload } from '../../api/types';
import { after, PART, send, type Wire } from './sending';
import type { Picture } from './shelf';
import { scaled } from './shrink';

const bytes = Uint8Array.from({ length: PART * 2 + 777 }, (_, i) => (i * 31) % 251).buffer;
const picture: Picture = {
  id: 'p1',
  job: 'j1',
  job_title: 'Canilla',
  type: 'after',
  signed_by: null,
  taken_at: 1,
  mime: 'image/jpeg',
  sha256: 'x',
  bytes,
  refused: null,
};

/** A server that keeps what it acknowledges and dies at the `n`th call. */
class Server implements Wire {
  kept: number[] = [];
  attached = 0;
  calls = 0;
  constructor(public dies: number) {}
  private call(): void {
    this.calls += 1;
    if (this.calls === this.dies) throw new Unreachable();
  }
  private where(): Upload {
    const offset = this.kept.length;
    return { id: 'f1', offset, bytes: bytes.byteLength, done: offset === bytes.byteLength };
  }
  async begin(): Promise<Upload> {
    this.call();
    return this.where();
  }
  async part(_: string, offset: number, part: ArrayBuffer): Promise<Upload> {
    this.call();
    if (offset !== this.kept.length) throw new Problem(409, { code: 'FILE_003' }, null);
    for (const byte of new Uint8Array(part)) this.kept.push(byte);
    return this.where();
  }
  async attach(): Promise<void> {
    this.call();
    this.attached += 1;
  }
}

it('is sent once, wherever the line breaks', async () => {
  for (let dies = 1; dies <= 5; dies++) {
    const server = new Server(dies);
    const seen: number[] = [];
    const go = () =>
      send(
        picture,
        server,
        (part) => seen.push(part),
        () => true,
      );
    await expect(go()).rejects.toBeInstanceOf(Unreachable);
    expect(await go()).toBe(true);
    const sent = new Uint8Array(bytes);
    expect(server.kept.length).toBe(sent.length);
    expect(server.kept.every((byte, i) => byte === sent[i])).toBe(true);
    expect(server.attached).toBe(1);
    expect(seen.at(-1)).toBe(1);
    // What was acknowledged was not sent again: four calls make a picture of three parts with its begin, and the
    // attaching; one of them died, and the second run begins once more.
    expect(server.calls).toBeLessThanOrEqual(7);
  }
});

it('makes way for operations between two parts', async () => {
  const server = new Server(0);
  expect(
    await send(
      picture,
      server,
      () => undefined,
      () => server.kept.length < PART,
    ),
  ).toBe(false);
  expect(server.kept.length).toBe(PART);
  expect(server.attached).toBe(0);
});

it('waits for what passes and gives up what does not', () => {
  expect(after(new Unreachable(), 0)).toEqual({ do: 'wait', ms: 1000 });
  expect(after(new Unreachable(), 99)).toEqual({ do: 'wait', ms: 60_000 });
  expect(after(new Problem(429, { code: 'RATE_001' }, 41), 0)).toEqual({ do: 'wait', ms: 41_000 });
  expect(after(new Problem(503, { code: 'SYSTEM_003' }, 60), 0)).toEqual({ do: 'wait', ms: 60_000 });
  expect(after(new Problem(409, { code: 'FILE_003' }, null), 0).do).toBe('wait');
  expect(after(new Problem(404, { code: 'REQUEST_004' }, null), 0).do).toBe('wait');
  expect(after(new Problem(409, { code: 'JOB_003', detail: 'cancelado' }, null), 0)).toEqual({
    do: 'refuse',
    why: 'cancelado',
  });
  expect(after(new Problem(404, { code: 'JOB_002', detail: 'job not found' }, null), 0).do).toBe('refuse');
  expect(
    after(new Problem(422, { code: 'REQUEST_002', errors: [{ field: 'file', message: 'dañada' }] }, null), 0),
  ).toEqual({ do: 'refuse', why: 'dañada' });
});

it('never makes a picture larger', () => {
  expect(scaled(4000, 3000)).toEqual({ width: 1600, height: 1200 });
  expect(scaled(3000, 4000)).toEqual({ width: 1200, height: 1600 });
  expect(scaled(800, 600)).toEqual({ width: 800, height: 600 });
  expect(scaled(10_000, 1)).toEqual({ width: 1600, height: 1 });
});
