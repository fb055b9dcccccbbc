import { For, Show } from 'solid-js';
import { t, type Word } from '../i18n';
import type { Job } from '../socket/frames';
import { Icon } from '../ui/Icon';
import { GROUPS, type Group } from './board';
import { JobRow } from './JobRow';
import type { Store } from './store';
import type { Ui } from './ui';

const MAX_ROWS = 100;

const name = (group: Group): string =>
  group === 'unassigned' || group === 'pending' ? t(`group_${group}` as Word) : t(`status_${group}` as Word);

/** Jobs by state, what needs a hand first. */
export function JobList(props: {
  ui: Ui;
  store: Store;
  groups: { group: Group; jobs: Job[] }[];
  customerName: (job: Job) => string | null;
  onOpen: (id: string) => void;
}) {
  const ui = props.ui;
  const people = () =>
    Object.values(props.store.state.technicians).sort((a, b) => a.name.localeCompare(b.name, 'es'));
  return (
    <>
      <div class="panel-head">
        <h2>{t('jobs')}</h2>
        <select
          class="input slim"
          aria-label={t('which_jobs')}
          value={ui.scope()}
          onChange={(e) => ui.setScope(e.currentTarget.value === 'all' ? 'all' : 'today')}
        >
          <option value="today">{t('today')}</option>
          <option value="all">{t('all')}</option>
        </select>
      </div>
      <fieldset class="filters" aria-label={t('filters')}>
        <select
          class="input slim"
          aria-label={t('filter_state')}
          value={ui.state()}
          onChange={(e) => ui.setState(e.currentTarget.value as Group | '')}
        >
          <option value="">{t('every_state')}</option>
          <For each={GROUPS}>{(group) => <option value={group}>{name(group)}</option>}</For>
        </select>
        <select
          class="input slim"
          aria-label={t('filter_crew')}
          value={ui.crew()}
          onChange={(e) => ui.setCrew(e.currentTarget.value)}
        >
          <option value="">{t('everybody')}</option>
          <option value="none">{t('unassigned')}</option>
          <For each={people()}>{(person) => <option value={person.id}>{person.name}</option>}</For>
        </select>
      </fieldset>
      <Show when={props.store.state.ready && props.groups.length === 0}>
        <div class="blank">
          <Icon name="calendar" />
          <p>{ui.query() ? t('no_match', { q: ui.query() }) : t('no_jobs')}</p>
          <Show when={!ui.query()}>
            <button type="button" class="button" onClick={() => ui.setOpen('job_form')}>
              <Icon name="plus" />
              {t('new_job')}
            </button>
          </Show>
        </div>
      </Show>
      <For each={props.groups}>
        {(part) => (
          <section class="group" aria-label={name(part.group)}>
            <h3>
              {name(part.group)} <span class="num">{part.jobs.length}</span>
            </h3>
            <ul class="list">
              <For each={part.jobs.slice(0, MAX_ROWS)}>
                {(job) => (
                  <JobRow
                    ui={ui}
                    store={props.store}
                    job={job}
                    customer={props.customerName(job)}
                    onOpen={props.onOpen}
                  />
                )}
              </For>
            </ul>
            <Show when={part.jobs.length > MAX_ROWS}>
              <p class="muted small more">{t('shown_of', { n: MAX_ROWS, total: part.jobs.length })}</p>
            </Show>
          </section>
        )}
      </For>
    </>
  );
}
