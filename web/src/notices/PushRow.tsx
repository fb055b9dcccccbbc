import { createSignal, onMount, Show } from 'solid-js';
import { t, type Word } from '../i18n';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/toast';
import { disablePush, enablePush, type PushState, pushState } from './push';

const WORDS: Record<PushState, Word> = {
  unsupported: 'push_unsupported',
  install: 'push_install',
  blocked: 'push_blocked',
  off: 'push_off',
  on: 'push_on',
};

/** Whether this browser may be woken, and the tap that asks for it. */
export function PushRow() {
  const [state, setState] = createSignal<PushState | null>(null);
  const [busy, setBusy] = createSignal(false);
  const look = () =>
    pushState()
      .then(setState)
      .catch(() => setState('unsupported'));
  onMount(look);
  const turn = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
    } catch (cause) {
      toast(cause instanceof DOMException ? t('push_failed') : failureText(cause));
    }
    await look();
    setBusy(false);
  };
  return (
    <Show when={state()}>
      {(now) => (
        <section class="push" aria-label={t('push')}>
          <span class="state">
            <Icon name={now() === 'on' ? 'check' : 'phone'} />
            {t(WORDS[now()])}
          </span>
          <Show when={now() === 'off'}>
            <button type="button" class="button primary" disabled={busy()} onClick={() => turn(enablePush)}>
              {t('push_enable')}
            </button>
          </Show>
          <Show when={now() === 'on'}>
            <button type="button" class="button" disabled={busy()} onClick={() => turn(disablePush)}>
              {t('push_disable')}
            </button>
          </Show>
        </section>
      )}
    </Show>
  );
}
