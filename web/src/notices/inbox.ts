import { createStore, reconcile } from 'solid-js/store';
import { signedIn } from '../api/client';
import { listNotifications, readAllNotifications, readNotification } from '../api/routes';
import type { Notification } from '../api/schema';
import type { NoticeFrame } from '../socket/frames';

export interface InboxState {
  items: Notification[];
  unread: number;
  next: string | null;
  /** Whether the list was fetched once. */
  ready: boolean;
  failed: boolean;
}

/** Pages that lost their line together ask for their lists spread over this time. */
const SPREAD_MS = 5000;

/** The server's side, so that the rules can be tried without one. */
export interface Wire {
  list: typeof listNotifications;
  read: typeof readNotification;
  readAll: typeof readAllNotifications;
}

const WIRE: Wire = {
  list: signedIn(listNotifications),
  read: signedIn(readNotification),
  readAll: signedIn(readAllNotifications),
};

/** The person's inbox: fetched whenever the line comes (back), kept current by frames in between. */
export class Inbox {
  readonly state: InboxState;
  private readonly set;

  constructor(private readonly wire: Wire = WIRE) {
    const [state, set] = createStore<InboxState>({
      items: [],
      unread: 0,
      next: null,
      ready: false,
      failed: false,
    });
    this.state = state;
    this.set = set;
  }

  /** The line is there (again): what was told meanwhile stands in the list. After a restart all pages come at once. */
  greeted(): void {
    if (!this.state.ready) this.load();
    else setTimeout(() => this.load(), Math.random() * SPREAD_MS);
  }

  /** The newest page, in place of whatever was known. */
  async load(): Promise<void> {
    try {
      const list = await this.wire.list({ limit: 30 });
      this.set('items', reconcile(list.items, { key: 'id' }));
      this.set({ unread: list.unread, next: list.next ?? null, ready: true, failed: false });
    } catch {
      this.set('failed', true);
    }
  }

  async more(): Promise<void> {
    const after = this.state.next;
    if (!after) return;
    const list = await this.wire.list({ limit: 30, after });
    const known = new Set(this.state.items.map((n) => n.id));
    this.set('items', (all) => [...all, ...list.items.filter((n) => !known.has(n.id))]);
    this.set({ unread: list.unread, next: list.next ?? null });
  }

  /** A frame of the socket. Without a notice some were read elsewhere: the list says which. */
  heard(frame: NoticeFrame): void {
    this.set('unread', frame.unread);
    const notice = frame.notice;
    if (!notice) {
      this.load();
      return;
    }
    this.set('items', (all) => [notice, ...all.filter((n) => n.id !== notice.id)]);
  }

  async read(notice: Notification): Promise<void> {
    if (notice.read_at) return;
    const row = await this.wire.read(notice.id);
    this.set('items', (n) => n.id === row.id, 'read_at', row.read_at);
    this.set('unread', (n) => Math.max(0, n - 1));
  }

  async readAll(): Promise<void> {
    const { unread } = await this.wire.readAll();
    const at = new Date().toISOString();
    this.set(
      'items',
      (n) => !n.read_at,
      (n) => ({ ...n, read_at: at }),
    );
    this.set('unread', unread);
  }
}
