import { describe, expect, it } from 'vitest';
import { backoffMs, MAX_WAIT_MS } from './backoff';
import { decodePositions } from './binary';
import { DispatchLink, type Effect, PROBE_MS, SILENCE_MS } from './dispatch';
import type { DispatchClient } from './frames';

const frames = (effects: Effect[]): DispatchClient[] =>
  effects.flatMap((e) => (e.do === 'send' ? [e.frame] : []));
const live = (now = 0) => {
  const l = new DispatchLink(() => 0.5);
  l.start();
  l.opened('t', now);
  l.frame({ type: 'welcome', resume: 'r', server_time: now }, now);
  return l;
};

describe('the dispatcher’s link', () => {
  it('asks for what it missed, with its resume', () => {
    const l = live();
    l.frame({ type: 'snapshot', cursor: 'c1', technicians: [], jobs: [] }, 1);
    l.frame({ type: 'event', cursor: 'c2', event: { kind: 'job.created', at: 1, by: { kind: 'staff' } } }, 2);
    l.closed(1006, 3);
    const [connect] = l.tick(l.retryAt);
    expect(connect).toEqual({ do: 'connect', fresh: false, resume: 'r' });
    expect(frames(l.opened('r', 4))).toEqual([
      { type: 'hello', token: 'r', after: 'c2', format: 'binary', motion: true, notifications: true },
    ]);
  });

  it('probes a quiet line and gives up a dead one', () => {
    const l = live(0);
    expect(frames(l.tick(PROBE_MS - 1))).toEqual([]);
    expect(frames(l.tick(PROBE_MS))).toEqual([{ type: 'view' }]);
    expect(frames(l.tick(PROBE_MS + 1))).toEqual([]);
    l.positions([], PROBE_MS + 2);
    expect(l.tick(PROBE_MS + 2 + SILENCE_MS + 1)).toContainEqual({ do: 'close' });
    expect(l.phase).toBe('waiting');
  });

  it('repeats the view after a reconnect', () => {
    const l = live();
    l.view([-59, -35, -58, -34], 1);
    l.closed(1013, 2);
    l.tick(l.retryAt);
    l.opened('r', 3);
    const sent = frames(l.frame({ type: 'welcome', resume: 'r2', server_time: 3 }, 3));
    expect(sent).toEqual([{ type: 'view', bounds: [-59, -35, -58, -34] }]);
  });

  it('signs out only when the login itself is refused', () => {
    const l = live();
    expect(l.closed(4401, 1)).toEqual([{ do: 'connect', fresh: true, resume: null }]);
    l.opened('t2', 2);
    expect(l.closed(4401, 3)).toEqual([{ do: 'signed_out' }]);
  });
});

it('waits longer each time, never longer than the limit, never less than half', () => {
  for (let n = 0; n < 20; n++) {
    const full = Math.min(MAX_WAIT_MS, 1000 * 2 ** n);
    expect(backoffMs(n, () => 0)).toBe(full / 2);
    expect(backoffMs(n, () => 0.999999)).toBeLessThanOrEqual(full);
  }
});

describe('binary positions', () => {
  const frame = (size = 40) => {
    const buffer = new ArrayBuffer(16 + size);
    const v = new DataView(buffer);
    v.setUint8(0, 1);
    v.setUint8(1, 1);
    v.setUint16(2, size, true);
    v.setUint32(4, 1, true);
    v.setBigInt64(8, 1_760_000_000_123n, true);
    for (let i = 0; i < 16; i++) v.setUint8(16 + i, i * 17);
    v.setInt32(32, -346_037_220, true);
    v.setInt32(36, -583_815_920, true);
    v.setUint16(40, 65535, true);
    v.setUint16(42, 9000, true);
    v.setUint16(44, 125, true);
    v.setBigInt64(48, 1_760_000_000_000n, true);
    return buffer;
  };

  it('reads a row as the contract has it', () => {
    const read = decodePositions(frame());
    expect(read?.at).toBe(1_760_000_000_123);
    const [id, lat, lon, speed, heading, accuracy, at] = read?.rows[0] ?? [];
    expect(id).toBe('00112233-4455-6677-8899-aabbccddeeff');
    expect([lat, lon]).toEqual([-34.603722, -58.381592]);
    expect([speed, heading, accuracy]).toEqual([null, 90, 12.5]);
    expect(at).toBe(1_760_000_000_000);
  });

  it('skips what a longer row adds, and refuses what is cut short', () => {
    expect(decodePositions(frame(48))?.rows).toHaveLength(1);
    expect(decodePositions(frame().slice(0, 50))).toBeNull();
    expect(decodePositions(new ArrayBuffer(3))).toBeNull();
  });
});
