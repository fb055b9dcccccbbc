import { createUniqueId, type JSX, Show } from 'solid-js';

interface Wiring {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': 'true' | undefined;
}

/** A labelled control with its hint and its error, wired for screen readers. */
export function Field(props: {
  label: string;
  hint?: string;
  error?: string | null;
  children: (wiring: Wiring) => JSX.Element;
}) {
  const id = createUniqueId();
  const wiring: Wiring = {
    id,
    get 'aria-describedby'() {
      const ids = [props.hint && `${id}-hint`, props.error && `${id}-error`].filter(Boolean);
      return ids.length > 0 ? ids.join(' ') : undefined;
    },
    get 'aria-invalid'() {
      return props.error ? ('true' as const) : undefined;
    },
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children(wiring)}
      <Show when={props.hint}>
        <span class="hint" id={`${id}-hint`}>
          {props.hint}
        </span>
      </Show>
      <Show when={props.error}>
        <span class="error" id={`${id}-error`} role="alert">
          {props.error}
        </span>
      </Show>
    </div>
  );
}
