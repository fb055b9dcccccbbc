import { createStore, reconcile } from 'solid-js/store';
import { signedIn } from '../api/client';
import { confirmShift } from '../api/routes';
import type { Notification } from '../api/schema';
import { accessToken, forget, isEnding, refresh } from '../api/session';
import { Inbox } from '../notices/inbox';
import type { Action, Job, Point, TechnicianServer } from '../socket/frames';
import { Line } from '../socket/line';
import type { Op } from '../socket/queue';
import { type Effect, type Phase, TechnicianLink } from '../socket/technician';
import { foresee, foreseePause, foreseeShift } from './day';
import { type Conflict, Disk, type Kept } from './disk';
import { Gps, type GpsState } from './gps';
import { Pictures } from './pictures/pictures';

/** How long a tap can be taken back before it leaves. */
export const UNDO_MS = 5000;
const APP = 'campo-web/1.0';

export interface State {
  phase: Phase;
  /** As the server last said them. */
  jobs: Job[];
  serverShift: boolean;
  /** Since when the person pauses. */
  serverPause: number | null;
  ops: Op[];
  points: number;
  rejected: number;
  conflicts: Conflict[];
  gps: GpsState;
}

/** The technician's day: the store on the phone, the link, the position, and what the page shows of them. */
export class Model {
  readonly state: State;
  readonly inbox = new Inbox();
  private readonly set;
  private line: Line | null = null;
  private known: number;
  private resume: string | null;
  private pingEveryS: number;
  private readonly link: TechnicianLink;
  private readonly gps: Gps;
  /** Writes happen one after the other, in the order of what caused them. */
  private writes: Promise<unknown> = Promise.resolve();

  static async open(user: { id: string }): Promise<Model> {
    const disk = await Disk.open(user.id);
    const [kept, queue, conflicts, pictures] = await Promise.all([
      disk.kept(),
      disk.queue(),
      disk.conflicts(),
      Pictures.open(user.id),
    ]);
    return new Model(disk, kept, queue.points, queue.ops, conflicts, pictures);
  }

  private constructor(
    private readonly disk: Disk,
    kept: Kept,
    points: ConstructorParameters<typeof TechnicianLink>[1],
    ops: Op[],
    conflicts: Conflict[],
    readonly pictures: Pictures,
  ) {
    this.known = kept.seq;
    this.resume = kept.resume;
    this.pingEveryS = kept.ping_every_s;
    this.link = new TechnicianLink(
      { device: kept.device, boot: kept.boot, app: APP },
      points,
      ops,
      kept.seq,
      Math.random,
    );
    const [state, set] = createStore<State>({
      phase: 'idle',
      jobs: kept.jobs,
      serverShift: kept.shift,
      serverPause: kept.paused ?? null,
      ops: [...ops],
      points: points.length,
      rejected: kept.rejected,
      conflicts,
      gps: { kind: 'off' },
    });
    this.state = state;
    this.set = set;
    this.gps = new Gps(
      (point) => this.record(point),
      (gps) => this.set('gps', gps),
    );
  }

  get shift(): boolean {
    return foreseeShift(this.state.serverShift, this.state.ops);
  }

  /** Since when the person pauses within the shift; null while they do not. */
  get pausedSince(): number | null {
    return this.shift ? foreseePause(this.state.serverPause, this.state.ops) : null;
  }

  get jobs(): Job[] {
    return this.state.jobs.map((job) => foresee(job, this.state.ops));
  }

  start(): void {
    this.carry(this.link.start());
    this.followShift();
  }

  /** Called every second, and whenever the line may be back. */
  tick(mayBeBack = false): void {
    this.carry(mayBeBack ? this.link.nudge(Date.now()) : this.link.tick(Date.now()));
    if (mayBeBack) this.pictures.nudge();
    this.pictures.tick(this.mayUpload(), () => this.mayUpload());
  }

  /** Operations go first: what happened is known before it is seen. */
  private mayUpload(): boolean {
    return navigator.onLine && this.link.phase === 'live' && this.link.queuedOps.length === 0;
  }

  /** The device lost its network. */
  lost(): void {
    this.carry(this.link.lost(Date.now()));
  }

  visible(): void {
    this.gps.wake();
    this.tick(true);
  }

  async setShift(on: boolean): Promise<void> {
    const at = Date.now();
    await this.enqueue({ id: crypto.randomUUID(), kind: 'shift', on, at, due: at });
    this.followShift();
  }

  async setPause(on: boolean): Promise<void> {
    const at = Date.now();
    await this.enqueue({ id: crypto.randomUUID(), kind: 'pause', on, at, due: at });
    this.followShift();
  }

