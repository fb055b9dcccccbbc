import { createEffect, createSignal, For, on, Show } from 'solid-js';
import type { VoiceNote } from '../../api/schema';
import { t } from '../../i18n';
import { failureText } from '../../ui/failure';
import { Icon } from '../../ui/Icon';
import { audioOf, rows, type Sureness, sureness } from './voice';

function Sure(props: { how: Sureness }) {
  return (
    <span class={`badge ${props.how.kind}`}>
      <Icon name={props.how.icon} />
      {props.how.text}
    </span>
  );
}

/** A recording, its words, why it waits, and what was understood with how sure each part is. */
export function VoiceNoteView(props: { note: VoiceNote; playerRef: (player: HTMLAudioElement) => void }) {
  const [url, setUrl] = createSignal<string | null>(null);
  const [silence, setSilence] = createSignal('');
  createEffect(
    on(
      () => props.note.id,
      async (id) => {
        setUrl(null);
        setSilence(props.note.has_audio ? '' : t('voice_erased'));
        if (!props.note.has_audio) return;
        try {
          const { url } = await audioOf(id);
          // Another note may have been chosen meanwhile.
          if (props.note.id === id) setUrl(url);
        } catch (cause) {
          setSilence(failureText(cause));
        }
      },
    ),
  );
  return (
    <div class="stack">
      <p class="voice-who">
        <strong>{props.note.customer?.name ?? props.note.sender ?? t('voice_uploaded')}</strong>
        <Show when={props.note.customer?.phone ?? props.note.sender}>
          {(phone) => <span class="muted">{phone()}</span>}
        </Show>
      </p>
      <Show when={url()} fallback={<p class="muted">{silence() || t('loading')}</p>}>
        {(src) => (
          // biome-ignore lint/a11y/useMediaCaption: its transcript stands below
          <audio
            controls
            preload="metadata"
            src={src()}
            ref={props.playerRef}
            aria-label={t('voice_recording')}
          />
        )}
      </Show>
      <Show when={props.note.transcript}>
        {(words) => (
          <blockquote>
            {words()}
            <Show when={props.note.transcription_confidence != null}>
              <footer>
                {t('voice_heard')} <Sure how={sureness(props.note.transcription_confidence ?? 0, 0.7)} />
              </footer>
            </Show>
          </blockquote>
        )}
      </Show>
      <Show when={props.note.reasons.length > 0}>
        <div>
          <h3>{t('voice_why')}</h3>
          <ul class="voice-reasons">
            <For each={props.note.reasons}>
              {(reason) => (
                <li>
                  <Icon name="alert" /> {reason.text}
                </li>
              )}
            </For>
          </ul>
        </div>
      </Show>
      <Show when={rows(props.note).length > 0}>
        <div>
          <h3>
            {t('voice_understood')}{' '}
            <Show when={props.note.overall_confidence != null}>
              <Sure how={sureness(props.note.overall_confidence ?? 0)} />
            </Show>
          </h3>
          <dl class="voice-fields">
            <For each={rows(props.note)}>
              {(row) => (
                <div>
                  <dt>{row.label}</dt>
                  <dd>
                    <span>{row.value}</span>
                    <Sure how={row.how} />
                  </dd>
                </div>
              )}
            </For>
          </dl>
        </div>
      </Show>
    </div>
  );
}
