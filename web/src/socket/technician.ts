import { backoffMs } from './backoff';
import type { Job, Ms, NoticeFrame, Rejected, TechnicianClient, TechnicianServer, Uuid } from './frames';
import { firstAbove, nextRun, type Op, type QueuedPoint } from './queue';

/** Points in one frame: well below the contract's 500, so that a slow line shows progress. */
export const BATCH = 200;
/** Points under way without an ack. */
export const WINDOW = 1000;
/** A quiet line is asked this often whether it lives: an empty `pings` frame is acked like any other. */
export const PROBE_MS = 25_000;
/** Silence after which a connection that owes us an answer is given up. */
export const SILENCE_MS = 50_000;

export type Phase = 'idle' | 'connecting' | 'greeting' | 'live' | 'waiting' | 'taken' | 'signed_out';

/** What the shell must do, in this order. */
export type Effect =
  | { do: 'connect'; fresh: boolean }
  | { do: 'send'; frame: TechnicianClient }
  | { do: 'close' }
  | { do: 'resume'; token: string }
  | { do: 'settled'; upto: number; rejected: Rejected[] }
  | { do: 'op_done'; op: Op; ok: true; version?: number }
  | { do: 'op_done'; op: Op; ok: false; code: string; current: unknown }
  | { do: 'jobs'; jobs: Job[]; shift: boolean; pausedSince: Ms | null }
  | { do: 'job'; job: Job }
  | { do: 'job_gone'; id: Uuid }
  | { do: 'notification'; frame: NoticeFrame }
  | { do: 'ping_every'; seconds: number }
  | { do: 'signed_out' }
  | { do: 'taken' };

export interface Identity {
  device: Uuid;
  boot: Uuid;
  app: string;
}

/**
 * The technician's side of `/ws/technician`: what to send when, and what may be forgotten when.
 *
 * Plain data: no socket, no clock, no store. A point leaves the queue when an ack covers it, an
 * operation when its result came; whatever happens in between is sent again after `welcome`, oldest
 * first, with the same number, time and id.
 */
export class TechnicianLink {
  phase: Phase = 'idle';
  /** When to try again; meaningful while `phase` is `waiting`. */
  retryAt: Ms = 0;
  private sent = 0;
  private settled = 0;
  /** Points were sent on this socket. */
  private begun = false;
  private asked = new Set<Uuid>();
  private probing = false;
  private heard: Ms = 0;
  private fresh = false;
  private attempts = 0;
  private byeMs: number | null = null;

  constructor(
    private readonly me: Identity,
    private points: QueuedPoint[],
    private ops: Op[],
    /** Number of the newest point that this boot ever made. */
    lastSeq: number,
    private readonly random: () => number,
  ) {
    this.settled = (points[0]?.seq ?? lastSeq + 1) - 1;
    this.sent = this.settled;
  }

  /** Positions and operations that the server has not settled yet. */
  get pending(): { points: number; ops: number } {
    return { points: this.points.length, ops: this.ops.length };
  }

  get queuedOps(): readonly Op[] {
    return this.ops;
  }

  /** The newest number that is known. */
  get lastSeq(): number {
    return this.points[this.points.length - 1]?.seq ?? this.settled;
  }

  start(): Effect[] {
    if (this.phase !== 'idle' && this.phase !== 'taken' && this.phase !== 'signed_out') return [];
    this.phase = 'connecting';
    this.fresh = false;
    return [{ do: 'connect', fresh: false }];
  }

  /** The line may be back (`online`, the page became visible): no need to wait any longer. */
  nudge(now: Ms): Effect[] {
    if (this.phase === 'waiting') this.retryAt = now;
    return this.tick(now);
  }

  opened(token: string, now: Ms): Effect[] {
    this.phase = 'greeting';
    this.heard = now;
    return [{ do: 'send', frame: { type: 'hello', token, ...this.me, now, notifications: true } }];
  }

