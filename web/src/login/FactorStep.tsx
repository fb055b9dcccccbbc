import { createSignal, onMount } from 'solid-js';
import { Problem } from '../api/client';
import { passFactor } from '../api/routes';
import type { Login } from '../api/types';
import { t } from '../i18n';
import { Field } from '../ui/Field';
import { failureText } from '../ui/failure';

/** The second factor: six digits of the authenticator app, or a recovery code. */
export function FactorStep(props: {
  ticket: string;
  onVerified: (login: Login) => void;
  onOver: () => void;
}) {
  const [code, setCode] = createSignal('');
  const [error, setError] = createSignal<string | null>(null);
  const [busy, setBusy] = createSignal(false);
  let input: HTMLInputElement | undefined;
  onMount(() => input?.focus());

  const verify = async () => {
    if (busy() || !code().trim()) return;
    setBusy(true);
    setError(null);
    try {
      const body = { ticket: props.ticket, code: code().trim() };
      props.onVerified(await passFactor(body));
    } catch (cause) {
      if (cause instanceof Problem && cause.code === 'AUTH_009') return props.onOver();
      const isWrong = cause instanceof Problem && cause.code === 'AUTH_001';
      setError(isWrong ? t('factor_wrong') : failureText(cause));
      setCode('');
      input?.focus();
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      novalidate
      onSubmit={(event) => {
        event.preventDefault();
        verify();
      }}
    >
      <h1>{t('factor')}</h1>
      <p class="muted">{t('factor_login_lead')}</p>
      <Field label={t('factor_any_code')} error={error()}>
        {(wiring) => (
          <input
            {...wiring}
            ref={input}
            class="input large"
            name="factor"
            autocomplete="one-time-code"
            maxlength="20"
            value={code()}
            onInput={(event) => {
              setCode(event.currentTarget.value);
              if (/^\d{6}$/.test(code())) verify();
            }}
          />
        )}
      </Field>
      <button type="submit" class="button primary big" disabled={busy()}>
        {t('sign_in')}
      </button>
    </form>
  );
}
