import { createResource, For, Match, Show, Switch } from 'solid-js';
import { getWhatsappMedia } from '../api/routes';
import type { InboxMessage } from '../api/schema';
import { t } from '../i18n';
import { clock } from '../i18n/format';
import { Icon } from '../ui/Icon';
import { kindText, placeOf, standing } from './words';

/** Links are good for an hour and end with the page. */
const fileOf = (message: InboxMessage) => getWhatsappMedia(message.id);

/** What a message brought along. */
function Media(props: { message: InboxMessage }) {
  const stored = () => (props.message.media?.state === 'stored' ? props.message : null);
  const [file] = createResource(stored, fileOf);
  const mime = () => props.message.media?.mime ?? '';
  const name = () => props.message.media?.filename || kindText(props.message.kind);
  return (
    <Switch>
      <Match when={props.message.media?.state === 'pending'}>
        <p class="small muted">{t('media_pending', { kind: name() })}</p>
      </Match>
      <Match when={props.message.media?.state === 'failed' || file.error}>
        <p class="small problem">{t('media_failed', { kind: name() })}</p>
      </Match>
      <Match when={file()}>
        {(got) => (
          <Switch
            fallback={
              <a class="paper" href={got().url ?? '#'} target="_blank" rel="noreferrer">
                <Icon name="list" />
                {name()}
              </a>
            }
          >
            <Match when={mime().startsWith('image/')}>
              <a href={got().url ?? '#'} target="_blank" rel="noreferrer">
                <img
                  src={got().url ?? ''}
                  alt={props.message.text ?? kindText(props.message.kind)}
                  loading="lazy"
                />
              </a>
            </Match>
            <Match when={mime().startsWith('audio/')}>
              {/* biome-ignore lint/a11y/useMediaCaption: a customer's voice note has none; its transcript stands in the review */}
              <audio controls preload="none" src={got().url ?? ''} aria-label={kindText('voice')} />
            </Match>
            <Match when={mime().startsWith('video/')}>
              {/* biome-ignore lint/a11y/useMediaCaption: a customer's video has none */}
              <video controls preload="none" src={got().url ?? ''} aria-label={kindText('video')} />
            </Match>
          </Switch>
        )}
      </Match>
    </Switch>
  );
}

function Place(props: { message: InboxMessage }) {
  return (
    <Show when={placeOf(props.message)}>
      {(place) => (
        <a
          class="paper"
          href={`https://www.openstreetmap.org/?mlat=${place().lat}&mlon=${place().lon}#map=17/${place().lat}/${place().lon}`}
          target="_blank"
          rel="noreferrer"
        >
          <Icon name="pin" />
          {place().name || `${place().lat.toFixed(5)}, ${place().lon.toFixed(5)}`}
        </a>
      )}
    </Show>
  );
}

interface Contact {
  name?: string;
  phones?: string[];
}

function Contacts(props: { message: InboxMessage }) {
  const all = () => ((props.message.content as { contacts?: Contact[] }).contacts ?? []).filter(Boolean);
  return (
    <For each={all()}>
      {(contact) => (
        <p class="paper">
          <Icon name="user" />
          {contact.name ?? ''} {(contact.phones ?? []).join(', ')}
        </p>
      )}
    </For>
  );
}

/** One message as it would look on a phone: its words, what it brought along, where it stands. */
export function Bubble(props: { message: InboxMessage; author: string | null; quoted: InboxMessage | null }) {
  const message = () => props.message;
  const isOut = () => message().direction === 'out';
  const title = () => {
    const { title: said } = message().content as { title?: unknown };
    return typeof said === 'string' && said !== message().text ? said : null;
  };
  const bare = () =>
    !message().is_deleted && !message().text && !message().media && !placeOf(message()) && !title();
  return (
    <li class="bubble" classList={{ out: isOut(), in: !isOut() }} data-message={message().id}>
      <Show when={props.quoted}>
        {(quoted) => <blockquote>{quoted().text ?? kindText(quoted().kind)}</blockquote>}
      </Show>
      <Show when={message().media && !message().is_deleted}>
        <Media message={message()} />
      </Show>
      <Place message={message()} />
      <Contacts message={message()} />
      <Show when={message().is_deleted}>
        <p class="muted">{t('message_deleted')}</p>
      </Show>
      <Show when={message().text}>
        <p class="words">{message().text}</p>
      </Show>
      <Show when={title()}>
        <p class="words">{title()}</p>
      </Show>
      <Show when={bare()}>
        <p class="muted">{kindText(message().kind)}</p>
      </Show>
      <Show when={message().reactions.length > 0}>
        <span class="reactions">
          <For each={message().reactions}>{(reaction) => <span>{reaction.emoji}</span>}</For>
        </span>
      </Show>
      <footer class="small muted num">
        <Show when={isOut()}>
          <span>{props.author ?? (message().event ? t('message_by_rule') : '')}</span>
        </Show>
        <Show when={message().is_edited}>
          <span>{t('message_edited')}</span>
        </Show>
        <time dateTime={message().at}>{clock(Date.parse(message().at))}</time>
        <Show when={isOut()}>
          <span class={`ticks ${message().state}`} title={t(standing(message()).word)}>
            <span aria-hidden="true">{standing(message()).ticks}</span>
            <span class="sr-only">{t(standing(message()).word)}</span>
          </span>
        </Show>
      </footer>
      <Show when={message().error}>
        {(error) => (
          <p class="small problem">
            {t('message_error', { code: error().code, detail: error().detail ?? '' })}
          </p>
        )}
      </Show>
    </li>
  );
}
