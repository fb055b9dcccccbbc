import { createStore, produce, reconcile } from 'solid-js/store';
import { accessToken, forget, isEnding, refresh } from '../api/session';
import { Inbox } from '../notices/inbox';
import { decodePositions } from '../socket/binary';
import { type Bounds, DispatchLink, type Effect, type Phase } from '../socket/dispatch';
import type {
  DispatchEvent,
  DispatchServer,
  Job,
  MotionFrame,
  PositionRow,
  Technician,
} from '../socket/frames';
import { Line } from '../socket/line';
import { loadWaiting } from './voice/voice';

export interface State {
  phase: Phase;
  ready: boolean;
  technicians: Record<string, Technician>;
  jobs: Record<string, Job>;
}

type Moved = (rows: PositionRow[]) => void;
type Expected = (motion: MotionFrame) => void;
type Heard = (kind: string | null, event: Record<string, unknown> | null) => void;

/** Everything the dispatcher's page knows, fed by one socket. */
export class Store {
  readonly state: State;
  readonly inbox = new Inbox();
  /** Server time minus this computer's clock. */
  skewMs = 0;
  private readonly set;
  private readonly link = new DispatchLink(Math.random);
  private line: Line | null = null;
  private readonly listeners = new Set<Moved>();
  private readonly expecting = new Set<Expected>();
  private readonly hearing = new Set<Heard>();
  /** The newest that is expected of each, for a map that comes later. */
  private readonly motions = new Map<string, MotionFrame>();

  constructor() {
    const [state, set] = createStore<State>({ phase: 'idle', ready: false, technicians: {}, jobs: {} });
    this.state = state;
    this.set = set;
  }

  start(): void {
    this.carry(this.link.start());
  }

  tick(mayBeBack = false): void {
    this.carry(mayBeBack ? this.link.nudge(Date.now()) : this.link.tick(Date.now()));
  }

  /** The computer lost its network. */
  lost(): void {
    this.carry(this.link.lost(Date.now()));
  }

  view(bounds: Bounds | null): void {
    this.carry(this.link.view(bounds, Date.now()));
  }

  /** The map draws positions itself, row by row, without going through the lists. */
  onMoved(listener: Moved): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What is expected of technicians, for the map alone; what was said before comes at once. */
  onMotion(listener: Expected): () => void {
    for (const motion of this.motions.values()) listener(motion);
    this.expecting.add(listener);
    return () => this.expecting.delete(listener);
  }

  /** The kind of every event, and null where some may have been missed: after a snapshot. */
  onEvent(listener: Heard): () => void {
    this.hearing.add(listener);
    return () => this.hearing.delete(listener);
  }

  now(): number {
    return Date.now() + this.skewMs;
  }

  /** A row that REST answered or an event brought; the newest version stays. */
  putJob(job: Job): void {
    const before = this.state.jobs[job.id];
    if (before && before.version > job.version) return;
    this.set('jobs', job.id, reconcile(job));
  }

  putTechnician(technician: Technician): void {
    this.set('technicians', technician.id, reconcile(technician));
  }

  /** A person who was just added, until the server says more about them. */
  welcome(user: { id: string; name: string }): void {
    if (this.state.technicians[user.id]) return;
    this.putTechnician({
      id: user.id,
      name: user.name,
      status: 'off_shift',
      job: null,
      position: null,
      eta: null,
      last_seen: null,
      battery: null,
    });
  }

  private carry(effects: Effect[]): void {
    for (const effect of effects) this.perform(effect);
    if (this.state.phase !== this.link.phase) this.set('phase', this.link.phase);
  }

