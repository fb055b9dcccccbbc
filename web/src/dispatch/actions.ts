import { Problem } from '../api/client';
import { assignJob, cancelJob, changeJobStatus, createJob, editJob } from '../api/routes';
import type { NewJob } from '../api/types';
import { t, type Word } from '../i18n';
import type { Job, JobStatus } from '../socket/frames';
import { failureText } from '../ui/failure';
import { toast } from '../ui/toast';
import type { Store } from './store';

/** What a dispatcher does to jobs: the request, the row that came back, and the words for it. */
export class Actions {
  constructor(private readonly store: Store) {}

  private names(ids: string[]): string {
    return ids.map((id) => this.store.state.technicians[id]?.name ?? '?').join(', ');
  }

  /** Runs a change; a stale one brings the current row, which is shown. */
  private async change(run: () => Promise<Job>): Promise<Job | null> {
    try {
      const job = await run();
      this.store.putJob(job);
      return job;
    } catch (cause) {
      const current = cause instanceof Problem ? (cause.body.current as Job | undefined) : undefined;
      if (current?.id) this.store.putJob(current);
      toast(failureText(cause));
      return null;
    }
  }

  private patchAssign(id: string, technician_ids: string[], version: number): Promise<Job> {
    return assignJob(id, { technician_ids, version });
  }

  async assign(job: Job, ids: string[]): Promise<void> {
    const before = [...job.technician_ids];
    if (before.join() === ids.join()) return;
    const done = await this.change(() => this.patchAssign(job.id, ids, job.version));
    if (!done) return;
    const text = ids.length > 0 ? t('assigned', { names: this.names(ids) }) : t('unassigned');
    toast(text, () => this.undoAssign(done, before));
  }

  private async undoAssign(job: Job, before: string[]): Promise<void> {
    const version = this.store.state.jobs[job.id]?.version ?? job.version;
    if (await this.change(() => this.patchAssign(job.id, before, version))) toast(t('assign_undone'));
  }

  async move(job: Job, status: JobStatus): Promise<void> {
    const done = await this.change(() => changeJobStatus(job.id, { status, version: job.version }));
    if (!done) return;
    const state = t(`status_${done.status}` as Word).toLowerCase();
    toast(t('state_now', { title: done.title, state }));
  }

  async cancel(job: Job, reason: string): Promise<boolean> {
    const done = await this.change(() => cancelJob(job.id, { reason, version: job.version }));
    if (done) toast(t('job_cancelled'));
    return done !== null;
  }

  async edit(job: Job, change: Partial<NewJob>, word: Word = 'schedule_set'): Promise<boolean> {
    const done = await this.change(() => editJob(job.id, { ...change, version: job.version }));
    if (done) toast(t(word));
    return done !== null;
  }

  /** Unlike the others it throws: the form keeps what was typed and says why. */
  async create(body: NewJob): Promise<Job> {
    const job = await createJob(body);
    this.store.putJob(job);
    toast(t('job_created'));
    return job;
  }
}
