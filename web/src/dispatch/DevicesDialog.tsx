import { createEffect, createSignal, For, Show } from 'solid-js';
import { createDevice, listDevices, locateDevice, revokeDevice } from '../api/routes';
import type { Device, MadeDevice } from '../api/schema';
import { t, type Word } from '../i18n';
import { ago } from '../i18n/format';
import { Dialog } from '../ui/Dialog';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { QrCode } from '../ui/QrCode';
import { toast } from '../ui/toast';
import type { Store } from './store';
import type { Ui } from './ui';

type App = 'owntracks' | 'traccar' | 'overland' | 'gpslogger' | 'osmand';

/** Each app by what it is called, and what the person with the phone does. */
const APPS: { app: App; name: string; how: Word }[] = [
  { app: 'owntracks', name: 'OwnTracks', how: 'pair_owntracks' },
  { app: 'traccar', name: 'Traccar Client', how: 'pair_traccar' },
  { app: 'overland', name: 'Overland', how: 'pair_overland' },
  { app: 'gpslogger', name: 'GPSLogger', how: 'pair_gpslogger' },
  { app: 'osmand', name: 'OsmAnd', how: 'pair_osmand' },
];

const refusedToday = (device: Device): number => {
  const { range, future, too_old, off_shift, unreadable } = device.today;
  return range + future + too_old + off_shift + unreadable;
};

/** Phones of a technician that send through an app of others: pair one by QR code, see them, end them. */
export function DevicesDialog(props: { ui: Ui; store: Store }) {
  const isOpen = () => props.ui.open() === 'devices';
  const person = () => props.store.state.technicians[props.ui.technician() ?? ''];
  const [devices, setDevices] = createSignal<Device[] | null>(null);
  const [made, setMade] = createSignal<MadeDevice | null>(null);
  const [app, setApp] = createSignal<App>('owntracks');
  const [name, setName] = createSignal('');
  const [trouble, setTrouble] = createSignal('');
  const [busy, setBusy] = createSignal(false);

  const load = async () => {
    const id = props.ui.technician();
    if (!id) return;
    try {
      setDevices((await listDevices({ user_id: id })).items);
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
  };
  createEffect(() => {
    if (!isOpen()) return;
    setMade(null);
    setName('');
    setDevices(null);
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
    await load();
  };
  const pair = (event: Event) => {
    event.preventDefault();
    attempt(async () => {
      const user_id = props.ui.technician();
      if (user_id) setMade(await createDevice({ user_id, name: name().trim() || t('pair_name_default') }));
    });
  };
  const end = (device: Device) =>
    attempt(async () => {
      await revokeDevice(device.id);
      if (made()?.id === device.id) setMade(null);
      toast(t('pair_ended', { name: device.name }));
    });
  const locate = (device: Device) =>
    attempt(async () => {
      await locateDevice(device.id);
      toast(t('pair_located'));
    });
  /** What the code holds: a link that sets the app up where there is one, else the address. */
  const link = (device: MadeDevice): string => {
    const chosen = app();
    return chosen === 'traccar' ? device.urls.traccar : device.setup[chosen];
  };
  const copy = async (text: string) => {
    try {
      await navigator.clipboard.writeText(text);
      toast(t('copied'));
    } catch {
      toast(t('copy_failed'));
    }
  };

  return (
    <Dialog
      open={isOpen()}
      title={t('pair_title', { name: person()?.name ?? '' })}
      onClose={() => props.ui.setOpen(null)}
    >
      <div class="stack devices">
        <Show when={trouble()}>
          <p class="problem" role="alert">
            {trouble()}
          </p>
        </Show>
        <Show
          when={made()}
          fallback={
            <form class="stack" onSubmit={pair}>
              <p class="muted">{t('pair_intro')}</p>
              <label class="field">
                <span>{t('pair_name')}</span>
                <input
                  value={name()}
                  maxLength={100}
                  placeholder={t('pair_name_default')}
                  onInput={(event) => setName(event.currentTarget.value)}
                />
              </label>
              <button type="submit" class="button primary" disabled={busy()}>
                <Icon name="phone" />
                {t('pair_make')}
              </button>
            </form>
          }
        >
          {(device) => (
            <section class="stack" aria-label={t('pair_how')}>
              <label class="field">
                <span>{t('pair_app')}</span>
                <select value={app()} onChange={(event) => setApp(event.currentTarget.value as App)}>
                  <For each={APPS}>{(entry) => <option value={entry.app}>{entry.name}</option>}</For>
                </select>
              </label>
              <p>{t(APPS.find((entry) => entry.app === app())?.how ?? 'pair_owntracks')}</p>
              <QrCode text={link(device())} label={t('pair_code', { name: device().name })} />
              <p class="row">
                <a class="button" href={link(device())}>
                  {t('pair_open')}
                </a>
                <button type="button" class="button" onClick={() => copy(link(device()))}>
                  <Icon name="copy" />
                  {t('copy')}
                </button>
              </p>
              <p class="small muted">{t('pair_once')}</p>
            </section>
          )}
        </Show>
        <h3>{t('pair_list')}</h3>
        <Show when={devices()} fallback={<Show when={!trouble()}>{t('loading')}</Show>}>
          {(all) => (
            <Show when={all().length > 0} fallback={<p class="muted">{t('pair_none')}</p>}>
              <ul class="queues">
                <For each={all()}>
                  {(device) => (
                    <li>
                      <strong>{device.name}</strong>
                      <span class="small">
                        {device.last_seen_at
                          ? t('pair_seen', {
                              app: APPS.find((entry) => entry.app === device.last_app)?.name ?? '',
                              ago: ago(Date.now() - Date.parse(device.last_seen_at)),
                            })
                          : t('pair_never')}
                        {' · '}
                        {t('pair_today', { n: device.today.stored })}
                        <Show when={refusedToday(device) > 0}>
                          {' · '}
                          {t('pair_refused', { n: refusedToday(device), off: device.today.off_shift })}
                        </Show>
                      </span>
                      <span class="row">
                        <Show when={device.last_app === 'owntracks'}>
                          <button
                            type="button"
                            class="button"
                            disabled={busy()}
                            onClick={() => locate(device)}
                          >
                            <Icon name="locate" />
                            {t('pair_locate')}
                          </button>
                        </Show>
                        <button
                          type="button"
                          class="button quiet"
                          disabled={busy()}
                          onClick={() => end(device)}
                        >
                          {t('pair_end')}
                        </button>
                      </span>
                    </li>
                  )}
                </For>
              </ul>
            </Show>
          )}
        </Show>
      </div>
    </Dialog>
  );
}
