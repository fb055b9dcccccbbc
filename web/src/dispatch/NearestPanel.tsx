import { createResource, For, Match, Show, Switch } from 'solid-js';
import { t, type Word } from '../i18n';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { distanceText, etaText, nearest, tierText } from './advice';
import type { Ui } from './ui';

/** "Técnico más cercano": who could be soonest at a place that was pointed at. */
export function NearestPanel(props: { ui: Ui; onPick: (id: string) => void }) {
  const ui = props.ui;
  const place = () => {
    const at = ui.nearest();
    return at && at !== 'picking' ? at : null;
  };
  const [found] = createResource(place, ({ lat, lon }) => nearest(lat, lon));
  const close = () => ui.setNearest(null);
  return (
    <Show when={ui.nearest()}>
      <section class="pill nearest" aria-label={t('nearest')}>
        <div class="split">
          <span>
            <Icon name="locate" /> {ui.nearest() === 'picking' ? t('nearest_pick') : t('nearest')}
          </span>
          <button
            type="button"
            class="button quiet icon-only"
            aria-label={t('close')}
            title={t('close')}
            onClick={close}
          >
            <Icon name="close" />
          </button>
        </div>
        <Show when={place()}>
          <Switch>
            <Match when={found.loading}>
              <p class="small muted" role="status">
                {t('loading')}
              </p>
            </Match>
            <Match when={found.error}>
              <p class="small" role="alert">
                {failureText(found.error)}
              </p>
            </Match>
            <Match when={found()?.people.length === 0}>
              <p class="small muted" role="status">
                {t('nearest_none')}
              </p>
            </Match>
            <Match when={found()}>
              <Show when={found()?.areBusy}>
                <p class="small muted">{t('nearest_busy')}</p>
              </Show>
              <ol>
                <For each={found()?.people}>
                  {(person) => (
                    <li>
                      <button
                        type="button"
                        class="hit"
                        title={t('tier_hint', { tier: tierText(person.tier) })}
                        onClick={() => props.onPick(person.technician_id)}
                      >
                        <strong>{person.name}</strong>
                        <span class="small num">
                          {etaText(person)} · {distanceText(person.distance_m)}
                        </span>
                        <span class="small muted">{t(`tech_${person.status}` as Word)}</span>
                      </button>
                    </li>
                  )}
                </For>
              </ol>
            </Match>
          </Switch>
        </Show>
      </section>
    </Show>
  );
}
