import { createSignal, For, Show } from 'solid-js';
import { mergeCustomers } from '../../api/routes';
import type { Customer, MergeField } from '../../api/schema';
import { t, type Word } from '../../i18n';
import { failureText } from '../../ui/failure';
import { toast } from '../../ui/toast';

const FIELDS: { field: MergeField; of: keyof Customer; word: Word }[] = [
  { field: 'name', of: 'name', word: 'person_name' },
  { field: 'phone', of: 'phone', word: 'phone' },
  { field: 'address', of: 'address', word: 'address' },
  { field: 'email', of: 'email', word: 'email' },
  { field: 'notes', of: 'notes', word: 'notes' },
];

/** Two entries of one customer: which stays, and what it takes from the other. There is no way back. */
export function MergeForm(props: { pair: [Customer, Customer]; onDone: () => void; onCancel: () => void }) {
  const [swapped, setSwapped] = createSignal(false);
  const [take, setTake] = createSignal<MergeField[]>([]);
  const [busy, setBusy] = createSignal(false);
  const [failure, setFailure] = createSignal('');
  const stays = () => props.pair[swapped() ? 1 : 0];
  const goes = () => props.pair[swapped() ? 0 : 1];
  /** Fields in which both say something else: empty ones are filled anyway. */
  const differ = () => FIELDS.filter(({ of }) => stays()[of] && goes()[of] && stays()[of] !== goes()[of]);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const body = {
        other_id: goes().id,
        version: stays().version,
        other_version: goes().version,
        take: take(),
      };
      await mergeCustomers(stays().id, body);
      toast(t('merge_done', { name: stays().name }));
      props.onDone();
    } catch (cause) {
      setFailure(failureText(cause));
    }
    setBusy(false);
  };
  return (
    <form class="stack" onSubmit={submit}>
      <p>{t('merge_explain', { stays: stays().name, goes: goes().name })}</p>
      <button
        type="button"
        class="button"
        onClick={() => {
          setSwapped(!swapped());
          setTake([]);
        }}
      >
        {t('merge_swap')}
      </button>
      <For each={differ()}>
        {({ field, of, word }) => (
          <fieldset class="boxed">
            <legend>{t(word)}</legend>
            <For each={[false, true]}>
              {(theirs) => (
                <label>
                  <input
                    type="radio"
                    name={`merge-${field}`}
                    checked={take().includes(field) === theirs}
                    onChange={() =>
                      setTake((all) => (theirs ? [...all, field] : all.filter((f) => f !== field)))
                    }
                  />
                  {String((theirs ? goes() : stays())[of])}
                </label>
              )}
            </For>
          </fieldset>
        )}
      </For>
      <Show when={failure()}>
        <p class="form-error" role="alert">
          {failure()}
        </p>
      </Show>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={() => props.onCancel()}>
          {t('cancel')}
        </button>
        <button type="submit" class="button danger" disabled={busy()}>
          {t('merge')}
        </button>
      </div>
    </form>
  );
}
