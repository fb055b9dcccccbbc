import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Job, Point } from '../socket/frames';
import type { Op, QueuedPoint } from '../socket/queue';

/** Something the server refused, to be read and put away by the person. */
export interface Conflict {
  id: string;
  at: number;
  op: Op;
  job_title: string | null;
  code: string;
  current: Job | null;
}

/** What must be there at the next start, with or without a network. */
export interface Kept {
  device: string;
  boot: string;
  /** Number of the newest point ever made in this boot. */
  seq: number;
  resume: string | null;
  jobs: Job[];
  /** The shift as the server last said it. */
  shift: boolean;
  /** Since when the person pauses, as the server last said it. */
  paused?: number | null;
  ping_every_s: number;
  rejected: number;
}

interface Schema extends DBSchema {
  kept: { key: 'kept'; value: Kept };
  points: { key: number; value: QueuedPoint };
  /** Every `at` that was ever used in this boot, for as long as a point of it could be accepted. */
  times: { key: number; value: number };
  ops: { key: number; value: Op };
  conflicts: { key: string; value: Conflict };
}

/** An operation before the store has numbered it. */
export type NewOp = Op extends infer O ? (O extends Op ? Omit<O, 'n' | 'after_seq'> : never) : never;

const WEEK_MS = 8 * 86_400_000;

/**
 * The phone's store, one database a person. What is here is sent sooner or later: a point leaves
 * when an ack covers it, an operation when its result came.
 */
export class Disk {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(user: string): Promise<Disk> {
    const db = await openDB<Schema>(`campo-tecnico-${user}`, 1, {
      upgrade(made) {
        made.createObjectStore('kept');
        made.createObjectStore('points', { keyPath: 'seq' });
        made.createObjectStore('times');
        made.createObjectStore('ops', { keyPath: 'n', autoIncrement: true });
        made.createObjectStore('conflicts', { keyPath: 'id' });
      },
    });
    const disk = new Disk(db);
    const tx = db.transaction('kept', 'readwrite');
    if (!(await tx.store.get('kept'))) {
      await tx.store.put(
        {
          device: crypto.randomUUID(),
          boot: crypto.randomUUID(),
          seq: 0,
          resume: null,
          jobs: [],
          shift: false,
          ping_every_s: 30,
          rejected: 0,
        },
        'kept',
      );
    }
    await tx.done;
    return disk;
  }

  async kept(): Promise<Kept> {
    const kept = await this.db.get('kept', 'kept');
    if (!kept) throw new Error('the store is empty');
    return kept;
  }

  async keep(change: Partial<Kept>): Promise<void> {
    const tx = this.db.transaction('kept', 'readwrite');
    const kept = await tx.store.get('kept');
    if (kept) await tx.store.put({ ...kept, ...change }, 'kept');
    await tx.done;
  }

  async queue(): Promise<{ points: QueuedPoint[]; ops: Op[] }> {
    const tx = this.db.transaction(['points', 'ops']);
    const [points, ops] = await Promise.all([
      tx.objectStore('points').getAll(),
      tx.objectStore('ops').getAll(),
    ]);
    return { points, ops };
  }

  /**
   * Numbers a point and keeps it, in one transaction: numbers rise by one whatever happens between.
   * No two points of a boot get the same `at`; a clock set back moves the later one by milliseconds.
   */
  async addPoint(point: Point): Promise<QueuedPoint> {
    const tx = this.db.transaction(['kept', 'points', 'times'], 'readwrite', { durability: 'strict' });
    const kept = await tx.objectStore('kept').get('kept');
    if (!kept) throw new Error('the store is empty');
    const times = tx.objectStore('times');
    let at = Math.round(point.at);
    while ((await times.getKey(at)) !== undefined) at += 1;
    const queued = { seq: kept.seq + 1, point: { ...point, at } };
    await Promise.all([
      times.put(queued.seq, at),
      times.delete(IDBKeyRange.upperBound(at - WEEK_MS)),
      tx.objectStore('points').add(queued),
      tx.objectStore('kept').put({ ...kept, seq: queued.seq }, 'kept'),
    ]);
    await tx.done;
    return queued;
  }

  /** Forgets what an ack covered, and nothing else. */
  async settle(upto: number, rejected: number): Promise<void> {
    const tx = this.db.transaction(['points', 'kept'], 'readwrite');
    await tx.objectStore('points').delete(IDBKeyRange.upperBound(upto));
    if (rejected > 0) {
      const kept = await tx.objectStore('kept').get('kept');
      if (kept) await tx.objectStore('kept').put({ ...kept, rejected: kept.rejected + rejected }, 'kept');
    }
    await tx.done;
  }

  /** Keeps an operation behind all earlier ones and behind the newest point. */
  async addOp(op: NewOp): Promise<Op> {
    const tx = this.db.transaction(['ops', 'kept'], 'readwrite', { durability: 'strict' });
    const kept = await tx.objectStore('kept').get('kept');
    const whole = { ...op, after_seq: kept?.seq ?? 0 };
    const n = await tx.objectStore('ops').add(whole as Op);
    await tx.done;
    return { ...whole, n } as Op;
  }

  async removeOp(n: number): Promise<void> {
    await this.db.delete('ops', n);
  }

  async conflicts(): Promise<Conflict[]> {
    return this.db.getAll('conflicts');
  }

  /** The operation is over; what it met is kept to be read. Both or neither. */
  async refuse(op: Op, conflict: Conflict): Promise<void> {
    const tx = this.db.transaction(['ops', 'conflicts'], 'readwrite');
    await Promise.all([tx.objectStore('ops').delete(op.n), tx.objectStore('conflicts').put(conflict)]);
    await tx.done;
  }

  async removeConflict(id: string): Promise<void> {
    await this.db.delete('conflicts', id);
  }

  close(): void {
    this.db.close();
  }
}
