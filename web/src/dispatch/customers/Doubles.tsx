import { For, Show } from 'solid-js';
import type { Duplicate } from '../../api/schema';
import { t } from '../../i18n';
import { REASONS } from './search';

/** Customers who may be the one that is about to be entered: take one instead of making a second. */
export function Doubles(props: { doubles: Duplicate[]; onTake: (id: string) => void }) {
  return (
    <Show when={props.doubles.length > 0}>
      <div class="boxed stack" role="status">
        <strong>{t('double_found')}</strong>
        <ul class="plain stack">
          <For each={props.doubles}>
            {(double) => (
              <li class="row">
                <span>
                  {double.customer.name} · {double.customer.phone}
                  <span class="small muted">
                    {' '}
                    {double.reasons.map((reason) => t(REASONS[reason])).join(', ')}
                  </span>
                </span>
                <button type="button" class="button" onClick={() => props.onTake(double.customer.id)}>
                  {t('double_take')}
                </button>
              </li>
            )}
          </For>
        </ul>
      </div>
    </Show>
  );
}
