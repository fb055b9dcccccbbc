import { createEffect, createSignal, For, on, Show } from 'solid-js';
import type { Conversation, SendMessage } from '../api/schema';
import { t } from '../i18n';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/toast';
import { uploadPhoto } from './photo';
import type { InboxStore } from './store';
import { windowLeft } from './words';

/** Letters that WhatsApp takes in one message. */
const LONGEST = 4096;

/** Writing to a customer: words within 24 hours of their last message, a template after that. */
export function Composer(props: { inbox: InboxStore; conversation: Conversation; now: number }) {
  const [text, setText] = createSignal('');
  const [busy, setBusy] = createSignal(false);
  let field: HTMLTextAreaElement | undefined;
  let picture: HTMLInputElement | undefined;
  const isOpen = () => windowLeft(props.conversation, props.now) > 0;
  const hours = () => Math.floor(windowLeft(props.conversation, props.now) / 3_600_000);
  const to = () => ({ conversation_id: props.conversation.id });
  // What was begun for one customer must not go to another.
  createEffect(
    on(
      () => props.conversation.id,
      () => setText(''),
    ),
  );
  const send = async (body: SendMessage): Promise<boolean> => {
    setBusy(true);
    try {
      await props.inbox.send({ ...to(), ...body });
      return true;
    } catch (cause) {
      toast(failureText(cause));
      return false;
    } finally {
      setBusy(false);
    }
  };
  const say = async (event?: Event) => {
    event?.preventDefault();
    const words = text().trim();
    if (!words || busy()) return;
    if (await send({ kind: 'text', text: words })) setText('');
    field?.focus();
  };
  const show = async (file: File | undefined) => {
    if (!file) return;
    setBusy(true);
    try {
      const file_id = await uploadPhoto(file);
      await send({ kind: 'photo', file_id, caption: text().trim() || undefined });
      setText('');
    } catch (cause) {
      toast(failureText(cause));
    }
    setBusy(false);
    if (picture) picture.value = '';
  };
  const keyed = (event: KeyboardEvent) => {
    // Enter sends, Shift and Enter begins a line: as every messenger does.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) say(event);
  };
  const isUnderWay = () => props.conversation.job?.status === 'en_camino';

  return (
    <Show
      when={isOpen()}
      fallback={
        <div class="composer shut">
          <p class="small">
            <Icon name="clock" /> {t('window_shut')}
          </p>
          <div class="row">
            <button
              type="button"
              class="button"
              disabled={busy()}
              onClick={() =>
                send({
                  kind: 'template',
                  template: { name: 'welcome_customer', params: [props.conversation.name] },
                })
              }
            >
              {t('send_template')}
            </button>
            <Show when={isUnderWay()}>
              <button
                type="button"
                class="button"
                disabled={busy()}
                onClick={() => send({ kind: 'tracking_link' })}
              >
                <Icon name="truck" />
                {t('send_tracking')}
              </button>
            </Show>
          </div>
        </div>
      }
    >
      <form class="composer" onSubmit={say}>
        <Show when={props.inbox.state.replies.length > 0}>
          <fieldset class="quick" aria-label={t('quick_replies')}>
            <For each={props.inbox.state.replies}>
              {(reply) => (
                <button
                  type="button"
                  class="chip"
                  title={reply.text}
                  onClick={() => {
                    setText(reply.text);
                    field?.focus();
                  }}
                >
                  {reply.shortcut}
                </button>
              )}
            </For>
          </fieldset>
        </Show>
        <div class="row">
          <label class="button quiet icon-only" title={t('send_photo')}>
            <Icon name="plus" />
            <span class="sr-only">{t('send_photo')}</span>
            <input
              ref={picture}
              class="sr-only"
              type="file"
              accept="image/*"
              onChange={(event) => show(event.currentTarget.files?.[0])}
            />
          </label>
          <textarea
            ref={field}
            class="input"
            rows={1}
            maxLength={LONGEST}
            aria-label={t('write_message')}
            placeholder={t('write_message')}
            value={text()}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={keyed}
          />
          <button type="submit" class="button primary" disabled={busy() || !text().trim()}>
            <Icon name="navigate" />
            <span>{t('send')}</span>
          </button>
        </div>
        <p class="small muted row">
          <span>{hours() > 0 ? t('window_hours', { n: hours() }) : t('window_minutes')}</span>
          <Show when={isUnderWay()}>
            <button
              type="button"
              class="link"
              disabled={busy()}
              onClick={() => send({ kind: 'tracking_link' })}
            >
              {t('send_tracking')}
            </button>
          </Show>
        </p>
      </form>
    </Show>
  );
}
