import { For, Show } from 'solid-js';
import { t, type Word } from '../i18n';
import { Icon, type IconName } from '../ui/Icon';
import type { Tab, Ui } from './ui';

const TABS: { tab: Tab; icon: IconName; word: Word }[] = [
  { tab: 'map', icon: 'map', word: 'nav_map' },
  { tab: 'technicians', icon: 'users', word: 'nav_technicians' },
  { tab: 'jobs', icon: 'list', word: 'nav_jobs' },
  { tab: 'inbox', icon: 'chat', word: 'inbox' },
];

/** On a narrow screen one of the parts is shown at a time. */
export function Tabs(props: { ui: Ui; unread: number }) {
  return (
    <nav class="tabs" aria-label={t('views')}>
      <For each={TABS}>
        {(item) => (
          <button
            type="button"
            aria-current={props.ui.tab() === item.tab ? 'page' : undefined}
            onClick={() => props.ui.setTab(item.tab)}
          >
            <Icon name={item.icon} />
            {t(item.word)}
            <Show when={item.tab === 'inbox' && props.unread > 0}>
              <span class="count">{props.unread}</span>
            </Show>
          </button>
        )}
      </For>
    </nav>
  );
}
