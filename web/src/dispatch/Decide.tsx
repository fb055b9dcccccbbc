import { createSignal, createUniqueId, For, onMount, Show } from 'solid-js';
import { t } from '../i18n';
import { isReason } from './services';

/** A decision with its reason; without modes it is a yes. */
export function Decide(props: {
  modes?: { value: string; text: string }[];
  start?: string;
  hint?: string;
  onCancel: () => void;
  onDecide: (mode: string, reason: string) => Promise<void>;
}) {
  const id = createUniqueId();
  const [mode, setMode] = createSignal(props.start ?? '');
  const [reason, setReason] = createSignal('');
  const [busy, setBusy] = createSignal(false);
  let first: HTMLSelectElement | HTMLTextAreaElement | undefined;
  onMount(() => first?.focus());
  const send = async (event: Event) => {
    event.preventDefault();
    if (!isReason(reason()) || busy()) return;
    setBusy(true);
    await props.onDecide(mode(), reason().trim());
    setBusy(false);
  };
  return (
    <form class="stack decide" onSubmit={send}>
      <Show when={props.modes}>
        {(modes) => (
          <label class="field" for={`${id}-mode`}>
            <span>{t('service_mode')}</span>
            <select
              id={`${id}-mode`}
              ref={(element) => {
                first = element;
              }}
              class="input"
              value={mode()}
              onChange={(e) => setMode(e.currentTarget.value)}
            >
              <For each={modes()}>{(m) => <option value={m.value}>{m.text}</option>}</For>
            </select>
          </label>
        )}
      </Show>
      <Show when={props.hint}>
        <p class="small">{props.hint}</p>
      </Show>
      <label class="field" for={`${id}-reason`}>
        <span>{t('service_reason')}</span>
        <textarea
          id={`${id}-reason`}
          ref={(element) => {
            first ??= element;
          }}
          class="input"
          rows="2"
          maxlength="500"
          value={reason()}
          onInput={(e) => setReason(e.currentTarget.value)}
        />
      </label>
      <span class="row">
        <button type="submit" class="button primary" disabled={!isReason(reason()) || busy()}>
          {t('save')}
        </button>
        <button type="button" class="button quiet" onClick={() => props.onCancel()}>
          {t('cancel')}
        </button>
      </span>
    </form>
  );
}
