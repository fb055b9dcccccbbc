import { createEffect, createSignal, For, Show } from 'solid-js';
import { createChangeRequest, listUsers, uploadDirectly } from '../../api/routes';
import type { ChangeEntity, User } from '../../api/schema';
import { t, type Word } from '../../i18n';
import { Field } from '../../ui/Field';
import { failureText } from '../../ui/failure';
import { toast } from '../../ui/toast';
import { createSearch } from '../customers/search';
import { FIELDS, fieldWord, inputType, options } from './fields';

const ENTITIES: { entity: ChangeEntity; word: Word }[] = [
  { entity: 'organization', word: 'change_of_organization' },
  { entity: 'user', word: 'change_of_user' },
  { entity: 'customer', word: 'change_of_customer' },
];

/** Asks for a change of a protected field. */
export function AskForm(props: { onCancel: () => void; onDone: () => void }) {
  const [entity, setEntity] = createSignal<ChangeEntity>('organization');
  const [id, setId] = createSignal('');
  const [field, setField] = createSignal(FIELDS.organization[0] ?? '');
  const [requested, setRequested] = createSignal('');
  const [reason, setReason] = createSignal('');
  const [papers, setPapers] = createSignal<File[]>([]);
  const [people, setPeople] = createSignal<User[]>([]);
  const [failure, setFailure] = createSignal('');
  const [busy, setBusy] = createSignal(false);
  const search = createSearch();

  createEffect(() => {
    const chosen = entity();
    setId('');
    setField(FIELDS[chosen][0] ?? '');
    if (chosen === 'user' && people().length === 0)
      listUsers({ limit: 200 }).then(
        (page) => setPeople(page.items),
        (cause) => setFailure(failureText(cause)),
      );
    if (chosen === 'customer') search.ask('', 0);
  });
  createEffect(() => setRequested(options(field())[0] ?? ''));
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const of = entity() === 'organization' ? {} : { entity_id: id() };
      const body = {
        entity: entity(),
        field: field(),
        requested: requested().trim(),
        reason: reason().trim(),
      };
      // The same paper sent again is the same file: a second try after a failure costs nothing.
      const documents: string[] = [];
      for (const paper of papers())
        documents.push(
          (await uploadDirectly(paper, { purpose: 'document', name: paper.name.slice(0, 100) })).id,
        );
      const made = await createChangeRequest({ ...body, ...of, documents });
      toast(t(made.status === 'pending' ? 'change_asked' : 'change_was_approved'));
      props.onDone();
    } catch (cause) {
      setFailure(failureText(cause));
    }
    setBusy(false);
  };

  return (
    <form class="stack boxed" onSubmit={submit}>
      <Field label={t('change_of')}>
        {(wiring) => (
          <select
            {...wiring}
            class="input"
            value={entity()}
            onChange={(e) => setEntity(e.currentTarget.value as ChangeEntity)}
          >
            <For each={ENTITIES}>{({ entity, word }) => <option value={entity}>{t(word)}</option>}</For>
          </select>
        )}
      </Field>
      <Show when={entity() === 'user'}>
        <Field label={t('change_of_user')}>
          {(wiring) => (
            <select
              {...wiring}
              class="input"
              required
              value={id()}
              onChange={(e) => setId(e.currentTarget.value)}
            >
              <option value="">…</option>
              <For each={people()}>{(person) => <option value={person.id}>{person.name}</option>}</For>
            </select>
          )}
        </Field>
      </Show>
      <Show when={entity() === 'customer'}>
        <Field label={t('customer_search')}>
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              type="search"
              onInput={(e) => search.ask(e.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={t('customer_pick')}>
          {(wiring) => (
            <select
              {...wiring}
              class="input"
              required
              value={id()}
              onChange={(e) => setId(e.currentTarget.value)}
            >
              <option value="">{search.found()?.length ? '…' : t('customer_none')}</option>
              <For each={search.found() ?? []}>
                {(c) => (
                  <option value={c.id}>
                    {c.name} · {c.phone}
                  </option>
                )}
              </For>
            </select>
          )}
        </Field>
      </Show>
      <Field label={t('change_field')}>
        {(wiring) => (
          <select {...wiring} class="input" value={field()} onChange={(e) => setField(e.currentTarget.value)}>
            <For each={FIELDS[entity()]}>
              {(name) => <option value={name}>{t(fieldWord(name) ?? 'change_field')}</option>}
            </For>
          </select>
        )}
      </Field>
      <Field label={t('change_requested')}>
        {(wiring) => (
          <Show
            when={options(field()).length > 0}
            fallback={
              <input
                {...wiring}
                class="input"
                required
                type={inputType(field())}
                value={requested()}
                onInput={(e) => setRequested(e.currentTarget.value)}
              />
            }
          >
            <select
              {...wiring}
              class="input"
              value={requested()}
              onChange={(e) => setRequested(e.currentTarget.value)}
            >
              <For each={options(field())}>
                {(value) => <option value={value}>{value.replace('_', ' ')}</option>}
              </For>
            </select>
          </Show>
        )}
      </Field>
      <Field label={t('change_why')}>
        {(wiring) => (
          <textarea
            {...wiring}
            class="input"
            required
            minlength="3"
            maxlength="1000"
            value={reason()}
            onInput={(e) => setReason(e.currentTarget.value)}
          />
        )}
      </Field>
      <Field label={`${t('change_papers')} (${t('optional')})`} hint={t('change_papers_hint')}>
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            type="file"
            multiple
            accept="application/pdf,image/jpeg,image/png"
            onChange={(e) => setPapers([...(e.currentTarget.files ?? [])].slice(0, 10))}
          />
        )}
      </Field>
      <Show when={failure()}>
        <p class="form-error" role="alert">
          {failure()}
        </p>
      </Show>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={() => props.onCancel()}>
          {t('cancel')}
        </button>
        <button type="submit" class="button primary" disabled={busy()}>
          {t('change_ask')}
        </button>
      </div>
    </form>
  );
}
