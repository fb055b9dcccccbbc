import { describe, expect, it } from 'vitest';
import type { Conversation, InboxMessage } from '../api/schema';
import { merged, placeOf, preview, standing, windowLeft } from './words';

const message = (more: Partial<InboxMessage>): InboxMessage =>
  ({ id: 'a', kind: 'text', direction: 'out', state: 'queued', content: {}, ...more }) as InboxMessage;
const conversation = (more: Partial<Conversation>): Conversation => ({ id: 'a', ...more }) as Conversation;

describe('the inbox in words', () => {
  it('says more ticks the further a message is', () => {
    const ticks = ['queued', 'sent', 'delivered', 'read', 'failed'].map(
      (state) => standing(message({ state })).ticks,
    );
    expect(ticks).toEqual(['…', '✓', '✓✓', '✓✓', '!']);
    expect(standing(message({ state: 'delivered' })).word).not.toBe(
      standing(message({ state: 'read' })).word,
    );
  });

  it('names what has no words', () => {
    expect(preview(conversation({ last_kind: 'voice', last_preview: null, last_direction: 'in' }))).toBe(
      'Nota de voz',
    );
    expect(preview(conversation({ last_preview: 'Hola', last_direction: 'out' }))).toBe('Vos: Hola');
    expect(preview(conversation({ last_kind: 'hologram', last_preview: '' }))).toBe('hologram');
  });

  it('keeps the newest form of each row, newest first', () => {
    const at = (row: { id: string; n: number }) => row.n;
    const rows = merged(
      [
        { id: 'a', n: 1 },
        { id: 'b', n: 2 },
      ],
      [{ id: 'a', n: 3 }],
      at,
    );
    expect(rows).toEqual([
      { id: 'a', n: 3 },
      { id: 'b', n: 2 },
    ]);
  });

  it('counts the window down to nothing', () => {
    const until = '2026-11-24T12:00:00.000Z';
    const at = Date.parse(until);
    expect(windowLeft(conversation({ window_expires_at: until }), at - 1000)).toBe(1000);
    expect(windowLeft(conversation({ window_expires_at: until }), at + 1)).toBe(0);
    expect(windowLeft(conversation({ window_expires_at: null }), at)).toBe(0);
  });

  it('takes zero for a place and words for none', () => {
    expect(placeOf(message({ content: { lat: 0, lon: -58.4, name: 'Casa' } }))).toEqual({
      lat: 0,
      lon: -58.4,
      name: 'Casa',
    });
    expect(placeOf(message({ content: { lat: 'x', lon: 1 } }))).toBeNull();
  });
});