  /** The device says that it has no network: the socket is dead, whatever it looks like. */
  lost(now: Ms): Effect[] {
    if (this.phase !== 'live' && this.phase !== 'greeting' && this.phase !== 'connecting') return [];
    return [{ do: 'close' }, ...this.wait(now)];
  }

  /** No token could be had: `final` when the login is over, else the network was the reason. */
  noToken(final: boolean, now: Ms): Effect[] {
    return final ? this.signOut() : this.wait(now);
  }

  closed(code: number, now: Ms): Effect[] {
    if (this.phase === 'taken' || this.phase === 'signed_out' || this.phase === 'idle') return [];
    if (code === 4409) {
      this.phase = 'taken';
      return [{ do: 'taken' }];
    }
    if (code !== 4401) return this.wait(now);
    if (this.fresh) return this.signOut();
    // The stored resume may just be old: one try with a token of the login itself.
    this.phase = 'connecting';
    this.fresh = true;
    return [{ do: 'connect', fresh: true }];
  }

  tick(now: Ms): Effect[] {
    if (this.phase === 'waiting' && now >= this.retryAt) {
      this.phase = 'connecting';
      return [{ do: 'connect', fresh: this.fresh }];
    }
    const open = this.phase === 'live' || this.phase === 'greeting';
    if (open && this.owed() && now - this.heard > SILENCE_MS) {
      return [{ do: 'close' }, ...this.wait(now)];
    }
    return [...this.pump(now), ...this.probe(now)];
  }

  /** Takes points that the store has kept already. */
  addPoints(added: QueuedPoint[], now: Ms): Effect[] {
    const last = this.lastSeq;
    for (const point of added) if (point.seq > last) this.points.push(point);
    return this.pump(now);
  }

  addOp(op: Op, now: Ms): Effect[] {
    this.ops.push(op);
    return this.pump(now);
  }

  /** Undo: true when the operation had not left yet. */
  dropOp(id: Uuid): boolean {
    if (this.asked.has(id)) return false;
    const before = this.ops.length;
    this.ops = this.ops.filter((op) => op.id !== id);
    return this.ops.length < before;
  }

  frame(frame: TechnicianServer, now: Ms): Effect[] {
    this.heard = now;
    switch (frame.type) {
      case 'welcome':
        return this.welcome(frame, now);
      case 'ack':
        return this.ack(frame, now);
      case 'result':
        return this.result(frame);
      case 'job':
        return [{ do: 'job', job: frame.job }];
      case 'job_gone':
        return [{ do: 'job_gone', id: frame.id }];
      case 'notification':
        return [{ do: 'notification', frame }];
      case 'bye':
        this.byeMs = frame.retry_after_ms;
        return [];
      default:
        return [];
    }
  }

  private welcome(frame: TechnicianServer & { type: 'welcome' }, now: Ms): Effect[] {
    this.phase = 'live';
    this.fresh = false;
    this.attempts = 0;
    this.byeMs = null;
    this.asked.clear();
    this.probing = false;
    // Everything that is still here is unsettled: begin again at the oldest.
    this.sent = (this.points[0]?.seq ?? this.lastSeq + 1) - 1;
    this.settled = this.sent;
    this.begun = false;
    return [
      { do: 'resume', token: frame.resume },
      { do: 'ping_every', seconds: frame.ping_every_s },
      { do: 'jobs', jobs: frame.jobs, shift: frame.shift, pausedSince: frame.paused_since ?? null },
      ...this.pump(now),
    ];
  }

  private ack(frame: TechnicianServer & { type: 'ack' }, now: Ms): Effect[] {
    const effects: Effect[] = [];
    this.probing = false;
    if (frame.ping_every_s) effects.push({ do: 'ping_every', seconds: frame.ping_every_s });
    // Never believe an ack for something that was not sent.
    const upto = Math.min(frame.upto, this.sent);
    if (this.phase === 'live' && upto > this.settled) {
      this.settled = upto;
      this.points.splice(0, firstAbove(this.points, upto));
      effects.push({ do: 'settled', upto, rejected: frame.rejected ?? [] });
    }
    return [...effects, ...this.pump(now)];
  }