  /** What the server asks about a shift that looks forgotten, while nobody has answered. */
  get asked(): Notification | null {
    const notice = this.inbox.state.items.find((n) => n.kind === 'shift_end' && !n.read_at);
    return this.shift && notice ? notice : null;
  }

  /** The shift goes on: the answer to being asked. */
  async goesOn(notice: Notification): Promise<void> {
    await signedIn(confirmShift)();
    await this.inbox.read(notice);
  }

  async act(job: Job, action: Action, notes = ''): Promise<Op> {
    const own = this.pictures.of(job.id);
    const photos = own.filter((p) => p.type !== 'signature').length;
    const at = Date.now();
    const version = this.state.jobs.find((j) => j.id === job.id)?.version ?? job.version;
    const op = await this.enqueue({
      id: crypto.randomUUID(),
      kind: 'command',
      job: job.id,
      action,
      version,
      at,
      due: at + UNDO_MS,
      ...(notes.trim() ? { notes: notes.trim() } : {}),
      ...(action === 'complete' ? { photos, signature: own.length > photos } : {}),
    });
    // Work ends a pause.
    this.followShift();
    return op;
  }

  async undo(op: Op): Promise<void> {
    if (!this.link.dropOp(op.id)) return;
    this.show();
    this.followShift();
    await this.write(() => this.disk.removeOp(op.n));
  }

  async putAway(conflict: Conflict): Promise<void> {
    this.set('conflicts', (all) => all.filter((c) => c.id !== conflict.id));
    await this.write(() => this.disk.removeConflict(conflict.id));
  }

  async putAwayRejected(): Promise<void> {
    this.set('rejected', 0);
    await this.write(() => this.disk.keep({ rejected: 0 }));
  }

  /** After signing out: what is still to be sent stays, the key to send it does not. */
  async forgetLogin(): Promise<void> {
    this.resume = null;
    await this.write(() => this.disk.keep({ resume: null }));
  }

  private async enqueue(op: Parameters<Disk['addOp']>[0]): Promise<Op> {
    const kept = await this.write(() => this.disk.addOp(op));
    this.carry(this.link.addOp(kept, Date.now()));
    return kept;
  }

  /** Kept first, sent second. */
  private async record(point: Point): Promise<void> {
    if (!this.shift || this.pausedSince !== null) return;
    const made = await this.write(() => this.disk.addPoint(point));
    let added = [made];
    // Another page of this browser numbered points too: they are ours to send now.
    if (made.seq !== this.known + 1) {
      const { points } = await this.disk.queue();
      added = points.filter((p) => p.seq > this.known && p.seq <= made.seq);
    }
    this.known = made.seq;
    this.carry(this.link.addPoints(added, Date.now()));
  }

  private write<T>(job: () => Promise<T>): Promise<T> {
    const next = this.writes.then(job, job);
    this.writes = next.catch(() => null);
    return next;
  }

  private followShift(): void {
    const sending =
      this.shift &&
      this.pausedSince === null &&
      this.state.phase !== 'taken' &&
      this.state.phase !== 'signed_out';
    if (sending) this.gps.start(this.pingEveryS);
    else if (this.gps.running) this.gps.stop();
  }

  private show(): void {
    const pending = this.link.pending;
    this.set({ phase: this.link.phase, points: pending.points, ops: [...this.link.queuedOps] });
  }

  private carry(effects: Effect[]): void {
    for (const effect of effects) this.perform(effect);
    this.show();
  }

  private perform(effect: Effect): void {
    switch (effect.do) {
      case 'connect':
        this.connect(effect.fresh);
        return;
      case 'send':
        this.line?.send(effect.frame);
        return;
      case 'close':
        this.line?.drop();
        this.line = null;
        return;
      case 'resume':
        this.resume = effect.token;
        this.write(() => this.disk.keep({ resume: effect.token }));
        // After every greeting: what was told while the line was down stands in the list.
        this.inbox.greeted();
        return;
      case 'notification':
        this.inbox.heard(effect.frame);
        return;
      case 'settled':
        this.settled(effect.upto, effect.rejected.length);
        return;
      case 'op_done':
        this.opDone(effect);
        return;
      case 'jobs':
        this.set('jobs', reconcile(effect.jobs, { key: 'id' }));
        this.set({ serverShift: effect.shift, serverPause: effect.pausedSince });
        this.write(() =>
          this.disk.keep({ jobs: effect.jobs, shift: effect.shift, paused: effect.pausedSince }),
        );
        this.followShift();
        return;
      case 'job':
        this.putJob(effect.job);
        return;
      case 'job_gone':
        this.setJobs(this.state.jobs.filter((j) => j.id !== effect.id));
        return;
      case 'ping_every':
        this.pace(effect.seconds);
        return;
      default:
        this.ended(effect.do);
    }
  }

