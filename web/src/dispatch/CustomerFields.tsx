import { createEffect, createMemo, createSignal, For, Show } from 'solid-js';
import { t } from '../i18n';
import { Field } from '../ui/Field';
import { Doubles } from './customers/Doubles';
import { createDoubles, createSearch } from './customers/search';
import type { Draft, Errors } from './job-form';
import { customers } from './people';

const SHOWN = 50;

/** An existing customer, found by any word or number of theirs, or a new one, unless they are there already. */
export function CustomerFields(props: {
  draft: Draft;
  errors: Errors;
  onChange: (change: Partial<Draft>) => void;
  onPick: (id: string) => void;
}) {
  const [query, setQuery] = createSignal('');
  const search = createSearch();
  const double = createDoubles();
  createEffect(() => {
    const { mode, customer_name, customer_phone, address } = props.draft;
    if (mode === 'new') double.ask(customer_name, customer_phone, address);
  });
  const take = (id: string) => {
    props.onChange({ mode: 'existing' });
    props.onPick(id);
  };
  const found = createMemo(() => {
    // Before anything is typed, the customers at hand; then what the server finds among all.
    const all = (query() && search.found()) || customers();
    const chosen = customers().filter((c) => c.id === props.draft.customer_id && !all.includes(c));
    const shown = all.slice(0, SHOWN);
    return query()
      ? [...chosen, ...shown]
      : shown.concat(chosen).sort((a, b) => a.name.localeCompare(b.name, 'es'));
  });
  return (
    <fieldset class="stack boxed">
      <legend>{t('customer')}</legend>
      <div class="modes">
        <label>
          <input
            type="radio"
            name="customer-mode"
            checked={props.draft.mode === 'existing'}
            onChange={() => props.onChange({ mode: 'existing' })}
          />
          {t('customer_existing')}
        </label>
        <label>
          <input
            type="radio"
            name="customer-mode"
            checked={props.draft.mode === 'new'}
            onChange={() => props.onChange({ mode: 'new' })}
          />
          {t('customer_new')}
        </label>
      </div>
      <Show
        when={props.draft.mode === 'existing'}
        fallback={
          <>
            <div class="pair">
              <Field label={t('person_name')} error={props.errors.name}>
                {(wiring) => (
                  <input
                    {...wiring}
                    class="input"
                    autocomplete="off"
                    maxlength="200"
                    value={props.draft.customer_name}
                    onInput={(e) => props.onChange({ customer_name: e.currentTarget.value })}
                  />
                )}
              </Field>
              <Field label={t('phone')} error={props.errors.phone}>
                {(wiring) => (
                  <input
                    {...wiring}
                    class="input"
                    type="tel"
                    autocomplete="off"
                    value={props.draft.customer_phone}
                    onInput={(e) => props.onChange({ customer_phone: e.currentTarget.value })}
                  />
                )}
              </Field>
            </div>
            <Doubles doubles={double.doubles()} onTake={take} />
          </>
        }
      >
        <Show when={customers().length > 8}>
          <Field label={t('customer_search')}>
            {(wiring) => (
              <input
                {...wiring}
                class="input"
                type="search"
                value={query()}
                onInput={(e) => {
                  setQuery(e.currentTarget.value);
                  search.ask(e.currentTarget.value);
                }}
              />
            )}
          </Field>
        </Show>
        <Field label={t('customer_pick')} error={props.errors.customer}>
          {(wiring) => (
            <select
              {...wiring}
              class="input"
              value={props.draft.customer_id}
              onChange={(e) => props.onPick(e.currentTarget.value)}
            >
              <option value="">{found().length > 0 ? '…' : t('customer_none')}</option>
              <For each={found()}>
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
    </fieldset>
  );
}