  private result(frame: TechnicianServer & { type: 'result' }): Effect[] {
    const op = this.ops.find((o) => o.id === frame.id);
    if (!op) return [];
    this.ops = this.ops.filter((o) => o !== op);
    this.asked.delete(op.id);
    if (frame.ok) return [{ do: 'op_done', op, ok: true, version: frame.version ?? undefined }];
    return [{ do: 'op_done', op, ok: false, code: frame.code ?? '', current: frame.current ?? null }];
  }

  /** Something was sent that the server has not answered. */
  private owed(): boolean {
    return this.phase === 'greeting' || this.sent > this.settled || this.asked.size > 0 || this.probing;
  }

  private probe(now: Ms): Effect[] {
    if (this.phase !== 'live' || this.owed() || now - this.heard < PROBE_MS) return [];
    this.probing = true;
    this.begun = true;
    this.heard = now;
    return [{ do: 'send', frame: { type: 'pings', from: this.sent + 1, now, points: [] } }];
  }

  /** Sends what may be sent: operations in their order, points in theirs, shift frames between. */
  private pump(now: Ms): Effect[] {
    const effects: Effect[] = [];
    while (this.phase === 'live') {
      const quiet = !this.owed();
      const frame = this.nextOp(now) ?? this.nextPings(now);
      if (!frame) break;
      // Silence counts from the moment an answer is owed.
      if (quiet) this.heard = now;
      effects.push({ do: 'send', frame });
    }
    if (this.phase === 'live' && this.isBroken()) effects.push({ do: 'close' }, ...this.wait(now, 0));
    return effects;
  }

  private nextOp(now: Ms): TechnicianClient | null {
    const op = this.ops.find((o) => !this.asked.has(o.id));
    if (!op || op.due > now) return null;
    const first = this.points[firstAbove(this.points, this.sent)];
    if (op.kind !== 'command' && first && first.seq <= op.after_seq) return null;
    this.asked.add(op.id);
    return op.kind !== 'command'
      ? { type: op.kind, id: op.id, on: op.on, at: op.at }
      : {
          type: 'command',
          id: op.id,
          job: op.job,
          action: op.action,
          version: op.version,
          at: op.at,
          ...(op.notes ? { notes: op.notes } : {}),
          // Pictures come after operations: what the phone has is announced.
          ...(op.photos ? { photos: op.photos } : {}),
          ...(op.signature ? { signature: true } : {}),
        };
  }

  private nextPings(now: Ms): TechnicianClient | null {
    const room = WINDOW - (this.sent - this.settled);
    if (room <= 0) return null;
    const shift = this.ops.find((o) => o.kind !== 'command' && !this.asked.has(o.id));
    const limit = shift ? shift.after_seq : Number.POSITIVE_INFINITY;
    const run = nextRun(this.points, this.sent, limit, Math.min(BATCH, room));
    const first = run[0];
    const last = run[run.length - 1];
    if (!first || !last) return null;
    // The first number after `welcome` says that all below it is settled; a later gap would never be acked.
    if (!this.begun) this.settled = first.seq - 1;
    else if (first.seq !== this.sent + 1) return null;
    this.begun = true;
    this.sent = last.seq;
    return { type: 'pings', from: first.seq, now, points: run.map((p) => p.point) };
  }

  /** All that was sent is settled, yet the next number is not the following one: only a new socket helps. */
  private isBroken(): boolean {
    const first = this.points[0];
    return this.begun && first !== undefined && this.sent === this.settled && first.seq > this.sent + 1;
  }

  private signOut(): Effect[] {
    this.phase = 'signed_out';
    return [{ do: 'signed_out' }];
  }

  private wait(now: Ms, pause?: number): Effect[] {
    this.phase = 'waiting';
    this.retryAt = now + (pause ?? this.byeMs ?? backoffMs(this.attempts, this.random));
    this.byeMs = null;
    this.attempts += 1;
    return [];
  }
}
