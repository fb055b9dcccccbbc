import { createSignal, For, onMount, Show } from 'solid-js';
import { confirmFactor, disableFactor, enrolFactor, getFactor, renewRecoveryCodes } from '../api/routes';
import type { Enrolment, GivenCode, SecondFactor as State } from '../api/schema';
import { t } from '../i18n';
import { Field } from '../ui/Field';
import { failureText } from '../ui/failure';
import { QrCode } from '../ui/QrCode';
import { toast } from '../ui/toast';

/** The second factor of whoever is signed in: turned on with an authenticator app, off with a code of it. */
export function SecondFactor() {
  const [state, setState] = createSignal<State | null>(null);
  const [begun, setBegun] = createSignal<Enrolment | null>(null);
  const [recovery, setRecovery] = createSignal<string[] | null>(null);
  const [code, setCode] = createSignal('');
  const [trouble, setTrouble] = createSignal('');

  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
  };
  const load = () => attempt(async () => void setState(await getFactor()));
  onMount(load);
  const enrol = () => attempt(async () => void setBegun(await enrolFactor()));
  /** Sends the code to one of the three things that need one. */
  const send = <T,>(call: (given: GivenCode) => Promise<T>, done: (answer: T) => void) =>
    attempt(async () => {
      const given = code().trim();
      setCode('');
      done(await call({ code: given }));
      await load();
    });
  const confirm = () =>
    send(confirmFactor, (answer) => {
      setBegun(null);
      setRecovery(answer.codes);
    });
  const renew = () => send(renewRecoveryCodes, (answer) => setRecovery(answer.codes));
  const turnOff = () =>
    send(disableFactor, () => {
      setRecovery(null);
      toast(t('factor_off_done'));
    });
  const copy = async (text: string) => {
    try {
      await navigator.clipboard.writeText(text);
      toast(t('copied'));
    } catch {
      toast(t('copy_failed'));
    }
  };

  return (
    <section class="stack factor" aria-label={t('factor')}>
      <h3>{t('factor')}</h3>
      <Show when={trouble()}>
        <p class="form-error" role="alert">
          {trouble()}
        </p>
      </Show>
      <Show when={recovery()}>
        {(codes) => (
          <div class="stack recovery">
            <p>{t('factor_recovery_lead')}</p>
            <ul class="recovery-codes">
              <For each={codes()}>{(one) => <li class="num">{one}</li>}</For>
            </ul>
            <button type="button" class="button" onClick={() => copy(codes().join('\n'))}>
              {t('copy')}
            </button>
          </div>
        )}
      </Show>
      <Show
        when={state()?.is_on}
        fallback={
          <Show
            when={begun()}
            fallback={
              <>
                <p class="muted">{t('factor_lead')}</p>
                <button type="button" class="button" onClick={enrol}>
                  {t('factor_begin')}
                </button>
              </>
            }
          >
            {(enrolment) => (
              <form
                class="stack"
                onSubmit={(event) => {
                  event.preventDefault();
                  confirm();
                }}
              >
                <p>{t('factor_scan')}</p>
                <QrCode text={enrolment().url} label={t('factor_code_label')} />
                <p class="small muted">{t('factor_by_hand', { secret: enrolment().secret })}</p>
                <CodeField value={code()} onInput={setCode} label={t('factor_code')} />
                <button type="submit" class="button primary">
                  {t('factor_confirm')}
                </button>
              </form>
            )}
          </Show>
        }
      >
        <p>{t('factor_is_on', { n: state()?.recovery_left ?? 0 })}</p>
        <CodeField value={code()} onInput={setCode} label={t('factor_any_code')} />
        <div class="buttons">
          <button type="button" class="button" onClick={renew}>
            {t('factor_renew')}
          </button>
          <button type="button" class="button" onClick={turnOff}>
            {t('factor_turn_off')}
          </button>
        </div>
      </Show>
    </section>
  );
}

function CodeField(props: { value: string; label: string; onInput: (text: string) => void }) {
  return (
    <Field label={props.label}>
      {(wiring) => (
        <input
          {...wiring}
          class="input"
          autocomplete="one-time-code"
          maxlength="20"
          value={props.value}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
