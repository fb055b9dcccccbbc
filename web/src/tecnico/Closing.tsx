import { createSignal, For, Show } from 'solid-js';
import { t, type Word } from '../i18n';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';

/** Before a job is completed: what the organization wants to see and is not there, and words where it wants some. */
export function Closing(props: {
  open: boolean;
  missing: string[];
  notes: boolean;
  onClose: () => void;
  onDone: (notes: string) => void;
}) {
  const [notes, setNotes] = createSignal('');
  const isReady = () => props.missing.length === 0 && (!props.notes || notes().trim() !== '');
  const done = (event: Event) => {
    event.preventDefault();
    if (!isReady()) return;
    props.onDone(notes());
    setNotes('');
  };
  return (
    <Dialog open={props.open} title={t('act_complete')} onClose={props.onClose}>
      <form onSubmit={done}>
        <Show when={props.missing.length > 0}>
          <p>{t('closing_missing')}</p>
          <ul>
            <For each={props.missing}>{(what) => <li>{t(`evidence_${what}` as Word)}</li>}</For>
          </ul>
        </Show>
        <Show when={props.notes}>
          <Field label={t('closing_notes')}>
            {(field) => (
              <textarea
                {...field}
                name="notes"
                rows="3"
                maxlength="500"
                value={notes()}
                onInput={(event) => setNotes(event.currentTarget.value)}
              />
            )}
          </Field>
        </Show>
        <div class="dialog-foot">
          <Show
            when={props.missing.length === 0}
            fallback={
              <button type="button" class="button primary" onClick={() => props.onClose()}>
                {t('back')}
              </button>
            }
          >
            <button type="submit" class="button primary" disabled={!isReady()}>
              {t('act_complete')}
            </button>
          </Show>
        </div>
      </form>
    </Dialog>
  );
}
