import { For, Show } from 'solid-js';
import { t, type Word } from '../i18n';
import { clock } from '../i18n/format';
import { Icon } from '../ui/Icon';
import type { Conflict } from './disk';
import type { Model } from './model';

/** What could not be done, in words. */
function sentence(conflict: Conflict): string {
  const { op } = conflict;
  if (op.kind === 'pause')
    return t(op.on ? 'conflict_pause_on' : 'conflict_pause_off', { time: clock(op.at) });
  if (op.kind === 'shift')
    return t(op.on ? 'conflict_shift_on' : 'conflict_shift_off', { time: clock(op.at) });
  const action = t(`act_${op.action}` as Word);
  const job = conflict.job_title ?? '';
  if (!conflict.current) return t('conflict_gone', { action, job });
  const state = t(`status_${conflict.current.status}` as Word).toLowerCase();
  return t('conflict_text', { action, job, state });
}

/** The list of what the server refused, until the person has read it. */
export function Conflicts(props: { model: Model }) {
  const state = props.model.state;
  const refused = () => props.model.pictures.state.waiting.filter((p) => p.refused);
  return (
    <Show when={state.conflicts.length > 0 || state.rejected > 0 || refused().length > 0}>
      <section class="conflicts" aria-labelledby="conflicts">
        <h2 id="conflicts">
          <Icon name="alert" /> {t('conflicts')}
        </h2>
        <ul>
          <For each={state.conflicts}>
            {(conflict) => (
              <li>
                <span>{sentence(conflict)}</span>
                <button type="button" class="button" onClick={() => props.model.putAway(conflict)}>
                  {t('conflict_ok')}
                </button>
              </li>
            )}
          </For>
          <For each={refused()}>
            {(photo) => (
              <li>
                <span>{t('photo_refused', { job: photo.job_title, why: photo.refused ?? '' })}</span>
                <button type="button" class="button" onClick={() => props.model.pictures.putAway(photo.id)}>
                  {t('conflict_ok')}
                </button>
              </li>
            )}
          </For>
          <Show when={state.rejected > 0}>
            <li>
              <span>{t('rejected_points', { n: state.rejected })}</span>
              <button type="button" class="button" onClick={() => props.model.putAwayRejected()}>
                {t('conflict_ok')}
              </button>
            </li>
          </Show>
        </ul>
      </section>
    </Show>
  );
}
