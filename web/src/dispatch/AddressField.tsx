import { createSignal, createUniqueId, For, onCleanup, Show } from 'solid-js';
import type { Place } from '../api/types';
import { t } from '../i18n';
import { Field } from '../ui/Field';
import { exactness, SHORTEST, searchPlaces, withinOf } from './addresses';

/** Milliseconds after the last letter. */
const PAUSE_MS = 200;

/** An address with suggestions of the map's index; without a map a plain field. */
export function AddressField(props: {
  value: string;
  onInput: (text: string) => void;
  onPick: (place: Place, text: string) => void;
}) {
  const list = createUniqueId();
  const [items, setItems] = createSignal<Place[]>([]);
  const [active, setActive] = createSignal(-1);
  const [isEmpty, setEmpty] = createSignal(false);
  const isOpen = () => items().length > 0;
  const asked = { timer: 0 as ReturnType<typeof setTimeout> | 0, number: 0 };
  onCleanup(() => clearTimeout(asked.timer));

  const close = () => {
    clearTimeout(asked.timer);
    asked.number++;
    setItems([]);
    setActive(-1);
  };
  const ask = async (text: string) => {
    const number = ++asked.number;
    // Suggestions are a help: without an answer the text stands for itself.
    const found = await searchPlaces(text).catch(() => null);
    if (number !== asked.number) return;
    setItems(found ?? []);
    setActive(-1);
    setEmpty(found?.length === 0);
  };
  const typed = (text: string) => {
    props.onInput(text);
    setEmpty(false);
    clearTimeout(asked.timer);
    if (text.trim().length < SHORTEST) close();
    else asked.timer = setTimeout(() => ask(text), PAUSE_MS);
  };
  const pick = (place: Place | undefined) => {
    if (!place) return;
    const within = withinOf(props.value);
    close();
    props.onPick(place, within ? `${place.label}, ${within}` : place.label);
  };
  const step = (by: number) => {
    const count = items().length;
    setActive((at) => (at + by + count + 1) % (count + 1));
    // One place beyond the last is the field itself.
    if (active() === count) setActive(-1);
  };
  const keyed = (event: KeyboardEvent) => {
    if (!isOpen() || event.isComposing) return;
    if (event.key === 'ArrowDown') step(1);
    else if (event.key === 'ArrowUp') setActive((at) => (at < 0 ? items().length - 1 : at - 1));
    else if (event.key === 'Enter' && active() >= 0) pick(items()[active()]);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="combo">
      <Field label={`${t('address')} (${t('optional')})`} hint={isEmpty() ? t('address_unknown') : undefined}>
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            maxlength="500"
            autocomplete="off"
            role="combobox"
            aria-autocomplete="list"
            aria-expanded={isOpen()}
            aria-controls={list}
            aria-activedescendant={active() >= 0 ? `${list}-${active()}` : undefined}
            value={props.value}
            onInput={(e) => typed(e.currentTarget.value)}
            onKeyDown={keyed}
            onBlur={() => setTimeout(close, 150)}
          />
        )}
      </Field>
      <div id={list} role="listbox" aria-label={t('address_suggestions')} hidden={!isOpen()}>
        <For each={items()}>
          {(place, i) => (
            <button
              type="button"
              id={`${list}-${i()}`}
              role="option"
              tabindex="-1"
              aria-selected={active() === i()}
              // The field keeps the focus: a press must not take it.
              onMouseDown={(e) => e.preventDefault()}
              onClick={() => pick(place)}
            >
              <span>{place.label}</span>
              <span class="small muted">{exactness(place.precision)}</span>
            </button>
          )}
        </For>
      </div>
      <Show when={isEmpty() || isOpen()}>
        <span class="sr-only" role="status">
          {isEmpty() ? t('address_unknown') : t('address_found', { n: items().length })}
        </span>
      </Show>
    </div>
  );
}
