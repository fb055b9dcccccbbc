import { describe, expect, test } from 'vitest';
import type { Notification } from '../api/schema';
import { Inbox, type Wire } from './inbox';

const notice = (id: string, read_at: string | null = null): Notification => ({
  id,
  kind: 'system_alert',
  title: id,
  body: '',
  params: {},
  entity_kind: null,
  entity_id: null,
  created_at: '2026-11-24T12:00:00.000Z',
  read_at,
});

/** A server with these answers, in their order; an error is thrown. */
function server(...answers: unknown[]) {
  const asked: string[] = [];
  const say = async <T>(what: string): Promise<T> => {
    asked.push(what);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer as T;
  };
  const ask: Wire = {
    list: (query) => say(`list ${query?.after ?? 'from the newest'}`),
    read: (id) => say(`read ${id}`),
    readAll: () => say('read all'),
  };
  return { asked, ask };
}
const list = (items: Notification[], unread: number, next: string | null = null) => ({ items, next, unread });

describe('inbox', () => {
  test('frames keep it current, and a notice that comes twice is there once', async () => {
    const inbox = new Inbox(server(list([notice('a')], 1)).ask);
    await inbox.load();
    inbox.heard({ unread: 2, notice: notice('b') });
    inbox.heard({ unread: 2, notice: notice('b') });
    expect(inbox.state.items.map((n) => n.id)).toEqual(['b', 'a']);
    expect(inbox.state.unread).toBe(2);
  });

  test('what was read elsewhere is fetched', async () => {
    const { ask, asked } = server(list([notice('a')], 1), list([notice('a', '2026-11-24T12:01:00.000Z')], 0));
    const inbox = new Inbox(ask);
    await inbox.load();
    inbox.heard({ unread: 0 });
    await new Promise((done) => setTimeout(done));
    expect(asked).toHaveLength(2);
    expect(inbox.state.items[0]?.read_at).not.toBeNull();
  });

  test('after the line was down the list is the truth', async () => {
    const inbox = new Inbox(server(list([notice('a')], 1), list([notice('c'), notice('b')], 5)).ask);
    await inbox.load();
    await inbox.load();
    expect(inbox.state.items.map((n) => n.id)).toEqual(['c', 'b']);
    expect(inbox.state.unread).toBe(5);
  });

  test('reading marks one, and asks nothing about one that was read', async () => {
    const { ask, asked } = server(
      list([notice('a'), notice('b')], 2),
      notice('a', '2026-11-24T12:01:00.000Z'),
    );
    const inbox = new Inbox(ask);
    await inbox.load();
    await inbox.read(notice('a'));
    await inbox.read(notice('b', '2026-11-24T12:01:00.000Z'));
    expect(asked).toEqual(['list from the newest', 'read a']);
    expect(inbox.state.unread).toBe(1);
    expect(inbox.state.items.map((n) => n.read_at !== null)).toEqual([true, false]);
  });

  test('reading all marks all', async () => {
    const inbox = new Inbox(server(list([notice('a'), notice('b')], 2), { unread: 0 }).ask);
    await inbox.load();
    await inbox.readAll();
    expect(inbox.state.items.every((n) => n.read_at !== null)).toBe(true);
    expect(inbox.state.unread).toBe(0);
  });

  test('older ones are added without doubles', async () => {
    const { ask, asked } = server(list([notice('b')], 2, 'x.1'), list([notice('b'), notice('a')], 2));
    const inbox = new Inbox(ask);
    await inbox.load();
    await inbox.more();
    await inbox.more();
    expect(asked).toEqual(['list from the newest', 'list x.1']);
    expect(inbox.state.items.map((n) => n.id)).toEqual(['b', 'a']);
  });

  test('a failure is said and what was known stays', async () => {
    const inbox = new Inbox(server(list([notice('a')], 1), new Error('down'), list([], 0)).ask);
    await inbox.load();
    await inbox.load();
    expect([inbox.state.failed, inbox.state.items.length]).toEqual([true, 1]);
    await inbox.load();
    expect(inbox.state.failed).toBe(false);
  });
});
