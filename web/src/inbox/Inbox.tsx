import { createEffect, createSignal, on, onCleanup, onMount, Show } from 'solid-js';
import type { Store } from '../dispatch/store';
import type { Ui } from '../dispatch/ui';
import { t } from '../i18n';
import { Icon } from '../ui/Icon';
import { ConversationList } from './ConversationList';
import './inbox.css';
import type { InboxStore } from './store';
import { Thread } from './Thread';

/** The office's inbox: conversations beside the one that is read. On a phone one of the two is shown. */
export function Inbox(props: { ui: Ui; store: Store; inbox: InboxStore; onJob: (id: string) => void }) {
  const inbox = props.inbox;
  const [quiet, setQuiet] = createSignal<ReturnType<typeof setInterval>>();
  createEffect(
    on(
      () => props.ui.tab() === 'inbox',
      (isShown) => {
        if (!isShown) return;
        inbox.look();
        inbox.loadReplies().catch(() => null);
      },
    ),
  );
  // Statuses of messages are no events: while a thread is open it is looked at again now and then.
  onMount(() => {
    const again = () => {
      const id = inbox.state.chosen;
      if (id && props.ui.tab() === 'inbox' && document.visibilityState === 'visible') inbox.loadThread(id);
    };
    setQuiet(setInterval(again, 5_000));
  });
  onCleanup(() => clearInterval(quiet()));
  return (
    <section class="inbox" classList={{ reading: inbox.state.chosen !== null }} aria-label={t('inbox')}>
      <ConversationList inbox={inbox} now={props.ui.now()} />
      <Show
        when={inbox.chosen()}
        fallback={
          <div class="thread blank">
            <Icon name="chat" />
            <p>{t('inbox_choose')}</p>
          </div>
        }
      >
        {(conversation) => (
          <Thread
            ui={props.ui}
            store={props.store}
            inbox={inbox}
            conversation={conversation()}
            onJob={props.onJob}
          />
        )}
      </Show>
    </section>
  );
}
