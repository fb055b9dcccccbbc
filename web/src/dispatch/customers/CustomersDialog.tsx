import { createEffect, createSignal, For, Show } from 'solid-js';
import { listDuplicateCustomers } from '../../api/routes';
import type { Customer, Duplicate } from '../../api/schema';
import { t } from '../../i18n';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { failureText } from '../../ui/failure';
import type { Ui } from '../ui';
import { MergeForm } from './MergeForm';
import { createSearch, REASONS } from './search';

/** Customers: found by any word of theirs, and those who may be one, to be merged by owners and admins. */
export function CustomersDialog(props: { ui: Ui; canMerge: boolean }) {
  const isOpen = () => props.ui.open() === 'customers';
  const [query, setQuery] = createSignal('');
  const [pairs, setPairs] = createSignal<Duplicate[] | null>(null);
  const [chosen, setChosen] = createSignal<[Customer, Customer] | null>(null);
  const [trouble, setTrouble] = createSignal('');
  const search = createSearch();

  const load = async () => {
    try {
      setPairs((await listDuplicateCustomers({ limit: 50 })).items);
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
  };
  createEffect(() => {
    if (!isOpen()) return;
    setChosen(null);
    setQuery('');
    search.ask('', 0);
    load();
  });
  const merged = () => {
    setChosen(null);
    search.ask(query(), 0);
    load();
  };

  return (
    <Dialog open={isOpen()} title={t('customers')} onClose={() => props.ui.setOpen(null)}>
      <Show when={trouble()}>
        <p class="problem" role="alert">
          {trouble()}
        </p>
        <button type="button" class="button" onClick={load}>
          {t('try_again')}
        </button>
      </Show>
      <Show
        when={chosen()}
        fallback={
          <>
            <Field label={t('customer_search')} hint={t('customer_search_hint')}>
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
            <ul class="queues">
              <For each={search.found() ?? []} fallback={<li class="muted">{t('customer_none')}</li>}>
                {(c) => (
                  <li>
                    <strong>{c.name}</strong>
                    <span>{[c.phone, c.address, c.cuit].filter(Boolean).join(' · ')}</span>
                  </li>
                )}
              </For>
            </ul>
            <h3>{t('doubles')}</h3>
            <p class="small muted">{t('doubles_hint')}</p>
            <ul class="queues">
              <For each={pairs() ?? []} fallback={<li class="muted">{t('doubles_none')}</li>}>
                {(pair) => (
                  <li>
                    <strong>
                      {pair.customer.name} · {pair.other?.name}
                    </strong>
                    <span>
                      {pair.customer.phone} · {pair.other?.phone}
                    </span>
                    <span class="small muted">
                      {t('double_score', { n: pair.score })}{' '}
                      {pair.reasons.map((reason) => t(REASONS[reason])).join(', ')}
                    </span>
                    <Show when={props.canMerge && pair.other}>
                      {(other) => (
                        <span class="row">
                          <button
                            type="button"
                            class="button"
                            aria-label={t('merge_of', { a: pair.customer.name, b: other().name })}
                            onClick={() => setChosen([other(), pair.customer])}
                          >
                            {t('merge')}
                          </button>
                        </span>
                      )}
                    </Show>
                  </li>
                )}
              </For>
            </ul>
          </>
        }
      >
        {(pair) => <MergeForm pair={pair()} onDone={merged} onCancel={() => setChosen(null)} />}
      </Show>
    </Dialog>
  );
}
