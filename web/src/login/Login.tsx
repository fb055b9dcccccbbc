import { createSignal, Match, onMount, Show, Switch } from 'solid-js';
import * as routes from '../api/routes';
import { accept, faceOf, logout, refresh, remembered } from '../api/session';
import type { Login as LoginAnswer } from '../api/types';
import { t } from '../i18n';
import { Brand } from '../ui/Icon';
import { LangSwitch } from '../ui/LangSwitch';
import { CodeStep } from './CodeStep';
import { CompanyStep } from './CompanyStep';
import { FactorStep } from './FactorStep';
import { InvitedStep } from './InvitedStep';
import { PhoneStep } from './PhoneStep';

type Step = 'starting' | 'invited' | 'phone' | 'code' | 'factor' | 'company' | 'no_face';

/** Where the code went, and when another may be asked for. */
export interface Sent {
  phone: string;
  challenge: string | undefined;
  resendAt: number;
  /** The invitation through which it was asked for. */
  invitation?: string | undefined;
}

export async function sendCode(phone: string, invitation?: string): Promise<Sent> {
  const answer = await routes.sendCode({ phone, invitation });
  const wait = answer?.retry_after_s ?? 60;
  return { phone, challenge: answer?.challenge, resendAt: Date.now() + wait * 1000, invitation };
}

/** The invitation that led here: it stands behind the #, which no server sees. */
function invitation(): string | null {
  return location.pathname === '/invitar' && location.hash.length > 1 ? location.hash.slice(1) : null;
}

/** Phone, code, and at the very first time the company's name; then the face of the role. */
export function Login() {
  const [step, setStep] = createSignal<Step>(invitation() ? 'invited' : remembered() ? 'starting' : 'phone');
  const [sent, setSent] = createSignal<Sent | null>(null);
  const [ticket, setTicket] = createSignal('');
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
            <Match when={step() === 'invited' && invitation()}>
              {(token) => (
                <InvitedStep
                  token={token()}
                  onSent={(next) => {
                    setSent(next);
                    setStep('code');
                  }}
                  onOther={() => setStep('phone')}
                />
              )}
            </Match>
            <Match when={step() === 'factor'}>
              <FactorStep ticket={ticket()} onVerified={verified} onOver={() => setStep('phone')} />
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
                  onFactor={(given) => {
                    setTicket(given);
                    setStep('factor');
                  }}
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
