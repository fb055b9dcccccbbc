import { createEffect, createResource, createSignal, onCleanup, Show } from 'solid-js';
import { t } from '../i18n';
import { Icon } from '../ui/Icon';
import { nameOf } from './addresses';
import type { Ui } from './ui';

/** Above the map while a place is picked: what to do, what the pin stands on, and the ways out. */
export function PlacingBar(props: {
  ui: Ui;
  onCenter: () => void;
  onDone: () => void;
  onCancel: () => void;
}) {
  const ui = props.ui;
  // The name follows the pin at a pace that asks little.
  const [settled, setSettled] = createSignal<{ lat: number; lon: number } | null>(null);
  createEffect(() => {
    const at = ui.draft();
    const timer = setTimeout(() => setSettled(at), 300);
    onCleanup(() => clearTimeout(timer));
  });
  const [name] = createResource(settled, (at) => nameOf(at).catch(() => null));
  return (
    <div class="pill placing">
      <span class="what">
        <Icon name="pin" />
        {ui.draft() ? t('drag_pin') : t('pick_place')}
      </span>
      <Show when={ui.draft() && name()}>
        <span class="small muted" role="status">
          {t('pin_near', { name: name() ?? '' })}
        </span>
      </Show>
      <span class="ways">
        <Show
          when={ui.draft()}
          fallback={
            <button type="button" class="button" onClick={props.onCenter}>
              {t('pin_center')}
            </button>
          }
        >
          <button type="button" class="button primary" onClick={props.onDone}>
            {t('pin_done')}
          </button>
        </Show>
        <button type="button" class="button" onClick={props.onCancel}>
          {t('pick_cancel')}
        </button>
      </span>
    </div>
  );
}
