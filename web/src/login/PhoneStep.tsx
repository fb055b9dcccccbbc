import { createSignal, Show } from 'solid-js';
import { t } from '../i18n';
import { normalizePhone } from '../phone';
import { Field } from '../ui/Field';
import { failureText } from '../ui/failure';
import { type Sent, sendCode } from './Login';

export function PhoneStep(props: { onSent: (sent: Sent) => void }) {
  const [text, setText] = createSignal('');
  const [invalid, setInvalid] = createSignal(false);
  const [failure, setFailure] = createSignal<unknown>(null);
  const [busy, setBusy] = createSignal(false);

  const submit = async (event: Event) => {
    event.preventDefault();
    const phone = normalizePhone(text());
    setInvalid(!phone);
    setFailure(null);
    if (!phone || busy()) return;
    setBusy(true);
    try {
      props.onSent(await sendCode(phone));
    } catch (cause) {
      setFailure(cause);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={submit} novalidate>
      <h1>{t('login_title')}</h1>
      <p class="muted">{t('login_lead')}</p>
      <Field label={t('phone')} hint={t('phone_hint')} error={invalid() ? t('phone_invalid') : null}>
        {(wiring) => (
          <input
            {...wiring}
            class="input large"
            type="tel"
            name="phone"
            autocomplete="tel"
            inputmode="tel"
            value={text()}
            onInput={(e) => setText(e.currentTarget.value)}
          />
        )}
      </Field>
      <Show when={failure()}>
        <p class="form-error" role="alert">
          {failureText(failure())}
        </p>
      </Show>
      <button type="submit" class="button primary big" disabled={busy()}>
        {t('send_code')}
      </button>
    </form>
  );
}
