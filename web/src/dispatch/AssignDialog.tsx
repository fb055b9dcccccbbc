import { createEffect, createSignal, For, Show } from 'solid-js';
import { t } from '../i18n';
import type { Job } from '../socket/frames';
import { TechnicianBadge } from '../ui/Badge';
import { Dialog } from '../ui/Dialog';
import type { Actions } from './actions';
import { byStatus } from './board';
import type { Store } from './store';
import type { Ui } from './ui';

/** "Asignar a…": reached by keyboard as well as by pointer; the first one chosen is in charge. */
export function AssignDialog(props: { ui: Ui; store: Store; actions: Actions; job: Job | undefined }) {
  const [chosen, setChosen] = createSignal<string[]>([]);
  const isOpen = () => props.ui.open() === 'assign' && props.job !== undefined;
  createEffect((was: boolean) => {
    const open = isOpen();
    if (open && !was) setChosen([...(props.job?.technician_ids ?? [])]);
    return open;
  }, false);
  const people = () => Object.values(props.store.state.technicians).sort(byStatus);
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
      <form onSubmit={submit} class="stack">
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
