import { createMemo, createSignal, For, onCleanup, onMount, Show } from 'solid-js';
import { t } from '../i18n';
import { Icon } from '../ui/Icon';
import { isServiceNews, lines, loadNotice, notice } from './services';
import type { Store } from './store';

/** A breaker opens and closes without an event. */
const AGAIN_MS = 60_000;

/** What works otherwise than usual, calmly: until somebody has read it, or it is another thing. */
export function ServicesBanner(props: { store: Store }) {
  const [read, setRead] = createSignal('');
  const said = createMemo(() => lines(notice()));
  onMount(() => {
    loadNotice();
    const timer = setInterval(loadNotice, AGAIN_MS);
    const stop = props.store.onEvent((kind) => isServiceNews(kind) && loadNotice());
    onCleanup(() => {
      clearInterval(timer);
      stop();
    });
  });
  return (
    <div class="services-banner" role="status" aria-label={t('service_notice')}>
      <Show when={said().length > 0 && said().join() !== read()}>
        <div class="said">
          <Icon name="alert" />
          <ul>
            <For each={said()}>{(text) => <li>{text}</li>}</For>
          </ul>
          <button type="button" class="button quiet" onClick={() => setRead(said().join())}>
            {t('service_understood')}
          </button>
        </div>
      </Show>
    </div>
  );
}
