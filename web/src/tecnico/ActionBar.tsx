import { createMemo, createSignal, Match, Show, Switch } from 'solid-js';
import { t, type Word } from '../i18n';
import type { Action, Job } from '../socket/frames';
import { Icon } from '../ui/Icon';
import { Closing } from './Closing';
import { lacking, nextAction } from './day';
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
    if (next === 'complete' && (missing().length > 0 || wantsNotes())) return setClosing(true);
    act(job, next);
  };
  const act = (job: Job, next: Action, notes = '') => {
    model.act(job, next, notes);
    if (next === 'complete') props.onDone();
  };
  const [closing, setClosing] = createSignal(false);
  const wantsNotes = () => props.job?.completion_requires?.includes('notes') ?? false;
  const missing = () => (props.job ? lacking(props.job, model.pictures.of(props.job.id)) : []);
  const close = (notes: string) => {
    setClosing(false);
    if (props.job) act(props.job, 'complete', notes);
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
      <Closing
        open={closing()}
        missing={missing()}
        notes={wantsNotes()}
        onClose={() => setClosing(false)}
        onDone={close}
      />
    </div>
  );
}