  private pace(seconds: number): void {
    if (seconds === this.pingEveryS) return;
    this.pingEveryS = seconds;
    this.gps.pace(seconds);
    this.write(() => this.disk.keep({ ping_every_s: seconds }));
  }

  private settled(upto: number, rejected: number): void {
    this.write(() => this.disk.settle(upto, rejected));
    if (rejected > 0) this.set('rejected', (n) => n + rejected);
  }

  private opDone(effect: Effect & { do: 'op_done' }): void {
    const { op } = effect;
    if (effect.ok) {
      const paused = foreseePause(this.state.serverPause, [op]);
      if (paused !== this.state.serverPause) {
        this.set('serverPause', paused);
        this.write(() => this.disk.keep({ paused }));
      }
      if (op.kind === 'shift') {
        this.set('serverShift', op.on);
        this.write(() => this.disk.keep({ shift: op.on }));
      } else if (op.kind === 'command') this.confirm(op, effect.version);
      this.write(() => this.disk.removeOp(op.n));
      return;
    }
    const job = op.kind === 'command' ? this.state.jobs.find((j) => j.id === op.job) : undefined;
    // For a shift frame `current` is the last shift.
    const current = op.kind === 'command' ? (effect.current as Job | null) : null;
    const conflict: Conflict = {
      id: op.id,
      at: op.at,
      op,
      job_title: current?.title ?? job?.title ?? null,
      code: effect.code,
      current,
    };
    this.set('conflicts', (all) => [...all, conflict]);
    this.write(() => this.disk.refuse(op, conflict));
    if (current) this.putJob(current);
    // What the person believed is not so: the page shows what is.
    queueMicrotask(() => this.followShift());
  }

  /** The action is done: keep showing it until the job's own frame comes. */
  private confirm(op: Op, version: number | undefined): void {
    const job = op.kind === 'command' && this.state.jobs.find((j) => j.id === op.job);
    if (!job || (version !== undefined && job.version >= version)) return;
    this.putJob({ ...foresee(job, [op]), version: version ?? job.version });
  }

  private putJob(job: Job): void {
    const before = this.state.jobs.find((j) => j.id === job.id);
    if (before && before.version > job.version) return;
    this.setJobs(
      before ? this.state.jobs.map((j) => (j.id === job.id ? job : j)) : [...this.state.jobs, job],
    );
  }

  private setJobs(jobs: Job[]): void {
    const plain = JSON.parse(JSON.stringify(jobs)) as Job[];
    this.set('jobs', reconcile(plain, { key: 'id' }));
    this.write(() => this.disk.keep({ jobs: plain }));
  }

  private ended(how: 'taken' | 'signed_out'): void {
    this.set('phase', how);
    this.line?.drop();
    this.line = null;
    this.gps.stop();
    if (how === 'taken') return;
    this.resume = null;
    forget();
    this.write(() => this.disk.keep({ resume: null })).then(() => location.assign('/?ended'));
  }

  private async connect(fresh: boolean): Promise<void> {
    const token = await this.token(fresh);
    // The network went away meanwhile: another attempt is planned already.
    if (this.link.phase !== 'connecting') return;
    if (token === 'signed_out' || token === 'unreachable')
      return this.carry(this.link.noToken(token === 'signed_out', Date.now()));
    const now = () => Date.now();
    this.line = new Line('/ws/technician', {
      opened: () => this.carry(this.link.opened(token, now())),
      text: (data) => {
        const frame = parse(data);
        if (frame) this.carry(this.link.frame(frame, now()));
      },
      bytes: () => undefined,
      closed: (code) => {
        this.line = null;
        this.carry(this.link.closed(code, now()));
      },
    });
  }

  /** The stored resume needs no request; the login's own token may. */
  private async token(fresh: boolean): Promise<string> {
    if (!navigator.onLine) return 'unreachable';
    if (!fresh && this.resume) return this.resume;
    if (!fresh) {
      const token = accessToken();
      if (token && !isEnding()) return token;
    }
    const renewed = await refresh();
    return renewed === 'ok' ? (accessToken() ?? 'unreachable') : renewed;
  }
}

function parse(data: string): TechnicianServer | null {
  try {
    return JSON.parse(data) as TechnicianServer;
  } catch {
    return null;
  }
}
