import { createSignal, Match, onMount, Show, Switch } from 'solid-js';
import * as routes from '../api/routes';
import { accept, faceOf, logout, refresh, remembered } from '../api/session';
import type { Login as LoginAnswer } from '../api/types';
import { t } from '../i18n';
import { Brand } from '../ui/Icon';
import { LangSwitch } from '../ui/LangSwitch';
import { CodeStep } from './CodeStep';
import { CompanyStep } from './CompanyStep';
import { PhoneStep } from './PhoneStep';

type Step = 'starting' | 'phone' | 'code' | 'company' | 'no_face';

/** Where the code went, and when another may be asked for. */
export interface Sent {
  phone: string;
  challenge: string | undefined;
  resendAt: number;
}

export async function sendCode(phone: string): Promise<Sent> {
  const answer = await routes.sendCode({ phone });
  const wait = answer?.retry_after_s ?? 60;
  return { phone, challenge: answer?.challenge, resendAt: Date.now() + wait * 1000 };
}

/** Phone, code, and at the very first time the company's name; then the face of the role. */
export function Login() {
  const [step, setStep] = createSignal<Step>(remembered() ? 'starting' : 'phone');
  const [sent, setSent] = createSignal<Sent | null>(null);
  const ended = new URLSearchParams(location.search).has('ended');

  const enter = () => {
    const who = remembered();
    if (!who) return setStep('phone');
    if (!who.organization.name) return setStep('company');
    const face = faceOf(who.user.role);
    if (!face) return setStep('no_face');
    location.replace(face);
  };

  onMount(async () => {
    if (step() !== 'starting') return;
    if ((await refresh()) === 'ok') enter();
    else setStep('phone');
  });

  const verified = (answer: LoginAnswer) => {
    accept(answer);
    enter();
  };

  return (
    <div class="login">
      <header>
        <Brand />
        <LangSwitch />
      </header>
      <main>
        <div class="card">
          <Switch>
            <Match when={step() === 'starting'}>
              <p class="muted">{t('loading')}</p>
            </Match>
            <Match when={step() === 'phone'}>
              <Show when={ended}>
                <p class="notice">{t('ended_login')}</p>
              </Show>
              <PhoneStep
                onSent={(next) => {
                  setSent(next);
                  setStep('code');
                }}
              />
            </Match>
            <Match when={step() === 'code' && sent()}>
              {(where) => (
                <CodeStep
                  sent={where()}
                  onResent={setSent}
                  onOther={() => setStep('phone')}
                  onVerified={verified}
                />
              )}
            </Match>
            <Match when={step() === 'company'}>
              <CompanyStep onDone={enter} />
            </Match>
            <Match when={step() === 'no_face'}>
              <h1>{t('login_title')}</h1>
              <p>{t('no_face')}</p>
              <button type="button" class="button" onClick={() => logout()}>
                {t('sign_out')}
              </button>
            </Match>
          </Switch>
        </div>
      </main>
    </div>
  );
}
