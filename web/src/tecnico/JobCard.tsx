import { Show } from 'solid-js';
import { t } from '../i18n';
import { between, clock } from '../i18n/format';
import type { Job } from '../socket/frames';
import { JobBadge } from '../ui/Badge';
import { Icon } from '../ui/Icon';
import { placeOf, routes, whatsapp } from './day';
import { JobMap } from './JobMap';
import type { Model } from './model';
import { Photos } from './pictures/Photos';

/** When a job is meant to be, in words. */
export function when(job: Job): string {
  if (!job.scheduled_start) return t('no_schedule');
  return job.scheduled_end ? between(job.scheduled_start, job.scheduled_end) : clock(job.scheduled_start);
}

/** The job at hand, with the ways to get there and to reach the customer. */
export function JobCard(props: { job: Job; model: Model; onCancelTravel: () => void }) {
  const phone = () => props.job.customer?.phone ?? null;
  return (
    <article class="job">
      <div class="split">
        <span class="time num">{when(props.job)}</span>
        <JobBadge status={props.job.status} />
      </div>
      <h3>{props.job.title}</h3>
      <Show when={props.job.customer?.name}>
        <p class="line">
          <Icon name="user" /> {props.job.customer?.name}
        </p>
      </Show>
      <p class="line">
        <Icon name="pin" /> {props.job.address ?? t('no_address')}
      </p>
      <Show when={placeOf(props.job)}>{(place) => <JobMap lat={place().lat} lon={place().lon} />}</Show>
      <Show when={props.job.notes}>
        <p class="note">{props.job.notes}</p>
      </Show>
      <div class="actions">
        <Show when={routes(props.job)}>
          {(to) => (
            <>
              <a class="button" href={to().google} target="_blank" rel="noreferrer">
                <Icon name="navigate" /> {t('navigate_google')}
              </a>
              <a class="button" href={to().waze} target="_blank" rel="noreferrer">
                <Icon name="navigate" /> {t('navigate_waze')}
              </a>
            </>
          )}
        </Show>
        <Show when={phone()}>
          {(number) => (
            <>
              <a class="button" href={`tel:${number()}`}>
                <Icon name="phone" /> {t('call')}
              </a>
              <a class="button" href={whatsapp(number())} target="_blank" rel="noreferrer">
                <Icon name="chat" /> {t('whatsapp')}
              </a>
            </>
          )}
        </Show>
      </div>
      <Show when={props.job.status === 'en_camino' || props.job.status === 'working'}>
        <Photos job={props.job} pictures={props.model.pictures} online={props.model.state.phase === 'live'} />
      </Show>
      <Show when={props.job.status === 'en_camino'}>
        <button type="button" class="button quiet danger-text" onClick={() => props.onCancelTravel()}>
          {t('act_cancel_travel')}
        </button>
      </Show>
      <Show when={props.job.status === 'pending'}>
        <p class="muted small">{t('act_waiting')}</p>
      </Show>
    </article>
  );
}
