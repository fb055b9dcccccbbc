import { createMemo, For, Show } from 'solid-js';
import { t } from '../i18n';
import type { Technician } from '../socket/frames';
import { Icon } from '../ui/Icon';
import type { Store } from './store';
import { TechnicianRow } from './TechnicianRow';
import type { Ui } from './ui';

/** Rows beyond this are found by searching: nobody scrolls through them. */
const MAX_ROWS = 200;

export function TechnicianList(props: {
  ui: Ui;
  store: Store;
  technicians: Technician[];
  onPick: (id: string) => void;
}) {
  const ids = createMemo(() => props.technicians.slice(0, MAX_ROWS).map((x) => x.id));
  const total = () => Object.keys(props.store.state.technicians).length;
  return (
    <section class="panel technicians" aria-labelledby="technicians">
      <div class="panel-head">
        <h2 id="technicians">
          {t('technicians')} <span class="muted num">{total()}</span>
        </h2>
        <button
          type="button"
          class="button quiet icon-only"
          aria-label={t('add_technician')}
          title={t('add_technician')}
          onClick={() => props.ui.setOpen('technician_form')}
        >
          <Icon name="plus" />
        </button>
      </div>
      <Show when={props.store.state.ready && total() === 0}>
        <div class="blank">
          <Icon name="users" />
          <p>{t('no_technicians')}</p>
          <button type="button" class="button" onClick={() => props.ui.setOpen('technician_form')}>
            <Icon name="plus" />
            {t('add_technician')}
          </button>
        </div>
      </Show>
      <Show when={total() > 0 && ids().length === 0}>
        <p class="blank">{t('no_match', { q: props.ui.query() })}</p>
      </Show>
      <ul class="list">
        <For each={ids()}>
          {(id) => (
            <Show when={props.store.state.technicians[id]}>
              {(technician) => (
                <TechnicianRow
                  ui={props.ui}
                  store={props.store}
                  technician={technician()}
                  onPick={props.onPick}
                />
              )}
            </Show>
          )}
        </For>
      </ul>
      <Show when={props.technicians.length > MAX_ROWS}>
        <p class="muted small more">{t('shown_of', { n: MAX_ROWS, total: props.technicians.length })}</p>
      </Show>
    </section>
  );
}
