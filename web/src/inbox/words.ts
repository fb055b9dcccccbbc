import type { Conversation, InboxMessage } from '../api/schema';
import { t, type Word } from '../i18n';

/** What a message is where it has no words of its own. */
const KINDS: Record<string, Word> = {
  image: 'kind_image',
  video: 'kind_video',
  audio: 'kind_audio',
  voice: 'kind_voice',
  document: 'kind_document',
  sticker: 'kind_sticker',
  location: 'kind_location',
  contacts: 'kind_contacts',
  order: 'kind_order',
  system: 'kind_system',
  call: 'kind_call',
  request_welcome: 'kind_welcome',
  unsupported: 'kind_unsupported',
  template: 'kind_template',
  reaction: 'kind_reaction',
};

/** A kind in words; one that came later is said as it is named. */
export const kindText = (kind: string): string => (KINDS[kind] ? t(KINDS[kind]) : kind);

/** Where an outgoing message stands: a word and how many ticks. */
export function standing(message: InboxMessage): { word: Word; ticks: string } {
  switch (message.state) {
    case 'read':
      return { word: 'message_read', ticks: '✓✓' };
    case 'delivered':
      return { word: 'message_delivered', ticks: '✓✓' };
    case 'sent':
      return { word: 'message_sent', ticks: '✓' };
    case 'failed':
    case 'undeliverable':
      return { word: 'message_failed', ticks: '!' };
    case 'fallback_sms':
      return { word: 'message_by_sms', ticks: '✓' };
    case 'suppressed':
      return { word: 'message_suppressed', ticks: '–' };
    default:
      return { word: 'message_waiting', ticks: '…' };
  }
}

/** The line under a conversation's name. */
export function preview(conversation: Conversation): string {
  const said = conversation.last_preview || (conversation.last_kind ? kindText(conversation.last_kind) : '');
  return conversation.last_direction === 'out' ? t('inbox_you', { text: said }) : said;
}

/** Newest first, each once. */
export function merged<T extends { id: string }>(old: T[], fresh: T[], at: (row: T) => number): T[] {
  const rows = new Map(old.map((row) => [row.id, row]));
  for (const row of fresh) rows.set(row.id, row);
  return [...rows.values()].sort((a, b) => at(b) - at(a) || (a.id < b.id ? 1 : -1));
}

/** How long free words may still go, in milliseconds; 0 when they may not. */
export function windowLeft(conversation: Conversation, now: number): number {
  const until = conversation.window_expires_at ? Date.parse(conversation.window_expires_at) : 0;
  return Math.max(0, until - now);
}

/** A place that a message names, WGS-84 degrees. */
export function placeOf(message: InboxMessage): { lat: number; lon: number; name: string } | null {
  const { lat, lon, name, address } = message.content as Record<string, unknown>;
  if (typeof lat !== 'number' || typeof lon !== 'number') return null;
  const words = [name, address].filter((word) => typeof word === 'string' && word !== '');
  return { lat, lon, name: words.join(', ') };
}
