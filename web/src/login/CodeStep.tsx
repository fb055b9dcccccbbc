import { createSignal, onCleanup, onMount, Show } from 'solid-js';
import { Problem } from '../api/client';
import { verifyCode } from '../api/routes';
import type { Login } from '../api/types';
import { t } from '../i18n';
import { Field } from '../ui/Field';
import { failureText } from '../ui/failure';
import { type Sent, sendCode } from './Login';

/** The words for a refused code. */
function refusal(cause: unknown): string {
  if (cause instanceof Problem) {
    if (cause.code === 'AUTH_001') return t('code_wrong');
    if (cause.code === 'AUTH_009') return t('code_expired');
    if (cause.code === 'AUTH_008') return t('too_many');
  }
  return failureText(cause);
}

export function CodeStep(props: {
  sent: Sent;
  onResent: (sent: Sent) => void;
  onOther: () => void;
  onVerified: (login: Login) => void;
  onFactor: (ticket: string) => void;
}) {
  const [code, setCode] = createSignal('');
  const [error, setError] = createSignal<string | null>(null);
  const [busy, setBusy] = createSignal(false);
  const [now, setNow] = createSignal(Date.now());
  let input: HTMLInputElement | undefined;
  const timer = setInterval(() => setNow(Date.now()), 1000);
  onCleanup(() => clearInterval(timer));
  onMount(() => input?.focus());

  const verify = async () => {
    if (busy()) return;
    if (!/^\d{6}$/.test(code())) return setError(t('code_invalid'));
    setBusy(true);
    setError(null);
    try {
      const { phone, challenge } = props.sent;
      props.onVerified(await verifyCode({ phone, code: code(), challenge }));
    } catch (cause) {
      // The code was right, and a second one is needed.
      if (cause instanceof Problem && cause.body.ticket) return props.onFactor(cause.body.ticket);
      setError(refusal(cause));
      setCode('');
      input?.focus();
    } finally {
      setBusy(false);
    }
  };

  // A pasted message ("Tu código es 123 456") is as good as six digits; the sixth one sends.
  const typed = (text: string) => {
    setCode(text.replace(/\D/g, '').slice(0, 6));
    if (input) input.value = code();
    if (code().length === 6) verify();
  };

  const resend = async () => {
    setError(null);
    try {
      props.onResent(await sendCode(props.sent.phone, props.sent.invitation));
    } catch (cause) {
      setError(failureText(cause));
    }
  };

  const wait = () => Math.ceil((props.sent.resendAt - now()) / 1000);
  return (
    <form
      novalidate
      onSubmit={(e) => {
        e.preventDefault();
        verify();
      }}
    >
      <h1>{t('login_title')}</h1>
      <p class="muted">{t('code_lead', { phone: props.sent.phone })}</p>
      <Field label={t('code')} error={error()}>
        {(wiring) => (
          <input
            {...wiring}
            ref={input}
            class="input large code"
            name="code"
            type="text"
            inputmode="numeric"
            autocomplete="one-time-code"
            value={code()}
            onInput={(e) => typed(e.currentTarget.value)}
          />
        )}
      </Field>
      <button type="submit" class="button primary big" disabled={busy()}>
        {t('sign_in')}
      </button>
      <div class="row">
        <Show
          when={wait() <= 0}
          fallback={<span class="muted small num">{t('resend_in', { s: wait() })}</span>}
        >
          <button type="button" class="button quiet" onClick={resend}>
            {t('resend')}
          </button>
        </Show>
        <button type="button" class="button quiet" onClick={() => props.onOther()}>
          {t('other_phone')}
        </button>
      </div>
    </form>
  );
}
