import { backoffMs } from './backoff';
import type {
  DispatchClient,
  DispatchEvent,
  DispatchServer,
  Job,
  MotionFrame,
  Ms,
  NoticeFrame,
  PositionRow,
  Technician,
} from './frames';

/** A `view` is answered by `positions`: asked this often, it shows that the line lives. */
export const PROBE_MS = 20_000;
/** Silence after which the line is given up. */
export const SILENCE_MS = 50_000;

export type Phase = 'idle' | 'connecting' | 'greeting' | 'live' | 'waiting' | 'taken' | 'signed_out';
export type Bounds = [west: number, south: number, east: number, north: number];

export type Effect =
  | { do: 'connect'; fresh: boolean; resume: string | null }
  | { do: 'send'; frame: DispatchClient & { motion?: boolean; notifications?: boolean } }
  | { do: 'close' }
  | { do: 'snapshot'; technicians: Technician[]; jobs: Job[] }
  | { do: 'positions'; rows: PositionRow[] }
  | { do: 'motion'; motion: MotionFrame }
  | { do: 'event'; event: DispatchEvent }
  | { do: 'notification'; frame: NoticeFrame }
  | { do: 'server_time'; ms: Ms }
  | { do: 'signed_out' }
  | { do: 'taken' };

/**
 * The dispatcher's side of `/ws/dispatch`. Plain data: no socket and no clock.
 *
 * It remembers the cursor of the last event it saw, so that a reconnect brings exactly what was missed.
 */
export class DispatchLink {
  phase: Phase = 'idle';
  retryAt: Ms = 0;
  private cursor: string | null = null;
  private resume: string | null = null;
  private bounds: Bounds | null = null;
  private fresh = false;
  private attempts = 0;
  private byeMs: number | null = null;
  private heard: Ms = 0;
  private probed: Ms = 0;

  constructor(private readonly random: () => number) {}

  start(): Effect[] {
    if (this.phase !== 'idle' && this.phase !== 'taken' && this.phase !== 'signed_out') return [];
    return this.connect();
  }

  nudge(now: Ms): Effect[] {
    if (this.phase === 'waiting') this.retryAt = now;
    return this.tick(now);
  }

  opened(token: string, now: Ms): Effect[] {
    this.phase = 'greeting';
    this.heard = now;
    const after = this.cursor ? { after: this.cursor } : {};
    return [
      {
        do: 'send',
        frame: { type: 'hello', token, ...after, format: 'binary', motion: true, notifications: true },
      },
    ];
  }

  /** The device says that it has no network: the socket is dead, whatever it looks like. */
  lost(now: Ms): Effect[] {
    if (this.phase !== 'live' && this.phase !== 'greeting' && this.phase !== 'connecting') return [];
    return [{ do: 'close' }, ...this.wait(now)];
  }

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
    this.resume = null;
    if (this.fresh) return this.signOut();
    this.fresh = true;
    return this.connect();
  }

  tick(now: Ms): Effect[] {
    if (this.phase === 'waiting' && now >= this.retryAt) return this.connect();
    if (this.phase !== 'live' && this.phase !== 'greeting') return [];
    if (now - this.heard > SILENCE_MS) return [{ do: 'close' }, ...this.wait(now)];
    if (this.phase === 'live' && now - this.heard >= PROBE_MS && now - this.probed >= PROBE_MS)
      return this.ask(now);
    return [];
  }

  /** What the map shows; null for everything. */
  view(bounds: Bounds | null, now: Ms): Effect[] {
    this.bounds = bounds;
    return this.phase === 'live' ? this.ask(now) : [];
  }

  positions(rows: PositionRow[], now: Ms): Effect[] {
    this.heard = now;
    return [{ do: 'positions', rows }];
  }

  frame(frame: DispatchServer | MotionFrame, now: Ms): Effect[] {
    this.heard = now;
    switch (frame.type) {
      case 'welcome':
        this.phase = 'live';
        this.fresh = false;
        this.attempts = 0;
        this.byeMs = null;
        this.resume = frame.resume;
        return [{ do: 'server_time', ms: frame.server_time }, ...this.ask(now)];
      case 'snapshot':
        this.cursor = frame.cursor;
        return [{ do: 'snapshot', technicians: frame.technicians, jobs: frame.jobs }];
      case 'event':
        this.cursor = frame.cursor;
        return [{ do: 'event', event: frame.event }];
      case 'positions':
        return this.positions(frame.rows, now);
      case 'motion':
        return [{ do: 'motion', motion: frame as MotionFrame }];
      case 'notification':
        return [{ do: 'notification', frame }];
      case 'bye':
        this.byeMs = frame.retry_after_ms;
        return [];
      default:
        return [];
    }
  }

  private ask(now: Ms): Effect[] {
    this.probed = now;
    return [{ do: 'send', frame: this.bounds ? { type: 'view', bounds: this.bounds } : { type: 'view' } }];
  }

  private connect(): Effect[] {
    this.phase = 'connecting';
    return [{ do: 'connect', fresh: this.fresh, resume: this.resume }];
  }

  private signOut(): Effect[] {
    this.phase = 'signed_out';
    return [{ do: 'signed_out' }];
  }

  private wait(now: Ms): Effect[] {
    this.phase = 'waiting';
    this.retryAt = now + (this.byeMs ?? backoffMs(this.attempts, this.random));
    this.byeMs = null;
    this.attempts += 1;
    return [];
  }
}
