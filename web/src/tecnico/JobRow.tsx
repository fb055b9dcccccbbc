import { Show } from 'solid-js';
import type { Job } from '../socket/frames';
import { JobBadge } from '../ui/Badge';
import { when } from './JobCard';

export function JobRow(props: { job: Job; onPick?: () => void }) {
  const content = () => (
    <>
      <span class="time num">{when(props.job)}</span>
      <span class="what">
        <strong>{props.job.title}</strong>
        <Show when={props.job.address}>
          <span class="small muted">{props.job.address}</span>
        </Show>
      </span>
      <JobBadge status={props.job.status} />
    </>
  );
  return (
    <li>
      <Show when={props.onPick} fallback={<div class="row-item">{content()}</div>}>
        <button type="button" class="row-item" onClick={() => props.onPick?.()}>
          {content()}
        </button>
      </Show>
    </li>
  );
}
