import { createEffect, createMemo, For, on, Show } from 'solid-js';
import type { Conversation, InboxMessage } from '../api/schema';
import type { Store } from '../dispatch/store';
import type { Ui } from '../dispatch/ui';
import { t } from '../i18n';
import { day, dayKey } from '../i18n/format';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/toast';
import { Bubble } from './Bubble';
import { Composer } from './Composer';
import { JobBar } from './JobBar';
import type { InboxStore } from './store';

/** One conversation: who it is, what they ask for, what was said, an answer. */
export function Thread(props: {
  ui: Ui;
  store: Store;
  inbox: InboxStore;
  conversation: Conversation;
  onJob: (id: string) => void;
}) {
  const inbox = props.inbox;
  let list: HTMLOListElement | undefined;
  const said = createMemo(() => [...inbox.state.messages].reverse());
  const byProvider = createMemo(
    () => new Map(inbox.state.messages.filter((m) => m.provider_id).map((m) => [m.provider_id, m])),
  );
  const opensDay = (message: InboxMessage, index: number) => {
    const before = said()[index - 1];
    return !before || dayKey(before.at) !== dayKey(message.at);
  };
  // The newest is in sight when the thread opens and when something is said, unless one reads further up.
  createEffect(
    on(
      () => [inbox.state.chosen, inbox.state.messages[0]?.id],
      (now, before) => {
        if (!list) return;
        const isLow = list.scrollHeight - list.scrollTop - list.clientHeight < 160;
        if (isLow || before?.[0] !== now[0]) queueMicrotask(() => list?.scrollTo({ top: list.scrollHeight }));
      },
    ),
  );
  const change = (status: 'open' | 'closed' | 'archived' | 'spam') => {
    const before = props.conversation.status;
    const id = props.conversation.id;
    inbox
      .edit(id, { status })
      .then(() =>
        toast(t('conversation_moved'), () => {
          inbox.edit(id, { status: before }).catch((cause) => toast(failureText(cause)));
        }),
      )
      .catch((cause) => toast(failureText(cause)));
  };
  const name = (id: string | null | undefined) =>
    id ? (props.store.state.technicians[id]?.name ?? t('office')) : null;

  return (
    <div class="thread">
      <header class="thread-head">
        <button
          type="button"
          class="button quiet icon-only back"
          aria-label={t('back')}
          onClick={() => inbox.choose(null)}
        >
          <Icon name="back" />
        </button>
        <div class="who">
          <strong>{props.conversation.name}</strong>
          <span class="small muted">
            {props.conversation.phone ?? props.conversation.username ?? ''}
            <Show when={props.conversation.customer?.address}>{(address) => ` · ${address()}`}</Show>
          </span>
        </div>
        <Show when={props.conversation.phone}>
          {(phone) => (
            <a
              class="button quiet icon-only"
              href={`tel:${phone()}`}
              aria-label={t('call')}
              title={t('call')}
            >
              <Icon name="phone" />
            </a>
          )}
        </Show>
        <select
          class="quiet"
          aria-label={t('conversation_state')}
          value={props.conversation.status}
          onChange={(event) => change(event.currentTarget.value as 'open')}
        >
          <option value="open">{t('inbox_open')}</option>
          <option value="closed">{t('inbox_closed')}</option>
          <option value="archived">{t('inbox_archived')}</option>
          <option value="spam">{t('inbox_spam')}</option>
        </select>
      </header>
      <JobBar inbox={inbox} store={props.store} conversation={props.conversation} onJob={props.onJob} />
      <ol class="messages" ref={list} aria-label={t('messages_with', { name: props.conversation.name })}>
        <Show when={inbox.state.older}>
          <li class="older">
            <button
              type="button"
              class="button quiet"
              onClick={() => inbox.loadOlder().catch((cause) => toast(failureText(cause)))}
            >
              {t('messages_older')}
            </button>
          </li>
        </Show>
        <Show when={inbox.state.thread === 'loading'}>
          <li class="blank">{t('loading')}</li>
        </Show>
        <For each={said()}>
          {(message, index) => (
            <>
              <Show when={opensDay(message, index())}>
                <li class="day small">{day(message.at)}</li>
              </Show>
              <Bubble
                message={message}
                author={name(message.sent_by)}
                quoted={message.reply_to ? (byProvider().get(message.reply_to) ?? null) : null}
              />
            </>
          )}
        </For>
      </ol>
      <Composer inbox={inbox} conversation={props.conversation} now={props.ui.now()} />
    </div>
  );
}
