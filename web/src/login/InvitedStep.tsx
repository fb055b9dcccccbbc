import { createSignal, onMount, Show } from 'solid-js';
import { lookAtInvitation } from '../api/routes';
import type { Invited } from '../api/schema';
import { t } from '../i18n';
import { failureText } from '../ui/failure';
import { type Sent, sendCode } from './Login';

/** Who was invited: the phone is filled in already, and the code goes to that phone alone. */
export function InvitedStep(props: { token: string; onSent: (sent: Sent) => void; onOther: () => void }) {
  const [invited, setInvited] = createSignal<Invited | null>(null);
  const [failure, setFailure] = createSignal<unknown>(null);
  const [over, setOver] = createSignal(false);
  const [busy, setBusy] = createSignal(false);
  onMount(async () => {
    try {
      setInvited(await lookAtInvitation({ token: props.token }));
    } catch (cause) {
      setFailure(cause);
      setOver(true);
    }
  });
  const send = async () => {
    const who = invited();
    if (!who || busy()) return;
    setBusy(true);
    setFailure(null);
    try {
      props.onSent(await sendCode(who.phone, props.token));
    } catch (cause) {
      setFailure(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Show
      when={!over()}
      fallback={
        <>
          <h1>{t('login_title')}</h1>
          <p class="notice">{t('invited_over')}</p>
          <button type="button" class="button primary big" onClick={() => props.onOther()}>
            {t('continue')}
          </button>
        </>
      }
    >
      <Show when={invited()} fallback={<p class="muted">{t('loading')}</p>}>
        {(who) => (
          <>
            <h1>{t('invited_title', { name: who().name })}</h1>
            <p>{t('invited_lead', { company: who().organization || t('app'), phone: who().phone })}</p>
            <Show when={failure()}>
              <p class="form-error" role="alert">
                {failureText(failure())}
              </p>
            </Show>
            <button type="button" class="button primary big" disabled={busy()} onClick={send}>
              {t('send_code')}
            </button>
          </>
        )}
      </Show>
    </Show>
  );
}
