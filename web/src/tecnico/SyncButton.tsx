import { createSignal, onCleanup, onMount } from 'solid-js';
import { t } from '../i18n';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import type { Model } from './model';

/** Whether everything was sent: always on the page, by word. */
export function SyncButton(props: { model: Model }) {
  const [open, setOpen] = createSignal(false);
  const [online, setOnline] = createSignal(navigator.onLine);
  const follow = () => setOnline(navigator.onLine);
  onMount(() => {
    window.addEventListener('online', follow);
    window.addEventListener('offline', follow);
  });
  onCleanup(() => {
    window.removeEventListener('online', follow);
    window.removeEventListener('offline', follow);
  });
  const state = props.model.state;
  const photos = () => props.model.pictures.pending;
  const pending = () => state.points + state.ops.length + photos();
  const connected = () => online() && state.phase === 'live';
  const count = () => (pending() === 1 ? t('sync_one') : t('sync_many', { n: pending() }));
  const text = () => {
    if (connected()) return pending() === 0 ? t('sync_done') : count();
    return pending() === 0 ? t('sync_offline') : `${t('sync_offline')} · ${count()}`;
  };
  const kind = () => (connected() ? (pending() === 0 ? 'ok' : 'scheduled') : 'warn');
  const icon = () => (connected() ? (pending() === 0 ? 'check' : 'cloud') : 'offline');
  return (
    <>
      <button type="button" class="sync" onClick={() => setOpen(true)}>
        <span class={`badge ${kind()}`} role="status">
          <Icon name={icon()} />
          {text()}
        </span>
      </button>
      <Dialog open={open()} title={t('sync_title')} onClose={() => setOpen(false)}>
        <ul class="plain">
          <li>{t('sync_points', { n: state.points })}</li>
          <li>{t('sync_ops', { n: state.ops.length })}</li>
          <li>{t('sync_photos', { n: photos() })}</li>
        </ul>
        <p class="muted">{t('sync_safe')}</p>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={() => props.model.tick(true)}>
            {t('retry')}
          </button>
        </div>
      </Dialog>
    </>
  );
}
