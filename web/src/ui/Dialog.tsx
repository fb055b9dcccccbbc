import { createEffect, type JSX, onCleanup, Show } from 'solid-js';
import { t } from '../i18n';
import { Icon } from './Icon';

/** A native modal dialog; the browser keeps the focus inside and gives it back. */
export function Dialog(props: { open: boolean; title: string; onClose: () => void; children: JSX.Element }) {
  let element: HTMLDialogElement | undefined;
  createEffect(() => {
    if (props.open && !element?.open) {
      element?.showModal();
      // What is to be filled in comes before the way out.
      element?.querySelector<HTMLElement>('.dialog-body :is(input, select, textarea)')?.focus();
    }
    if (!props.open && element?.open) element.close();
  });
  onCleanup(() => element?.close());
  return (
    <dialog ref={element} aria-label={props.title} onClose={() => props.open && props.onClose()}>
      <Show when={props.open}>
        <div class="dialog-head">
          <h2>{props.title}</h2>
          <button
            type="button"
            class="button quiet icon-only"
            aria-label={t('close')}
            onClick={() => props.onClose()}
          >
            <Icon name="close" />
          </button>
        </div>
        <div class="dialog-body">{props.children}</div>
      </Show>
    </dialog>
  );
}
