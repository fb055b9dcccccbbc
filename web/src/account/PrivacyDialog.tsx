import { createEffect, createSignal, For, Show } from 'solid-js';
import {
  askForDeletion,
  confirmDeletion,
  editMyPrivacy,
  exportMe,
  myPrivacy,
  withdrawDeletion,
} from '../api/routes';
import type { ConsentKind, Privacy } from '../api/schema';
import { t } from '../i18n';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { failureText } from '../ui/failure';
import { toast } from '../ui/toast';
import './account.css';

const NAMES = {
  terms: 'privacy_terms',
  privacy: 'privacy_notice',
  international_transfer: 'privacy_transfer',
  voice: 'privacy_voice',
  location: 'privacy_location',
  location_history: 'privacy_history',
} as const;

const day = (at: string) => new Date(at).toLocaleDateString(document.documentElement.lang || 'es-AR');

/** What one agreed to, a copy of one's data, and one's own erasure. */
export function PrivacyDialog(props: { open: boolean; onClose: () => void }) {
  const [mine, setMine] = createSignal<Privacy | null>(null);
  const [trouble, setTrouble] = createSignal('');
  const [busy, setBusy] = createSignal(false);

  const attempt = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
      setMine(await myPrivacy());
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
    setBusy(false);
  };
  createEffect(() => {
    if (!props.open) return;
    setMine(null);
    attempt(async () => undefined);
  });
  const answer = (kind: ConsentKind, given: boolean) =>
    attempt(async () => {
      await editMyPrivacy({ [kind]: given });
      toast(t('preferences_saved'));
    });

  return (
    <Dialog open={props.open} title={t('privacy')} onClose={props.onClose}>
      <div class="stack account">
        <Show when={trouble()}>
          <p class="form-error" role="alert">
            {trouble()}
          </p>
        </Show>
        <Show when={mine()} fallback={<p class="muted">{t('loading')}</p>}>
          {(now) => (
            <>
              <ul class="account-rows">
                <For each={now().consents}>
                  {(consent) => (
                    <li>
                      <span class="what">
                        <strong>{t(NAMES[consent.kind])}</strong>
                        <span class="small muted">{consent.text}</span>
                        <Show when={consent.at}>
                          {(at) => (
                            <span class="small muted">
                              {t(consent.is_given ? 'privacy_given' : 'privacy_refused', { day: day(at()) })}
                            </span>
                          )}
                        </Show>
                      </span>
                      <button
                        type="button"
                        class="button"
                        disabled={busy()}
                        aria-pressed={consent.is_given === true}
                        aria-label={`${t(NAMES[consent.kind])}: ${t(consent.is_given ? 'privacy_withdraw' : 'privacy_accept')}`}
                        onClick={() => answer(consent.kind, !consent.is_given)}
                      >
                        {t(consent.is_given ? 'privacy_withdraw' : 'privacy_accept')}
                      </button>
                    </li>
                  )}
                </For>
              </ul>
              <Copies mine={now()} busy={busy()} ask={() => attempt(exportMe)} />
              <Deletion mine={now()} busy={busy()} attempt={attempt} />
            </>
          )}
        </Show>
      </div>
    </Dialog>
  );
}

function Copies(props: { mine: Privacy; busy: boolean; ask: () => void }) {
  return (
    <section class="stack">
      <h3>{t('privacy_copy')}</h3>
      <p class="small muted">{t('privacy_copy_lead')}</p>
      <For each={props.mine.exports}>
        {(copy) => (
          <p class="small">
            {day(copy.asked_at)}:{' '}
            <Show
              when={copy.url}
              fallback={t(copy.state === 'pending' ? 'privacy_copy_pending' : 'privacy_copy_gone')}
            >
              {(url) => (
                <a href={url()} download="">
                  {t('privacy_copy_download')}
                </a>
              )}
            </Show>
          </p>
        )}
      </For>
      <button type="button" class="button" disabled={props.busy} onClick={props.ask}>
        {t('privacy_copy_ask')}
      </button>
    </section>
  );
}

function Deletion(props: {
  mine: Privacy;
  busy: boolean;
  attempt: (work: () => Promise<unknown>) => Promise<void>;
}) {
  const [code, setCode] = createSignal('');
  const [sure, setSure] = createSignal(false);
  const confirm = (event: SubmitEvent) => {
    event.preventDefault();
    props.attempt(() => confirmDeletion({ token: code().trim() }));
  };
  return (
    <section class="stack">
      <h3>{t('privacy_erase')}</h3>
      <Show
        when={props.mine.deletion}
        fallback={
          <>
            <p class="small muted">{t('privacy_erase_lead')}</p>
            <Show
              when={sure()}
              fallback={
                <button type="button" class="button" onClick={() => setSure(true)}>
                  {t('privacy_erase_ask')}
                </button>
              }
            >
              <button
                type="button"
                class="button danger"
                disabled={props.busy}
                onClick={() => props.attempt(askForDeletion)}
              >
                {t('privacy_erase_sure')}
              </button>
            </Show>
          </>
        }
      >
        {(under) => (
          <>
            <Show
              when={under().state === 'confirming'}
              fallback={
                <p>
                  {t('privacy_erase_waiting', { day: under().erase_at ? day(under().erase_at ?? '') : '' })}
                </p>
              }
            >
              <form class="stack" onSubmit={confirm}>
                <Field label={t('privacy_erase_code')}>
                  {(wiring) => (
                    <input
                      {...wiring}
                      inputmode="numeric"
                      autocomplete="one-time-code"
                      value={code()}
                      onInput={(event) => setCode(event.currentTarget.value)}
                    />
                  )}
                </Field>
                <button
                  type="submit"
                  class="button danger"
                  disabled={props.busy || code().trim().length !== 8}
                >
                  {t('privacy_erase_confirm')}
                </button>
              </form>
            </Show>
            <button
              type="button"
              class="button"
              disabled={props.busy}
              onClick={() => props.attempt(withdrawDeletion)}
            >
              {t('privacy_erase_withdraw')}
            </button>
          </>
        )}
      </Show>
    </section>
  );
}
