import { createStore, reconcile } from 'solid-js/store';
import {
  editConversation,
  listConversationMessages,
  listConversations,
  listQuickReplies,
  readConversation,
  sendWhatsapp,
} from '../api/routes';
import type { Conversation, EditConversation, InboxMessage, QuickReply, SendMessage } from '../api/schema';
import { failureText } from '../ui/failure';
import { merged } from './words';

export type Filter = 'all' | 'unread' | 'in_window' | 'mine';

/** Messages that one page holds. */
const PAGE = 50;

interface State {
  filter: Filter;
  query: string;
  status: 'open' | 'archived' | 'spam';
  conversations: Conversation[];
  more: string | null;
  loaded: boolean;
  trouble: string;
  chosen: string | null;
  messages: InboxMessage[];
  older: string | null;
  thread: 'none' | 'loading' | 'ready';
  replies: QuickReply[];
}

const lastAt = (row: Conversation) => Date.parse(row.last_at);
const saidAt = (row: InboxMessage) => Date.parse(row.at);

/** What the inbox knows: conversations, and the thread of the chosen one. Fed by REST and by the socket's events. */
export class InboxStore {
  readonly state: State;
  private readonly set;
  private asked = 0;

  constructor() {
    const [state, set] = createStore<State>({
      filter: 'all',
      query: '',
      status: 'open',
      conversations: [],
      more: null,
      loaded: false,
      trouble: '',
      chosen: null,
      messages: [],
      older: null,
      thread: 'none',
      replies: [],
    });
    this.state = state;
    this.set = set;
  }

  unread(): number {
    return this.state.conversations.filter((row) => row.unread > 0 && row.status === 'open').length;
  }

  chosen(): Conversation | undefined {
    return this.state.conversations.find((row) => row.id === this.state.chosen);
  }

  async look(wanted: Partial<Pick<State, 'filter' | 'query' | 'status'>> = {}): Promise<void> {
    this.set(wanted);
    const turn = ++this.asked;
    try {
      const page = await this.page(null);
      // A later question was asked meanwhile: its answer counts.
      if (turn !== this.asked) return;
      this.set({ conversations: page.items, more: page.next ?? null, loaded: true, trouble: '' });
    } catch (cause) {
      if (turn === this.asked) this.set({ trouble: failureText(cause), loaded: true });
    }
  }

  async lookFurther(): Promise<void> {
    if (!this.state.more) return;
    const page = await this.page(this.state.more);
    this.set('conversations', (rows) => merged(rows, page.items, lastAt));
    this.set('more', page.next ?? null);
  }

  async choose(id: string | null): Promise<void> {
    if (id === this.state.chosen && this.state.thread === 'ready') return;
    this.set({ chosen: id, messages: [], older: null, thread: id ? 'loading' : 'none' });
    if (!id) return;
    await this.loadThread(id);
    await this.markRead(id);
  }

  async loadThread(id: string): Promise<void> {
    try {
      const page = await listConversationMessages(id, { limit: PAGE });
      if (this.state.chosen !== id) return;
      this.set('messages', (rows) => merged(rows, page.items, saidAt));
      this.set({ older: page.next ?? null, thread: 'ready', trouble: '' });
    } catch (cause) {
      if (this.state.chosen === id) this.set({ trouble: failureText(cause), thread: 'ready' });
    }
  }

  async loadOlder(): Promise<void> {
    const { chosen, older } = this.state;
    if (!chosen || !older) return;
    const page = await listConversationMessages(chosen, { limit: PAGE, after: older });
    if (this.state.chosen !== chosen) return;
    this.set('messages', (rows) => merged(rows, page.items, saidAt));
    this.set('older', page.next ?? null);
  }

  async markRead(id: string): Promise<void> {
    const row = this.state.conversations.find((c) => c.id === id);
    if (!row || row.unread === 0 || document.visibilityState !== 'visible') return;
    this.putConversation(await readConversation(id));
  }

  async edit(id: string, change: EditConversation): Promise<void> {
    this.putConversation(await editConversation(id, change));
  }

  async send(body: SendMessage): Promise<void> {
    const sent = await sendWhatsapp(body);
    this.putMessage(sent);
  }

  async loadReplies(): Promise<void> {
    const page = await listQuickReplies();
    this.set('replies', page.items);
  }

  /** Some events may have been missed: everything that is shown is read anew. */
  again(): void {
    this.look();
    if (this.state.chosen) this.loadThread(this.state.chosen);
  }

  /** What the socket says; the numbers of events have no gap, so nothing is missed. */
  heard(event: Record<string, unknown>): void {
    const kind = String(event.kind ?? '');
    // A message comes with its conversation as it is then.
    if (event.conversation) this.putConversation(event.conversation as Conversation);
    if (kind.startsWith('message.') && event.message) this.putMessage(event.message as InboxMessage);
  }

  private page(after: string | null) {
    const { filter, query, status } = this.state;
    return listConversations({
      filter,
      limit: PAGE,
      q: query.trim() || undefined,
      status: status === 'open' ? undefined : status,
      after: after ?? undefined,
    });
  }

  private putConversation(row: Conversation): void {
    const shown = this.state.status === 'open' ? ['open', 'closed'] : [this.state.status];
    const others = this.state.conversations.filter((c) => c.id !== row.id);
    // One that left this list stays while it is read.
    const stays = shown.includes(row.status) || row.id === this.state.chosen;
    this.set('conversations', reconcile(merged(others, stays ? [row] : [], lastAt), { key: 'id' }));
    if (row.id === this.state.chosen) this.markRead(row.id).catch(() => null);
  }

  private putMessage(row: InboxMessage): void {
    if (!row.conversation_id || row.conversation_id !== this.state.chosen) return;
    this.set('messages', reconcile(merged(this.state.messages, [row], saidAt), { key: 'id' }));
  }
}
