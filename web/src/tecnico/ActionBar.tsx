import { createMemo, Match, Show, Switch } from 'solid-js';
import { t, type Word } from '../i18n';
import type { Job } from '../socket/frames';
import { Icon } from '../ui/Icon';
import { nextAction } from './day';
import type { Model } from './model';

/** One big button: the shift, or the next step of the job at hand; after a tap, five seconds to undo. */
export function ActionBar(props: { model: Model; job: Job | undefined; now: number; onDone: () => void }) {
  const model = props.model;
  const undoable = createMemo(() =>
    model.state.ops.findLast((op) => op.kind === 'command' && op.due > props.now),
  );
  const action = createMemo(() => (props.job ? nextAction(props.job) : null));
  const go = () => {
    const [job, next] = [props.job, action()];
    if (!job || !next) return;
    model.act(job, next);
    if (next === 'complete') props.onDone();
  };
  return (
    <div class="bar">
      <Switch>
        <Match when={undoable()}>
          {(op) => {
            const word = () => {
              const o = op();
              return o.kind === 'command' ? t(`act_${o.action}` as Word) : '';
            };
            return (
              <div class="undo" role="status">
                <span class="num">
                  {t('undo_hint', {
                    action: word(),
                    s: Math.min(5, Math.max(1, Math.ceil((op().due - props.now) / 1000))),
                  })}
                </span>
                <button type="button" class="button" onClick={() => model.undo(op())}>
                  <Icon name="undo" /> {t('undo')}
                </button>
              </div>
            );
          }}
        </Match>
        <Match when={!model.shift}>
          <button type="button" class="button primary big" onClick={() => model.setShift(true)}>
            {t('shift_start')}
          </button>
        </Match>
        <Match when={action()}>
          {(next) => (
            <>
              <Show when={props.job}>{(job) => <p class="small muted for">{job().title}</p>}</Show>
              <button type="button" class={`button primary big act-${next()}`} onClick={go}>
                {t(`act_${next()}` as Word)}
              </button>
            </>
          )}
        </Match>
      </Switch>
    </div>
  );
}
