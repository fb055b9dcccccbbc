import { createEffect, createSignal, For, Show } from 'solid-js';
import { createStore } from 'solid-js/store';
import { t } from '../i18n';
import { normalizePhone } from '../phone';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { AddressField } from './AddressField';
import type { Actions } from './actions';
import { exactness, isExact } from './addresses';
import { byStatus } from './board';
import { CustomerFields } from './CustomerFields';
import { check, emptyDraft, toJob } from './job-form';
import { addCustomer, customer, customers, loadCustomers } from './people';
import type { Store } from './store';
import type { Ui } from './ui';
import { WhenFields } from './WhenFields';

/** A new job, with its customer if that is new too. What was typed survives placing it on the map. */
export function JobForm(props: { ui: Ui; store: Store; actions: Actions; onCreated: (id: string) => void }) {
  const ui = props.ui;
  const [draft, setDraft] = createStore(emptyDraft());
  const [tried, setTried] = createSignal(false);
  const [busy, setBusy] = createSignal(false);
  const [failure, setFailure] = createSignal<unknown>(null);
  const errors = () => (tried() ? check(draft) : {});
  const technicians = () => Object.values(props.store.state.technicians).sort(byStatus);
  createEffect(() => {
    if (ui.open() !== 'job_form') return;
    // The first customer of a company can only be a new one.
    loadCustomers()
      .then(() => customers().length === 0 && setDraft('mode', 'new'))
      .catch(() => null);
  });
  const reset = () => {
    setDraft(emptyDraft());
    ui.setDraft(null);
    setTried(false);
    setFailure(null);
  };
  const close = () => {
    // Placing closes the dialog for a moment; that is not giving up.
    if (ui.placing()) return;
    ui.setOpen(null);
    reset();
  };
  const place = () => {
    ui.setPlacing('form');
    ui.setTab('map');
    ui.setOpen(null);
  };
  const placeText = () => {
    const place = ui.draft();
    if (!place) return t('place_none');
    if (!place.how) return t('place_set');
    return t(isExact(place.how) ? 'place_found' : 'place_unsure', { how: exactness(place.how) });
  };
  const pickCustomer = async (id: string) => {
    setDraft('customer_id', id);
    if (!id) return;
    const found = await customer(id).catch(() => null);
    // Somebody else may have been picked meanwhile.
    if (!found || draft.customer_id !== id) return;
    if (found.address && !draft.address) setDraft('address', found.address);
    if (found.lat != null && found.lon != null && !ui.draft())
      ui.setDraft({ lat: found.lat, lon: found.lon });
  };
  const customerId = async (): Promise<string> => {
    if (draft.mode === 'existing') return draft.customer_id;
    const made = await addCustomer({
      name: draft.customer_name.trim(),
      phone: normalizePhone(draft.customer_phone) ?? '',
      ...(draft.address.trim() && { address: draft.address.trim() }),
    });
    // A second try after a failure must not make the customer again.
    setDraft({ mode: 'existing', customer_id: made.id });
    return made.id;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    setFailure(null);
    if (busy() || Object.keys(check(draft)).length > 0) return;
    setBusy(true);
    try {
      const job = await props.actions.create(toJob(draft, await customerId(), ui.draft()));
      ui.setOpen(null);
      reset();
      props.onCreated(job.id);
    } catch (cause) {
      setFailure(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open={ui.open() === 'job_form'} title={t('new_job')} onClose={close}>
      <form onSubmit={submit} class="stack" novalidate>
        <Field label={t('job_title')} hint={t('job_title_hint')} error={errors().title}>
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              maxlength="200"
              value={draft.title}
              onInput={(e) => setDraft('title', e.currentTarget.value)}
            />
          )}
        </Field>
        <CustomerFields draft={draft} errors={errors()} onChange={(c) => setDraft(c)} onPick={pickCustomer} />
        <AddressField
          value={draft.address}
          onInput={(text) => {
            setDraft('address', text);
            // What the old words found is not where the new ones are; a person's pin stays.
            if (ui.draft()?.how) ui.setDraft(null);
          }}
          onPick={(found, text) => {
            setDraft('address', text);
            ui.setDraft({ ...found.at, how: found.precision });
          }}
        />
        <div class="place">
          <span class="small" classList={{ muted: !ui.draft() }} role="status">
            <Icon name="pin" /> {placeText()}
          </span>
          <Show when={ui.draft()}>
            <button type="button" class="button quiet" onClick={() => ui.setDraft(null)}>
              {t('place_remove')}
            </button>
          </Show>
          <button type="button" class="button" onClick={place}>
            {t('place_on_map')}
          </button>
        </div>
        <WhenFields
          value={draft.when}
          isWrong={!!errors().when}
          onChange={(change) => setDraft('when', change)}
        />
        <Field label={t('technician')}>
          {(wiring) => (
            <select
              {...wiring}
              class="input"
              value={draft.technician_id}
              onChange={(e) => setDraft('technician_id', e.currentTarget.value)}
            >
              <option value="">{t('later')}</option>
              <For each={technicians()}>{(x) => <option value={x.id}>{x.name}</option>}</For>
            </select>
          )}
        </Field>
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
        <Show when={failure()}>
          <p class="form-error" role="alert">
            {failureText(failure())}
          </p>
        </Show>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={close}>
            {t('cancel')}
          </button>
          <button type="submit" class="button primary" disabled={busy()}>
            {t('create_job')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
