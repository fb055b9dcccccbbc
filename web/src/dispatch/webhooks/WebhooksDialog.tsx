import { createEffect, createSignal, For, Show } from 'solid-js';
import type { EndpointWithSecret, WebhookEndpoint } from '../../api/schema';
import { t } from '../../i18n';
import { Dialog } from '../../ui/Dialog';
import { failureText } from '../../ui/failure';
import { Icon } from '../../ui/Icon';
import { toast } from '../../ui/toast';
import type { Ui } from '../ui';
import { Endpoint } from './Endpoint';
import { hooks } from './hooks';
import { NewEndpoint } from './NewEndpoint';

/** Where the organization's own systems hear its events: for owners and admins. */
export function WebhooksDialog(props: { ui: Ui }) {
  const [rows, setRows] = createSignal<WebhookEndpoint[] | null>(null);
  const [told, setTold] = createSignal<EndpointWithSecret | null>(null);
  const [trouble, setTrouble] = createSignal('');
  const load = async () => {
    try {
      setRows((await hooks.list()).items);
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
  };
  createEffect(() => {
    if (props.ui.open() === 'webhooks') load();
    else setTold(null);
  });
  return (
    <Dialog open={props.ui.open() === 'webhooks'} title={t('hooks')} onClose={() => props.ui.setOpen(null)}>
      <p class="muted">{t('hooks_lead')}</p>
      <Show when={told()}>{(made) => <Secret made={made()} />}</Show>
      <Show when={trouble()}>
        <p class="problem" role="alert">
          {trouble()}
        </p>
      </Show>
      <Show when={rows()} fallback={<Show when={!trouble()}>{t('loading')}</Show>}>
        {(all) => (
          <Show when={all().length > 0} fallback={<p>{t('hooks_empty')}</p>}>
            <ul class="hooks">
              <For each={all()}>{(hook) => <Endpoint hook={hook} onChanged={load} onSecret={setTold} />}</For>
            </ul>
          </Show>
        )}
      </Show>
      <NewEndpoint
        onMade={(made) => {
          setTold(made);
          load();
        }}
      />
    </Dialog>
  );
}

/** Shown once: nobody can ask for it again. */
function Secret(props: { made: EndpointWithSecret }) {
  const copy = async () => {
    await navigator.clipboard.writeText(props.made.secret);
    toast(t('hook_secret_copied'));
  };
  return (
    <section class="secret" aria-label={t('hook_secret')}>
      <strong role="status">{t('hook_secret_once')}</strong>
      <code>{props.made.secret}</code>
      <div class="row">
        <button type="button" class="button" onClick={() => copy().catch(() => toast(t('error_unknown')))}>
          <Icon name="copy" />
          {t('hook_secret_copy')}
        </button>
      </div>
    </section>
  );
}
