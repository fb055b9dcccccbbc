import { createStore } from 'solid-js/store';
import { after, send, WIRE, type Wire } from './sending';
import { type Picture, type PictureType, Shelf } from './shelf';
import { encode, sha256, shrink } from './shrink';

/** A picture as the page shows it. */
export interface Shown extends Omit<Picture, 'bytes' | 'sha256'> {
  /** A picture of it from this page's memory. */
  preview: string;
  /** How much of it the server has, 0 to 1. */
  part: number;
}

interface JobLike {
  id: string;
  title: string;
}

/**
 * Pictures of jobs: kept on the phone first, sent when nothing else waits. Operations go before them, so that the
 * office knows what happened before it sees it.
 */
export class Pictures {
  readonly state: { waiting: Shown[]; sent: number };
  private readonly set;
  private busy = false;
  private failed = 0;
  private notBefore = 0;

  static async open(user: string): Promise<Pictures> {
    const shelf = await Shelf.open(user);
    return new Pictures(shelf, await shelf.all());
  }

  private constructor(
    private readonly shelf: Shelf,
    kept: Picture[],
    private readonly wire: Wire = WIRE,
  ) {
    const [state, set] = createStore({ waiting: kept.map(shown), sent: 0 });
    this.state = state;
    this.set = set;
  }

  /** Those that are still to be sent. */
  get pending(): number {
    return this.state.waiting.filter((p) => !p.refused).length;
  }

  of(job: string): Shown[] {
    return this.state.waiting.filter((p) => p.job === job && !p.refused);
  }

  /** Keeps a photo; false where the phone has no room for it. */
  async add(job: JobLike, type: PictureType, file: Blob): Promise<boolean> {
    return this.keep(job, type, await shrink(file), null);
  }

  /** Keeps a signature as it was drawn. */
  async sign(job: JobLike, canvas: HTMLCanvasElement, name: string): Promise<boolean> {
    return this.keep(job, 'signature', await encode(canvas, 'image/png'), name.trim() || null);
  }

  async putAway(id: string): Promise<void> {
    await this.shelf.remove(id);
    this.forget(id);
  }

  /** Sends the oldest, if `free` and nothing is under way. Called every second. */
  tick(free: boolean, isFree: () => boolean): void {
    const next = this.state.waiting.find((p) => !p.refused);
    if (!free || this.busy || !next || Date.now() < this.notBefore) return;
    this.busy = true;
    this.sendOne(next.id, isFree).finally(() => {
      this.busy = false;
    });
  }

  /** The line may be back: what waits for its time waits no longer. */
  nudge(): void {
    this.notBefore = 0;
  }

  private async keep(
    job: JobLike,
    type: PictureType,
    blob: Blob,
    signed_by: string | null,
  ): Promise<boolean> {
    const bytes = await blob.arrayBuffer();
    const picture: Picture = {
      id: crypto.randomUUID(),
      job: job.id,
      job_title: job.title,
      type,
      signed_by,
      taken_at: Date.now(),
      mime: blob.type,
      sha256: await sha256(bytes),
      bytes,
      refused: null,
    };
    if (!(await this.shelf.add(picture))) return false;
    this.set('waiting', (all) => [...all, shown(picture)]);
    return true;
  }

  private async sendOne(id: string, isFree: () => boolean): Promise<void> {
    const picture = (await this.shelf.all()).find((p) => p.id === id);
    // Another page of this browser sent it.
    if (!picture) return this.forget(id);
    const progress = (part: number) => this.set('waiting', (p) => p.id === id, 'part', part);
    try {
      if (!(await send(picture, this.wire, progress, isFree))) return;
      await this.shelf.remove(id);
      this.forget(id);
      this.failed = 0;
      this.set('sent', (n) => n + 1);
    } catch (cause) {
      await this.failedBy(id, cause);
    }
  }

  private async failedBy(id: string, cause: unknown): Promise<void> {
    const then = after(cause, this.failed);
    if (then.do === 'wait') {
      this.failed += 1;
      this.notBefore = Date.now() + then.ms;
      return;
    }
    await this.shelf.refuse(id, then.why);
    this.set('waiting', (p) => p.id === id, 'refused', then.why);
  }

  private forget(id: string): void {
    const gone = this.state.waiting.find((p) => p.id === id);
    this.set('waiting', (all) => all.filter((p) => p.id !== id));
    if (gone) URL.revokeObjectURL(gone.preview);
  }
}

function shown({ bytes, sha256: _, ...rest }: Picture): Shown {
  return { ...rest, preview: URL.createObjectURL(new Blob([bytes], { type: rest.mime })), part: 0 };
}
