import { Show } from 'solid-js';
import { logout, type Remembered } from '../api/session';
import { t } from '../i18n';
import { Bell } from '../notices/Bell';
import { disablePush } from '../notices/push';
import { Brand, Icon, type IconName } from '../ui/Icon';
import { LangSwitch } from '../ui/LangSwitch';
import { toast } from '../ui/toast';
import { isOn } from './services';
import type { Store } from './store';
import type { Ui } from './ui';
import { waiting } from './voice/voice';

/** Whether what the page shows is live, by word. */
function Live(props: { store: Store }) {
  const look = (): { kind: string; icon: IconName; text: string } => {
    const { phase, ready } = props.store.state;
    if (phase === 'live' && ready) return { kind: 'ok', icon: 'check', text: t('live_on') };
    if (phase === 'taken') return { kind: 'warn', icon: 'alert', text: t('live_taken') };
    if (phase === 'waiting') return { kind: 'offline', icon: 'offline', text: t('live_off') };
    return { kind: 'scheduled', icon: 'cloud', text: t('live_connecting') };
  };
  return (
    <span class={`badge ${look().kind}`} role="status">
      <Icon name={look().icon} />
      {look().text}
    </span>
  );
}

export function TopBar(props: {
  ui: Ui;
  store: Store;
  who: Remembered;
  searchRef: (input: HTMLInputElement) => void;
  onJob: (id: string) => void;
  /** Conversations with messages that nobody read. */
  unread: number;
}) {
  const ui = props.ui;
  const leave = async () => {
    // Whoever signs in here next is not woken by what was for somebody else.
    await disablePush().catch(() => null);
    if (!(await logout())) toast(t('error_network'));
  };
  return (
    <header class="top">
      <Brand name={props.who.organization.name || t('app')} />
      <Live store={props.store} />
      <search class="search">
        <Icon name="search" />
        <input
          ref={props.searchRef}
          class="input"
          type="search"
          aria-label={t('search')}
          placeholder={t('search_hint')}
          value={ui.query()}
          onInput={(e) => ui.setQuery(e.currentTarget.value)}
        />
      </search>
      <button type="button" class="button primary new" onClick={() => ui.setOpen('job_form')}>
        <Icon name="plus" />
        <span>{t('new_job')}</span>
      </button>
      <button
        type="button"
        class="button inbox-button"
        aria-pressed={ui.tab() === 'inbox'}
        onClick={() => ui.setTab(ui.tab() === 'inbox' ? 'map' : 'inbox')}
      >
        <Icon name="chat" />
        <span>{t('inbox')}</span>
        <Show when={props.unread > 0}>
          <span class="count">
            {props.unread} <span class="sr-only">{t('inbox_unread')}</span>
          </span>
        </Show>
      </button>
      <div class="tools">
        <button
          type="button"
          class="button quiet"
          classList={{ 'icon-only': !waiting()?.length }}
          aria-label={t('voice_open', { n: waiting()?.length ?? 0 })}
          title={t('voice')}
          onClick={() => ui.setOpen('voice')}
        >
          <Icon name="mic" />
          <Show when={waiting()?.length}>{(n) => <span class="count">{n()}</span>}</Show>
        </button>
        <button
          type="button"
          class="button quiet icon-only help"
          aria-label={t('shortcuts')}
          title={t('shortcuts')}
          onClick={() => ui.setOpen('help')}
        >
          <Icon name="help" />
        </button>
        <Bell inbox={props.store.inbox} onJob={props.onJob} onPreferences={() => ui.setOpen('preferences')} />
        <button
          type="button"
          class="button quiet icon-only"
          aria-label={t('customers')}
          title={t('customers')}
          onClick={() => ui.setOpen('customers')}
        >
          <Icon name="users" />
        </button>
        <Show when={['owner', 'admin'].includes(props.who.user.role ?? '')}>
          <button
            type="button"
            class="button quiet icon-only"
            aria-label={t('changes')}
            title={t('changes')}
            onClick={() => ui.setOpen('changes')}
          >
            <Icon name="lock" />
          </button>
          <button
            type="button"
            class="button quiet icon-only"
            aria-label={t('hooks')}
            title={t('hooks')}
            onClick={() => ui.setOpen('webhooks')}
          >
            <Icon name="hook" />
          </button>
          <button
            type="button"
            class="button quiet icon-only"
            aria-label={t('queues')}
            title={t('queues')}
            onClick={() => ui.setOpen('queues')}
          >
            <Icon name="clock" />
          </button>
          <button
            type="button"
            class="button quiet icon-only"
            aria-label={t('services')}
            title={t('services')}
            onClick={() => ui.setOpen('services')}
          >
            <Icon name="wrench" />
          </button>
          <button
            type="button"
            class="button quiet icon-only"
            aria-label={t('audit')}
            title={t('audit')}
            onClick={() => ui.setOpen('audit')}
          >
            <Icon name="eye" />
          </button>
        </Show>
        <Show when={['owner', 'admin'].includes(props.who.user.role ?? '') && isOn('ui.coverage')}>
          <button
            type="button"
            class="button quiet icon-only"
            aria-label={t('coverage')}
            title={t('coverage')}
            onClick={() => ui.setOpen('coverage')}
          >
            <Icon name="chart" />
          </button>
        </Show>
        <button
          type="button"
          class="button quiet icon-only"
          aria-label={t('team')}
          title={t('team')}
          onClick={() => ui.setOpen('team')}
        >
          <Icon name="users" />
        </button>
        <button
          type="button"
          class="button quiet icon-only"
          aria-label={t('sessions')}
          title={t('sessions')}
          onClick={() => ui.setOpen('security')}
        >
          <Icon name="lock" />
        </button>
        <LangSwitch />
        <button
          type="button"
          class="button quiet icon-only"
          aria-label={t('sign_out')}
          title={t('sign_out')}
          onClick={leave}
        >
          <Icon name="signout" />
        </button>
      </div>
    </header>
  );
}
