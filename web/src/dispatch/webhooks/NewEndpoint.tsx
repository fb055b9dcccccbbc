import { createSignal, For } from 'solid-js';
import type { EndpointWithSecret } from '../../api/schema';
import { t } from '../../i18n';
import { Field } from '../../ui/Field';
import { failureText } from '../../ui/failure';
import { choose, GROUPS, hooks, patternText } from './hooks';

/** A new address and what it hears. */
export function NewEndpoint(props: { onMade: (made: EndpointWithSecret) => void }) {
  const [url, setUrl] = createSignal('');
  const [words, setWords] = createSignal('');
  const [kinds, setKinds] = createSignal<string[]>(['*']);
  const [error, setError] = createSignal<string | null>(null);
  const [busy, setBusy] = createSignal(false);
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      props.onMade(await hooks.add(url().trim(), kinds(), words().trim()));
      setUrl('');
      setWords('');
      setError(null);
    } catch (cause) {
      setError(failureText(cause));
    }
    setBusy(false);
  };
  return (
    <form class="preferences" onSubmit={add}>
      <h3>{t('hook_new')}</h3>
      <Field label={t('hook_url')} hint={t('hook_url_hint')} error={error()}>
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            type="url"
            required
            inputmode="url"
            autocomplete="off"
            value={url()}
            onInput={(e) => setUrl(e.currentTarget.value)}
          />
        )}
      </Field>
      <Field label={`${t('hook_words')} (${t('optional')})`}>
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            maxlength="200"
            value={words()}
            onInput={(e) => setWords(e.currentTarget.value)}
          />
        )}
      </Field>
      <fieldset>
        <legend>{t('hook_kinds')}</legend>
        <For each={GROUPS}>
          {(pattern) => (
            <label class="check">
              <input
                type="checkbox"
                checked={kinds().includes(pattern)}
                onChange={(e) => setKinds((all) => choose(all, pattern, e.currentTarget.checked))}
              />
              {patternText(pattern)}
            </label>
          )}
        </For>
      </fieldset>
      <button type="submit" class="button primary" disabled={busy() || kinds().length === 0}>
        {t('hook_add')}
      </button>
    </form>
  );
}
