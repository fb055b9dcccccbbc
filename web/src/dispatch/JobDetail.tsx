import { createResource, For, Show } from 'solid-js';
import { jobHistory } from '../api/routes';
import type { HistoryEntry } from '../api/types';
import { t, type Word } from '../i18n';
import { clock, day } from '../i18n/format';
import type { Job, JobStatus } from '../socket/frames';
import { JobBadge } from '../ui/Badge';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/toast';
import type { Actions } from './actions';
import { moves } from './board';
import { JobPhotos } from './JobPhotos';
import { JobPlace } from './JobPlace';
import { namesOf, scheduleText } from './JobRow';
import { customer } from './people';
import type { Store } from './store';
import type { Ui } from './ui';

/** A wrong completion can be taken back for some minutes: the button says how many are left. */
function wordOf(job: Job, to: JobStatus, now: number): string {
  if (job.status !== 'completed') return t(`to_${to}` as Word);
  const left = job.reopen_until ? Math.ceil((Date.parse(job.reopen_until) - now) / 60_000) : 0;
  return left > 0 ? t('reopen_left', { n: left }) : t('reopen');
}

/** What an edit changed, by the names that the page has for it. */
const CHANGED: Record<string, Word> = {
  scheduled_start: 'schedule',
  scheduled_end: 'schedule',
  customer_id: 'customer',
  address: 'address',
  place: 'address',
  notes: 'notes',
};
const changedText = (changes: object): string =>
  [...new Set(Object.keys(changes).map((name) => (CHANGED[name] ? t(CHANGED[name]) : name)))].join(', ');

/** One job whole: who, where, when, what may happen next. */
export function JobDetail(props: { ui: Ui; store: Store; actions: Actions; job: Job }) {
  const ui = props.ui;
  const job = () => props.job;
  const isOpen = () => job().status !== 'completed' && job().status !== 'cancelled';
  const isEditable = () => job().status === 'pending' || job().status === 'scheduled';
  const [person] = createResource(
    () => (job().customer ? null : job().customer_id),
    (id) => customer(id).catch(() => null),
  );
  const who = () => job().customer ?? person() ?? null;
  const [history] = createResource(
    () => ({ id: job().id, version: job().version }),
    ({ id }) => loadHistory(id),
  );
  const copy = async (link: string) => {
    await navigator.clipboard.writeText(link).catch(() => null);
    toast(t('link_copied'));
  };
  return (
    <article class="detail">
      <div class="panel-head">
        <button type="button" class="button quiet" onClick={() => ui.setDetail(false)}>
          <Icon name="back" />
          {t('jobs')}
        </button>
        <span class="muted small num">{job().job_number}</span>
      </div>
      <div class="detail-body">
        <div class="detail-title">
          <h2>{job().title}</h2>
          <JobBadge status={job().status} />
        </div>
        <Show when={moves(job(), ui.now()).length > 0 || isOpen()}>
          <fieldset class="moves" aria-label={t('state_change')}>
            <For each={moves(job(), ui.now())}>
              {(to, i) => (
                <button
                  type="button"
                  class="button"
                  classList={{ primary: i() === 0 && job().technician_ids.length > 0 }}
                  onClick={() => props.actions.move(job(), to)}
                >
                  {wordOf(job(), to, ui.now())}
                </button>
              )}
            </For>
            <Show when={isEditable()}>
              <button
                type="button"
                class="button"
                classList={{ primary: job().technician_ids.length === 0 }}
                onClick={() => ui.setOpen('assign')}
              >
                {job().technician_ids.length > 0 ? t('reassign') : t('assign')}
              </button>
              <button type="button" class="button" onClick={() => ui.setOpen('schedule')}>
                {t('set_schedule')}
              </button>
            </Show>
          </fieldset>
        </Show>
        <Show when={job().status === 'pending'}>
          <p class="muted small">{t('needs_schedule')}</p>
        </Show>
        <dl class="facts">
          <Fact name={t('customer')}>
            <Show when={who()} fallback="…">
              {(c) => (
                <>
                  {c().name}
                  <Show when={c().phone}>
                    {(phone) => (
                      <a class="phone num" href={`tel:${phone()}`}>
                        {phone()}
                      </a>
                    )}
                  </Show>
                </>
              )}
            </Show>
          </Fact>
          <Fact name={t('address')}>
            {job().address ?? t('no_address')}
            <JobPlace ui={ui} job={job()} />
          </Fact>
          <Fact name={t('schedule')}>
            <span class="num">{scheduleText(job(), ui.now())}</span>
          </Fact>
          <Fact name={t('technician')}>{namesOf(props.store, job()) || t('unassigned')}</Fact>
          <Show when={job().notes}>
            <Fact name={t('notes')}>{job().notes}</Fact>
          </Show>
          <Show when={job().cancellation_reason}>
            <Fact name={t('reason')}>{job().cancellation_reason}</Fact>
          </Show>
          <Show when={job().tracking_url}>
            {(link) => (
              <Fact name={t('tracking_link')}>
                <a href={link()} target="_blank" rel="noreferrer">
                  {t('open_page')}
                </a>
                <button type="button" class="button quiet" onClick={() => copy(link())}>
                  <Icon name="copy" />
                  {t('copy_link')}
                </button>
              </Fact>
            )}
          </Show>
        </dl>
        <JobPhotos job={job()} />
        <Show when={(history()?.length ?? 0) > 0}>
          <details class="history">
            <summary>{t('history')}</summary>
            <ol>
              <For each={history()}>
                {(entry) => (
                  <li>
                    <Show when={entry.kind !== 'status'} fallback={<JobBadge status={entry.status} />}>
                      <span class="small">
                        {entry.kind === 'assign'
                          ? t('entry_assign')
                          : t('entry_edit', { what: changedText(entry.changes ?? {}) })}
                      </span>
                    </Show>
                    <span class="muted small num">
                      {day(entry.at ?? entry.created_at ?? '')}, {clock(entry.at ?? entry.created_at ?? '')}
                    </span>
                    <Show when={entry.notes}>
                      <span class="small">{entry.notes}</span>
                    </Show>
                  </li>
                )}
              </For>
            </ol>
          </details>
        </Show>
        <Show when={isOpen()}>
          <button type="button" class="button danger cancel" onClick={() => ui.setOpen('cancel')}>
            {t('cancel_job')}
          </button>
        </Show>
      </div>
    </article>
  );
}

async function loadHistory(id: string): Promise<HistoryEntry[]> {
  try {
    return (await jobHistory(id, { edits: true })).items;
  } catch {
    return [];
  }
}

function Fact(props: { name: string; children: import('solid-js').JSX.Element }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
