import { createSignal, For, Show } from 'solid-js';
import type { EndpointWithSecret, WebhookDelivery, WebhookEndpoint } from '../../api/schema';
import { t } from '../../i18n';
import { ago } from '../../i18n/format';
import { failureText } from '../../ui/failure';
import { Icon } from '../../ui/Icon';
import { toast } from '../../ui/toast';
import { hooks, patternText, stateText } from './hooks';

/** One address: what it hears, whether it answers, what was sent. */
export function Endpoint(props: {
  hook: WebhookEndpoint;
  onChanged: () => void;
  onSecret: (made: EndpointWithSecret) => void;
}) {
  const [log, setLog] = createSignal<WebhookDelivery[] | null>(null);
  const [busy, setBusy] = createSignal(false);
  const attempt = async (work: () => Promise<unknown>, said?: string) => {
    setBusy(true);
    try {
      await work();
      if (said) toast(said);
    } catch (cause) {
      toast(failureText(cause));
    }
    setBusy(false);
    props.onChanged();
  };
  const show = () => attempt(async () => setLog((await hooks.deliveries(props.hook)).items));
  const state = () => {
    const hook = props.hook;
    if (!hook.is_active) return t(hook.disabled_reason === 'failing' ? 'hook_off_failing' : 'hook_off');
    if (hook.failing_since)
      return t('hook_failing', { ago: ago(Date.now() - Date.parse(hook.failing_since)) });
    return t('hook_on');
  };
  return (
    <li class="hook">
      <span class="url">{props.hook.url}</span>
      <Show when={props.hook.description}>
        <span>{props.hook.description}</span>
      </Show>
      <span class="small muted">{props.hook.kinds.map(patternText).join(', ')}</span>
      <span class={`badge ${props.hook.is_active && !props.hook.failing_since ? 'ok' : 'warn'}`}>
        <Icon name={props.hook.is_active && !props.hook.failing_since ? 'check' : 'alert'} />
        {state()}
      </span>
      <div class="row">
        <button
          type="button"
          class="button"
          disabled={busy()}
          onClick={() => attempt(() => hooks.turn(props.hook, !props.hook.is_active))}
        >
          {t(props.hook.is_active ? 'hook_turn_off' : 'hook_turn_on')}
        </button>
        <button
          type="button"
          class="button"
          disabled={busy()}
          onClick={() => attempt(async () => props.onSecret(await hooks.rotate(props.hook)))}
        >
          {t('hook_rotate')}
        </button>
        <button type="button" class="button" disabled={busy()} aria-expanded={log() !== null} onClick={show}>
          {t('hook_log')}
        </button>
        <button
          type="button"
          class="button danger"
          disabled={busy()}
          onClick={() => confirm(t('hook_remove_sure')) && attempt(() => hooks.remove(props.hook))}
        >
          {t('hook_remove')}
        </button>
      </div>
      <Show when={log()}>
        {(rows) => (
          <Show when={rows().length > 0} fallback={<p class="muted">{t('hook_log_empty')}</p>}>
            <ul class="tries">
              <For each={rows()}>
                {(row) => (
                  <li>
                    <span>
                      <strong>{row.kind}</strong> · {stateText(row)}
                      <Show when={row.last_status}> · {row.last_status}</Show>
                      <Show when={row.last_error}> · {row.last_error}</Show>
                    </span>
                    <span class="small muted">
                      {t('hook_tries', {
                        n: row.tries,
                        ago: ago(Date.now() - Date.parse(row.last_at ?? row.created_at)),
                      })}
                    </span>
                    <span class="row">
                      <button
                        type="button"
                        class="button quiet"
                        disabled={busy() || !props.hook.is_active}
                        onClick={() => attempt(() => hooks.resend(props.hook, row), t('hook_resent'))}
                      >
                        <Icon name="undo" />
                        {t('hook_resend')}
                      </button>
                      <button
                        type="button"
                        class="button quiet"
                        disabled={busy() || !props.hook.is_active}
                        onClick={() =>
                          attempt(async () => {
                            const { events } = await hooks.replay(props.hook, row.cursor - 1);
                            toast(t('hook_replayed', { n: events }));
                          })
                        }
                      >
                        {t('hook_replay')}
                      </button>
                    </span>
                  </li>
                )}
              </For>
            </ul>
          </Show>
        )}
      </Show>
    </li>
  );
}
