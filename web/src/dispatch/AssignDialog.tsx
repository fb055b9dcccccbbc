import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import { t } from '../i18n';
import type { Job } from '../socket/frames';
import { TechnicianBadge } from '../ui/Badge';
import { Dialog } from '../ui/Dialog';
import { Advice } from './Advice';
import type { Actions } from './actions';
import { inAdvisedOrder, type Recommendation, recommendations } from './advice';
import { isOn } from './services';
import type { Store } from './store';
import type { Ui } from './ui';

/** "Asignar a…": who fits best first, with reasons; reached by keyboard as well as by pointer. */
export function AssignDialog(props: { ui: Ui; store: Store; actions: Actions; job: Job | undefined }) {
  const [chosen, setChosen] = createSignal<string[]>([]);
  const [advice, setAdvice] = createSignal<Recommendation[]>([]);
  let form: HTMLFormElement | undefined;
  const isOpen = () => props.ui.open() === 'assign' && props.job !== undefined;
  createEffect((was: boolean) => {
    const open = isOpen();
    if (open && !was) {
      setChosen([...(props.job?.technician_ids ?? [])]);
      setAdvice([]);
      advise(props.job?.id);
    }
    return open;
  }, false);

  /** Without an answer the list stays as it is; one that comes late does not move what was chosen. */
  const advise = async (job: string | undefined) => {
    if (!job) return;
    const before = chosen();
    if (!isOn('ui.recommendations')) return;
    const items = await recommendations(job);
    if (isOpen() && props.job?.id === job && chosen() === before) setAdvice(items);
  };
  const people = createMemo(() => inAdvisedOrder(Object.values(props.store.state.technicians), advice()));
  const adviceOf = (id: string) => advice().find((a) => a.technician_id === id);
  const isBest = (id: string) => advice()[0]?.technician_id === id && advice()[0]?.confidence !== 'low';
  // Rows that moved have lost the focus: it goes to the one that is advised.
  createEffect(
    on(advice, () => {
      if (!form?.contains(document.activeElement)) form?.querySelector<HTMLElement>('input')?.focus();
    }),
  );

  const toggle = (id: string, on: boolean) =>
    setChosen((ids) => (on ? [...ids.filter((x) => x !== id), id] : ids.filter((x) => x !== id)));
  const submit = (event: Event) => {
    event.preventDefault();
    const job = props.job;
    props.ui.setOpen(null);
    if (job) props.actions.assign(job, chosen());
  };
  return (
    <Dialog open={isOpen()} title={t('assign_title')} onClose={() => props.ui.setOpen(null)}>
      <p>
        <strong>{props.job?.title}</strong>
      </p>
      <form onSubmit={submit} class="stack" ref={form}>
        <Show when={people().length > 0} fallback={<p class="muted">{t('no_technicians')}</p>}>
          <p class="muted small">{t('assign_lead')}</p>
          <ul class="choices">
            <For each={people()}>
              {(person) => (
                <li>
                  <label>
                    <input
                      type="checkbox"
                      checked={chosen().includes(person.id)}
                      aria-describedby={adviceOf(person.id) ? `advice-${person.id}` : undefined}
                      onChange={(e) => toggle(person.id, e.currentTarget.checked)}
                    />
                    <span class="grow">
                      {person.name}
                      <Show when={chosen()[0] === person.id && chosen().length > 1}>
                        <span class="muted small"> · {t('lead')}</span>
                      </Show>
                    </span>
                    <TechnicianBadge status={person.status} />
                  </label>
                  <Show when={adviceOf(person.id)}>
                    {(a) => <Advice id={`advice-${person.id}`} advice={a()} isBest={isBest(person.id)} />}
                  </Show>
                </li>
              )}
            </For>
          </ul>
        </Show>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={() => props.ui.setOpen(null)}>
            {t('cancel')}
          </button>
          <button type="submit" class="button primary">
            {t('save')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
