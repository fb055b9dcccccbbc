import { For, onCleanup, Show } from 'solid-js';
import { t, type Word } from '../i18n';
import { ago } from '../i18n/format';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/toast';
import type { Filter, InboxStore } from './store';
import { preview, windowLeft } from './words';

const FILTERS: { filter: Filter; word: Word }[] = [
  { filter: 'all', word: 'inbox_all' },
  { filter: 'unread', word: 'inbox_unread' },
  { filter: 'in_window', word: 'inbox_in_window' },
  { filter: 'mine', word: 'inbox_mine' },
];

/** Conversations, newest first, with what waits in each. */
export function ConversationList(props: { inbox: InboxStore; now: number }) {
  const inbox = props.inbox;
  let typed: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(typed));
  const search = (query: string) => {
    clearTimeout(typed);
    typed = setTimeout(() => inbox.look({ query }), 250);
  };
  /** Arrow keys go through the list, as through any. */
  const walked = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const rows = [...document.querySelectorAll<HTMLElement>('.conversations .hit')];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    event.preventDefault();
    rows[at + (event.key === 'ArrowDown' ? 1 : -1)]?.focus();
  };
  return (
    <div class="conversations">
      <div class="panel-head">
        <h2>{t('inbox')}</h2>
        <select
          class="quiet"
          aria-label={t('inbox_which')}
          value={inbox.state.status}
          onChange={(event) => inbox.look({ status: event.currentTarget.value as typeof inbox.state.status })}
        >
          <option value="open">{t('inbox_open')}</option>
          <option value="archived">{t('inbox_archived')}</option>
          <option value="spam">{t('inbox_spam')}</option>
        </select>
      </div>
      <search class="inbox-search">
        <input
          class="input"
          type="search"
          aria-label={t('inbox_search')}
          placeholder={t('inbox_search')}
          onInput={(event) => search(event.currentTarget.value)}
        />
      </search>
      <fieldset class="filters" aria-label={t('inbox_which')}>
        <For each={FILTERS}>
          {(entry) => (
            <button
              type="button"
              class="chip"
              aria-pressed={inbox.state.filter === entry.filter}
              onClick={() => inbox.look({ filter: entry.filter })}
            >
              {t(entry.word)}
            </button>
          )}
        </For>
      </fieldset>
      <Show when={inbox.state.trouble}>
        <p class="problem" role="alert">
          {inbox.state.trouble}
        </p>
      </Show>
      <Show when={inbox.state.loaded} fallback={<p class="blank">{t('loading')}</p>}>
        <Show
          when={inbox.state.conversations.length > 0}
          fallback={
            <div class="blank">
              <Icon name="chat" />
              <p>
                {inbox.state.query || inbox.state.filter !== 'all' ? t('inbox_no_match') : t('inbox_empty')}
              </p>
            </div>
          }
        >
          <ul class="list" onKeyDown={walked}>
            <For each={inbox.state.conversations}>
              {(row) => (
                <li class="item" classList={{ selected: inbox.state.chosen === row.id }}>
                  <button
                    type="button"
                    class="hit"
                    aria-pressed={inbox.state.chosen === row.id}
                    onClick={() => inbox.choose(row.id).catch((cause) => toast(failureText(cause)))}
                  >
                    <span class="first">
                      <strong>{row.name}</strong>
                      <span class="small muted num">{ago(props.now - Date.parse(row.last_at))}</span>
                    </span>
                    <span class="small line">{preview(row)}</span>
                    <span class="meta small">
                      <Show when={row.unread > 0}>
                        <span class="count">
                          {row.unread} <span class="sr-only">{t('inbox_unread')}</span>
                        </span>
                      </Show>
                      <Show when={row.open_requests > 0}>
                        <span class="asks">
                          <Icon name="wrench" />
                          {t('inbox_asks')}
                        </span>
                      </Show>
                      <Show when={windowLeft(row, props.now) === 0 && row.last_inbound_at}>
                        <span>{t('inbox_window_shut')}</span>
                      </Show>
                      <Show when={row.status === 'closed'}>
                        <span>{t('inbox_closed')}</span>
                      </Show>
                    </span>
                  </button>
                </li>
              )}
            </For>
          </ul>
          <Show when={inbox.state.more}>
            <button
              type="button"
              class="button quiet more"
              onClick={() => inbox.lookFurther().catch((cause) => toast(failureText(cause)))}
            >
              {t('inbox_more')}
            </button>
          </Show>
        </Show>
      </Show>
    </div>
  );
}