  private perform(effect: Effect): void {
    switch (effect.do) {
      case 'connect':
        this.connect(effect.fresh, effect.resume);
        return;
      case 'send':
        this.line?.send(effect.frame);
        return;
      case 'close':
        this.line?.drop();
        this.line = null;
        return;
      case 'server_time':
        this.skewMs = effect.ms - Date.now();
        // After every greeting: what was told while the line was down stands in the list.
        this.inbox.greeted();
        return;
      case 'notification':
        this.inbox.heard(effect.frame);
        return;
      case 'snapshot':
        this.snapshot(effect.technicians, effect.jobs);
        return;
      case 'positions':
        this.moved(effect.rows);
        return;
      case 'motion':
        this.motions.set(effect.motion.technician, effect.motion);
        for (const listener of this.expecting) listener(effect.motion);
        return;
      case 'event':
        this.heard(effect.event);
        return;
      case 'signed_out':
        forget();
        location.assign('/?ended');
        return;
      default:
        this.line?.drop();
        this.line = null;
    }
  }

  private snapshot(technicians: Technician[], jobs: Job[]): void {
    this.set('technicians', reconcile(Object.fromEntries(technicians.map((x) => [x.id, x]))));
    this.set('jobs', reconcile(Object.fromEntries(jobs.map((x) => [x.id, x]))));
    this.set('ready', true);
    this.motions.clear();
    this.tell(technicians);
    for (const listener of this.hearing) listener(null, null);
  }

  private heard(event: DispatchEvent): void {
    if (event.kind.startsWith('voice.')) loadWaiting().catch(() => null);
    for (const listener of this.hearing)
      listener(event.kind, event as DispatchEvent & Record<string, unknown>);
    if (event.job) this.putJob(event.job);
    if (event.technician) {
      this.putTechnician(event.technician);
      this.tell([event.technician]);
    }
  }

  /** Positions that came inside technicians reach the map as rows too. */
  private tell(technicians: Technician[]): void {
    const rows: PositionRow[] = technicians.flatMap((x) => {
      const p = x.position;
      return p ? [[x.id, p.lat, p.lon, p.speed_mps, p.heading_deg, p.accuracy_m, p.at] as PositionRow] : [];
    });
    for (const listener of this.listeners) listener(rows);
  }

  private moved(rows: PositionRow[]): void {
    this.set(
      'technicians',
      produce((all) => {
        for (const [id, lat, lon, speed_mps, heading_deg, accuracy_m, at] of rows) {
          const technician = all[id];
          if (!technician || (technician.position && technician.position.at > at)) continue;
          const position = { lat, lon, speed_mps, heading_deg, accuracy_m, at };
          // In place: what asks whether there is a position hears nothing of a new one.
          if (technician.position) Object.assign(technician.position, position);
          else technician.position = position;
          technician.last_seen = Math.max(technician.last_seen ?? 0, at);
        }
      }),
    );
    for (const listener of this.listeners) listener(rows);
  }

  private async connect(fresh: boolean, resume: string | null): Promise<void> {
    const token = navigator.onLine ? (resume ?? (await this.token(fresh))) : 'unreachable';
    // The network went away meanwhile: another attempt is planned already.
    if (this.link.phase !== 'connecting') return;
    if (token === 'signed_out' || token === 'unreachable')
      return this.carry(this.link.noToken(token === 'signed_out', Date.now()));
    this.line = new Line('/ws/dispatch', {
      opened: () => this.carry(this.link.opened(token, Date.now())),
      text: (data) => {
        const frame = parse(data);
        if (frame) this.carry(this.link.frame(frame, Date.now()));
      },
      bytes: (data) => {
        const positions = decodePositions(data);
        if (positions) this.carry(this.link.positions(positions.rows, Date.now()));
      },
      closed: (code) => {
        this.line = null;
        this.carry(this.link.closed(code, Date.now()));
      },
    });
  }

  private async token(fresh: boolean): Promise<string> {
    const token = accessToken();
    if (token && !fresh && !isEnding()) return token;
    const renewed = await refresh();
    return renewed === 'ok' ? (accessToken() ?? 'unreachable') : renewed;
  }
}

function parse(data: string): DispatchServer | MotionFrame | null {
  try {
    return JSON.parse(data) as DispatchServer | MotionFrame;
  } catch {
    return null;
  }
}
