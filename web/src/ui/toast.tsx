import { createSignal, For, Show } from 'solid-js';
import { t } from '../i18n';

interface Toast {
  id: number;
  text: string;
  undo?: () => void;
}

const [toasts, setToasts] = createSignal<Toast[]>([]);
let next = 1;

/** How long an undo is offered. */
export const UNDO_MS = 5000;

/** Says what happened; with `undo` for five seconds a way back. */
export function toast(text: string, undo?: () => void): void {
  const id = next++;
  setToasts((all) => [...all.slice(-2), { id, text, undo }]);
  setTimeout(() => setToasts((all) => all.filter((x) => x.id !== id)), undo ? UNDO_MS : 4000);
}

export function Toasts() {
  const run = (item: Toast) => {
    setToasts((all) => all.filter((x) => x.id !== item.id));
    item.undo?.();
  };
  return (
    <div class="toasts" role="status" aria-live="polite">
      <For each={toasts()}>
        {(item) => (
          <div class="toast" classList={{ plain: !item.undo }}>
            <span>{item.text}</span>
            <Show when={item.undo}>
              <button type="button" onClick={() => run(item)}>
                {t('undo')}
              </button>
            </Show>
          </div>
        )}
      </For>
    </div>
  );
}
