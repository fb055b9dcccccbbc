import { createEffect, createSignal, For, onCleanup, onMount, Show } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import { listCapabilities, serviceHealth, setPanic, switchCapability } from '../api/routes';
import type { CapabilityView, PanicView, ServiceHealth } from '../api/schema';
import { t } from '../i18n';
import { ago } from '../i18n/format';
import { Dialog } from '../ui/Dialog';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/toast';
import { Decide } from './Decide';
import { capabilityWord, causeWord, isServiceNews, loadNotice, look, type ModeName, shown } from './services';
import type { Store } from './store';
import type { Ui } from './ui';

const MODES: ModeName[] = ['ok', 'degraded', 'panic'];
const since = (at: string) => ago(Date.now() - Date.parse(at));

interface Rows {
  services: ServiceHealth[];
  capabilities: CapabilityView[];
}

/** What runs and what is switched off, as owners and admins see and decide it. */
export function ServicesDialog(props: { ui: Ui; store: Store }) {
  const isOpen = () => props.ui.open() === 'services';
  // Rows that stay the same rows: what is being written under one is not lost when they are read again.
  const [rows, setRows] = createStore<Rows>({ services: [], capabilities: [] });
  const [trouble, setTrouble] = createSignal('');
  // A service and a capability may have one name.
  const [chosen, setChosen] = createSignal<string | null>(null);

  const load = async () => {
    try {
      const [health, all] = await Promise.all([serviceHealth(), listCapabilities()]);
      setRows('services', reconcile(health.services, { key: 'service' }));
      setRows('capabilities', reconcile(shown(all), { key: 'name' }));
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
  };
  createEffect(() => {
    if (isOpen()) load();
    else setChosen(null);
  });
  onMount(() => onCleanup(props.store.onEvent((kind) => isOpen() && isServiceNews(kind) && load())));
  const decide = async (work: () => Promise<unknown>, done: string) => {
    try {
      await work();
      toast(done);
      setChosen(null);
    } catch (cause) {
      toast(failureText(cause));
    }
    await Promise.all([load(), loadNotice()]);
  };

  return (
    <Dialog open={isOpen()} title={t('services')} onClose={() => props.ui.setOpen(null)}>
      <Show when={trouble()}>
        <p class="problem" role="alert">
          {trouble()}
        </p>
        <button type="button" class="button" onClick={load}>
          {t('try_again')}
        </button>
      </Show>
      <p class="small muted">{t('services_hint')}</p>
      <ul class="queues services">
        <For each={rows.services}>
          {(service) => (
            <li>
              <Service service={service} />
              <Choice
                label={t('service_change')}
                name={t('service_change_of', { name: service.name })}
                open={chosen() === `service ${service.service}`}
                onOpen={() => setChosen(`service ${service.service}`)}
              >
                <Decide
                  modes={MODES.map((mode) => ({ value: mode, text: t(look(mode).word) }))}
                  start={service.own?.mode === 'panic' ? 'ok' : 'panic'}
                  onCancel={() => setChosen(null)}
                  onDecide={(mode, reason) =>
                    decide(
                      () => setPanic(service.service, { mode: mode as ModeName, reason }),
                      t('service_saved', { name: service.name, mode: t(look(mode).word) }),
                    )
                  }
                />
              </Choice>
            </li>
          )}
        </For>
      </ul>
      <h3>{t('switches')}</h3>
      <ul class="queues services">
        <For each={rows.capabilities}>
          {(capability) => {
            const word = capabilityWord(capability.name);
            const name = word ? t(word) : capability.name;
            const isFixed = () => !capability.enabled && capability.off_by !== 'organization';
            return (
              <li>
                <strong>{name}</strong>
                <span>
                  <span class={`badge ${capability.enabled ? 'ok' : 'warn'}`}>
                    <Icon name={capability.enabled ? 'check' : 'alert'} />
                    {t(isFixed() ? 'switch_fixed' : capability.enabled ? 'switch_on' : 'switch_off')}
                  </span>
                  <Show when={capability.since}>
                    {(at) => <span class="small muted"> {t('service_since', { when: since(at()) })}</span>}
                  </Show>
                </span>
                <Show when={!capability.enabled}>
                  <span class="small">
                    {capability.fallback} {capability.reason}
                  </span>
                </Show>
                <Show when={!isFixed()}>
                  <Choice
                    label={t(capability.enabled ? 'switch_turn_off' : 'switch_turn_on')}
                    name={`${t(capability.enabled ? 'switch_turn_off' : 'switch_turn_on')}: ${name}`}
                    open={chosen() === `switch ${capability.name}`}
                    onOpen={() => setChosen(`switch ${capability.name}`)}
                  >
                    <Decide
                      hint={capability.enabled ? capability.fallback : ''}
                      onCancel={() => setChosen(null)}
                      onDecide={(_, reason) =>
                        decide(
                          () => switchCapability(capability.name, { enabled: !capability.enabled, reason }),
                          t(capability.enabled ? 'switch_saved_off' : 'switch_saved_on', { name }),
                        )
                      }
                    />
                  </Choice>
                </Show>
              </li>
            );
          }}
        </For>
      </ul>
    </Dialog>
  );
}

/** How a service stands, since when, why, and what is known of it. */
function Service(props: { service: ServiceHealth }) {
  const deciding = (): { decision: NonNullable<PanicView['own']>; isOwn: boolean } | null => {
    const { own, installation, mode } = props.service;
    if (own && own.mode === mode && mode !== 'ok') return { decision: own, isOwn: true };
    if (installation && installation.mode === mode && mode !== 'ok')
      return { decision: installation, isOwn: false };
    return null;
  };
  const counted = () => props.service.counts.find((c) => c.good + c.bad > 0);
  return (
    <>
      <strong>{props.service.name}</strong>
      <span>
        <span class={`badge ${look(props.service.mode).kind}`}>
          <Icon name={look(props.service.mode).icon} />
          {t(look(props.service.mode).word)}
        </span>
        <Show when={deciding()}>
          {(is) => {
            const cause = () => causeWord(is().decision, is().isOwn);
            return (
              <span class="small muted">
                {' '}
                {t('service_since', { when: since(is().decision.since) })}
                {cause() ? `, ${t(cause() ?? 'service_by_person')}` : ''}
              </span>
            );
          }}
        </Show>
      </span>
      <Show when={deciding()}>{(is) => <span class="small">{is().decision.reason}</span>}</Show>
      <Show when={props.service.breaker}>
        {(breaker) => (
          <span class="small">{t('service_breaker', { ago: ago(breaker().open_s * 1000) })}</span>
        )}
      </Show>
      <Show when={counted()}>
        {(c) => (
          <span class="small muted">{t('service_counts', { bad: c().bad, all: c().good + c().bad })}</span>
        )}
      </Show>
    </>
  );
}

/** A button that opens what it is about beneath it. */
function Choice(props: {
  label: string;
  name: string;
  open: boolean;
  onOpen: () => void;
  children: import('solid-js').JSX.Element;
}) {
  return (
    <Show
      when={props.open}
      fallback={
        <span class="row">
          <button type="button" class="button" aria-label={props.name} onClick={() => props.onOpen()}>
            {props.label}
          </button>
        </span>
      }
    >
      {props.children}
    </Show>
  );
}
