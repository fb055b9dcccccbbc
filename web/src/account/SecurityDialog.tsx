import { createEffect, createSignal, For, Show } from 'solid-js';
import { endSession, listSessions, logoutAll } from '../api/routes';
import type { LoginSession } from '../api/schema';
import { forget } from '../api/session';
import { t } from '../i18n';
import { ago } from '../i18n/format';
import { Dialog } from '../ui/Dialog';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/toast';
import './account.css';
import { PrivacyDialog } from './PrivacyDialog';
import { SecondFactor } from './SecondFactor';

/** A device in words: "Chrome en Android"; what is not known is left out. */
export function deviceName(session: LoginSession): string {
  const { browser, os } = session.device;
  if (browser && os) return t('session_device', { browser, os });
  return browser ?? os ?? t('session_unknown');
}

/** One's own login sessions, each of which can be ended, and for owners and admins the second factor. */
export function SecurityDialog(props: { open: boolean; role: string; onClose: () => void }) {
  const [sessions, setSessions] = createSignal<LoginSession[] | null>(null);
  const [trouble, setTrouble] = createSignal('');
  const [busy, setBusy] = createSignal(false);
  const [reading, setReading] = createSignal(false);

  const load = async () => {
    try {
      setSessions((await listSessions()).items);
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
  };
  createEffect(() => {
    if (!props.open) return;
    setSessions(null);
    load();
  });
  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    try {
      await work();
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
    setBusy(false);
  };
  const end = (session: LoginSession) =>
    attempt(async () => {
      await endSession(session.id);
      toast(t('session_ended'));
      await load();
    });
  const endAll = () =>
    attempt(async () => {
      await logoutAll();
      forget();
      location.assign('/');
    });

  return (
    <Dialog open={props.open} title={t('sessions')} onClose={props.onClose}>
      <div class="stack account">
        <Show when={trouble()}>
          <p class="form-error" role="alert">
            {trouble()}
          </p>
        </Show>
        <p class="muted">{t('sessions_lead')}</p>
        <Show when={sessions()} fallback={<p class="muted">{t('loading')}</p>}>
          {(all) => (
            <ul class="account-rows">
              <For each={all()}>
                {(session) => (
                  <li>
                    <span class="what">
                      <strong>{deviceName(session)}</strong>
                      <Show when={session.is_current}>
                        <span class="badge ok">
                          <Icon name="check" />
                          {t('session_current')}
                        </span>
                      </Show>
                      <span class="small muted">
                        {t('session_used', { ago: ago(Date.now() - Date.parse(session.last_used_at)) })}
                        {session.ip ? ` · ${session.ip}` : ''}
                      </span>
                    </span>
                    <Show when={!session.is_current}>
                      <button
                        type="button"
                        class="button"
                        disabled={busy()}
                        aria-label={t('session_end_of', { name: deviceName(session) })}
                        onClick={() => end(session)}
                      >
                        {t('session_end')}
                      </button>
                    </Show>
                  </li>
                )}
              </For>
            </ul>
          )}
        </Show>
        <button type="button" class="button" disabled={busy()} onClick={endAll}>
          <Icon name="signout" />
          {t('sessions_end_all')}
        </button>
        <button type="button" class="button" onClick={() => setReading(true)}>
          {t('privacy')}
        </button>
        <PrivacyDialog open={reading()} onClose={() => setReading(false)} />
        <Show when={['owner', 'admin'].includes(props.role)}>
          <SecondFactor />
        </Show>
      </div>
    </Dialog>
  );
}
