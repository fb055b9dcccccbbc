import { createSignal, For, Show } from 'solid-js';
import type { Notification } from '../api/schema';
import { t } from '../i18n';
import { ago } from '../i18n/format';
import { Dialog } from '../ui/Dialog';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/toast';
import type { Inbox } from './inbox';
import './notices.css';
import { PushRow } from './PushRow';
import { jobOf, wording } from './words';

/** The person's inbox behind a bell: how many are unread, the list, and whether this browser may be woken. */
export function Bell(props: { inbox: Inbox; onJob: (id: string) => void; onPreferences: () => void }) {
  const [open, setOpen] = createSignal(false);
  const state = () => props.inbox.state;
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (cause) {
      toast(failureText(cause));
    }
  };
  const label = () => (state().unread > 0 ? t('notices_unread', { n: state().unread }) : t('notices'));
  const follow = (notice: Notification) => {
    attempt(() => props.inbox.read(notice));
    const job = jobOf(notice);
    if (!job) return;
    setOpen(false);
    props.onJob(job);
  };
  const show = () => {
    setOpen(true);
    props.inbox.load();
  };
  return (
    <>
      <button
        type="button"
        class="button quiet icon-only bell"
        aria-label={label()}
        title={label()}
        onClick={show}
      >
        <Icon name="bell" />
        <Show when={state().unread > 0}>
          <span class="count" aria-hidden="true">
            {state().unread > 99 ? '99+' : state().unread}
          </span>
        </Show>
      </button>
      <span class="sr-only" role="status">
        {state().unread > 0 ? label() : ''}
      </span>
      <Dialog open={open()} title={t('notices')} onClose={() => setOpen(false)}>
        <Show when={state().failed}>
          <p class="problem" role="alert">
            {t('error_network')}
          </p>
        </Show>
        <Show
          when={state().items.length > 0}
          fallback={<p class="muted">{state().ready ? t('notices_empty') : t('loading')}</p>}
        >
          <ul class="notices">
            <For each={state().items}>
              {(notice) => <Row notice={notice} onFollow={() => follow(notice)} />}
            </For>
          </ul>
        </Show>
        <Show when={state().next}>
          <button type="button" class="button" onClick={() => attempt(() => props.inbox.more())}>
            {t('notices_more')}
          </button>
        </Show>
        <PushRow />
        <div class="dialog-foot">
          <button
            type="button"
            class="button quiet"
            onClick={() => {
              setOpen(false);
              props.onPreferences();
            }}
          >
            {t('preferences')}
          </button>
          <button
            type="button"
            class="button"
            disabled={state().unread === 0}
            onClick={() => attempt(() => props.inbox.readAll())}
          >
            <Icon name="check" />
            {t('notices_read_all')}
          </button>
        </div>
      </Dialog>
    </>
  );
}

function Row(props: { notice: Notification; onFollow: () => void }) {
  const said = () => wording(props.notice);
  return (
    <li>
      <button
        type="button"
        class="notice"
        classList={{ unread: !props.notice.read_at }}
        onClick={() => props.onFollow()}
      >
        <span class="head">
          <strong>{said().title}</strong>
          <span class="small muted">{ago(Date.now() - Date.parse(props.notice.created_at))}</span>
        </span>
        <span class="text">{said().body}</span>
        <Show when={!props.notice.read_at}>
          <span class="small new">{t('notice_new')}</span>
        </Show>
      </button>
    </li>
  );
}
