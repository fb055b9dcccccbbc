import { Show } from 'solid-js';
import { t } from '../i18n';
import { between, clock, day, dayKey } from '../i18n/format';
import type { Job } from '../socket/frames';
import { JobBadge } from '../ui/Badge';
import { Icon } from '../ui/Icon';
import { groupOf } from './board';
import type { Store } from './store';
import type { Ui } from './ui';

/** A job's time in words, with the day when it is another one. */
export function scheduleText(job: Job, now: number): string {
  const { scheduled_start: from, scheduled_end: to } = job;
  if (!from) return t('no_schedule');
  const hours = to ? between(from, to) : clock(from);
  return dayKey(from) === dayKey(now) ? hours : `${day(from)}, ${hours}`;
}

export function namesOf(store: Store, job: Job): string {
  return job.technician_ids.map((id) => store.state.technicians[id]?.name ?? '?').join(', ');
}

export function JobRow(props: {
  ui: Ui;
  store: Store;
  job: Job;
  customer: string | null;
  onOpen: (id: string) => void;
}) {
  const ui = props.ui;
  const isSelected = () => ui.job() === props.job.id;
  const assign = () => {
    ui.setJob(props.job.id);
    ui.setOpen('assign');
  };
  return (
    <li class="item" classList={{ selected: isSelected() }} data-job={props.job.id}>
      <button type="button" class="hit" onClick={() => props.onOpen(props.job.id)}>
        <span class="first">
          <strong>{props.job.title}</strong>
          <JobBadge status={props.job.status} />
        </span>
        <span class="small num">
          {scheduleText(props.job, ui.now())}
          <Show when={props.customer}> · {props.customer}</Show>
        </span>
        <span class="meta small">
          <Show when={props.job.address}>
            <span>
              <Icon name="pin" />
              {props.job.address}
            </span>
          </Show>
          <Show when={props.job.technician_ids.length > 0}>
            <span>
              <Icon name="user" />
              {namesOf(props.store, props.job)}
            </span>
          </Show>
        </span>
      </button>
      <Show when={groupOf(props.job) === 'unassigned'}>
        <div class="row-tools">
          <button type="button" class="button" onClick={assign}>
            <Icon name="user" />
            {t('assign')}
            <span class="sr-only">{props.job.title}</span>
          </button>
        </div>
      </Show>
    </li>
  );
}
