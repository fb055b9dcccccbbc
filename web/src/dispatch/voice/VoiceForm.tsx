import { createSignal, For, Show } from 'solid-js';
import { createStore } from 'solid-js/store';
import type { VoiceNote } from '../../api/schema';
import { t, type Word } from '../../i18n';
import { Field } from '../../ui/Field';
import { Icon } from '../../ui/Icon';
import { AddressField } from '../AddressField';
import { isExact } from '../addresses';
import { WhenFields } from '../WhenFields';
import { check, corrections, draftOf } from './voice';

const TYPES = ['plomeria', 'electricidad', 'aire_acondicionado', 'gas', 'calefaccion', 'general'];
const PRIORITIES = ['low', 'normal', 'high', 'urgent'];

/** The proposed job, to be corrected before it is made. */
export function VoiceForm(props: {
  note: VoiceNote;
  busy: boolean;
  onCancel: () => void;
  onSave: (fields: Record<string, unknown>) => void;
}) {
  const [draft, setDraft] = createStore(draftOf(props.note));
  const [tried, setTried] = createSignal(false);
  const errors = () => (tried() ? check(draft) : {});
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(check(draft)).length === 0) props.onSave(corrections(props.note, draft));
  };
  return (
    <form class="stack" onSubmit={submit} novalidate aria-label={t('voice_edit')}>
      <Field label={t('job_title')} error={errors().title}>
        {(wiring) => (
          <input
            {...wiring}
            ref={(input) => setTimeout(() => input.focus())}
            class="input"
            maxlength="200"
            value={draft.title}
            onInput={(e) => setDraft('title', e.currentTarget.value)}
          />
        )}
      </Field>
      <Field label={t('voice_field_problem_description')}>
        {(wiring) => (
          <textarea
            {...wiring}
            class="input"
            maxlength="2000"
            value={draft.description}
            onInput={(e) => setDraft('description', e.currentTarget.value)}
          />
        )}
      </Field>
      <div class="voice-two">
        <Field label={t('voice_field_service_type')}>
          {(wiring) => (
            <select
              {...wiring}
              class="input"
              value={draft.job_type}
              onChange={(e) => setDraft('job_type', e.currentTarget.value)}
            >
              <For each={TYPES}>
                {(type) => <option value={type}>{t(`voice_service_type_${type}` as Word)}</option>}
              </For>
            </select>
          )}
        </Field>
        <Field label={t('voice_field_urgency')}>
          {(wiring) => (
            <select
              {...wiring}
              class="input"
              value={draft.priority}
              onChange={(e) => setDraft('priority', e.currentTarget.value)}
            >
              <For each={PRIORITIES}>
                {(one) => <option value={one}>{t(`voice_priority_${one}` as Word)}</option>}
              </For>
            </select>
          )}
        </Field>
      </div>
      <AddressField
        value={draft.address}
        onInput={(text) => setDraft({ address: text, place: null })}
        onPick={(found, text) =>
          setDraft({ address: text, place: isExact(found.precision) ? { ...found.at } : null })
        }
      />
      <Show when={draft.place}>
        <p class="small" role="status">
          <Icon name="pin" /> {t('place_set')}
        </p>
      </Show>
      <WhenFields value={draft.when} isWrong={false} onChange={(change) => setDraft('when', change)} />
      <Show
        when={!props.note.customer}
        fallback={
          <p class="small muted">
            {t('voice_known', {
              name: props.note.customer?.name ?? '',
              phone: props.note.customer?.phone ?? '',
            })}
          </p>
        }
      >
        <div class="voice-two">
          <Field label={t('voice_field_customer_name')}>
            {(wiring) => (
              <input
                {...wiring}
                class="input"
                maxlength="200"
                value={draft.customer_name}
                onInput={(e) => setDraft('customer_name', e.currentTarget.value)}
              />
            )}
          </Field>
          <Field label={t('voice_field_phone')} error={errors().phone}>
            {(wiring) => (
              <input
                {...wiring}
                class="input"
                type="tel"
                value={draft.customer_phone}
                onInput={(e) => setDraft('customer_phone', e.currentTarget.value)}
              />
            )}
          </Field>
        </div>
      </Show>
      <Field label={`${t('notes')} (${t('optional')})`}>
        {(wiring) => (
          <textarea
            {...wiring}
            class="input"
            maxlength="2000"
            value={draft.notes}
            onInput={(e) => setDraft('notes', e.currentTarget.value)}
          />
        )}
      </Field>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={() => props.onCancel()}>
          {t('cancel')}
        </button>
        <button type="submit" class="button primary" disabled={props.busy}>
          {t('create_job')}
        </button>
      </div>
    </form>
  );
}
