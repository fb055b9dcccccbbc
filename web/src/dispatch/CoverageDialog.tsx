import { createMemo, createResource, For, Match, Show, Switch } from 'solid-js';
import { t } from '../i18n';
import { Dialog } from '../ui/Dialog';
import { failureText } from '../ui/failure';
import { tierText } from './advice';
import { coverage, ENOUGH, PROMISED, percent, type Share, summary } from './coverage';
import type { Ui } from './ui';

const WIDTH = 480;
const HEIGHT = 120;
const STEP = WIDTH / 24;

const sentence = (share: Share): string => {
  const held = percent(share);
  if (held === null) return '';
  const words = t('coverage_held', { promised: Math.round(PROMISED * 100), held });
  const of = t(share.arrivals === 1 ? 'coverage_of_one' : 'coverage_of', { n: share.arrivals });
  return `${words} (${of})`;
};

/** Whether the arrival windows hold what they promise: in words, by tier and by hour. */
export function CoverageDialog(props: { ui: Ui }) {
  const isOpen = () => props.ui.open() === 'coverage';
  const [rows] = createResource(isOpen, (open) => (open ? coverage() : Promise.resolve([])));
  const sums = createMemo(() => summary(rows.error ? [] : (rows() ?? [])));
  return (
    <Dialog open={isOpen()} title={t('coverage')} onClose={() => props.ui.setOpen(null)}>
      <div class="stack coverage">
        <Switch>
          <Match when={rows.loading}>
            <p class="muted" role="status">
              {t('loading')}
            </p>
          </Match>
          <Match when={rows.error}>
            <p role="alert">{failureText(rows.error)}</p>
          </Match>
          <Match when={sums().all.arrivals === 0}>
            <p class="muted">{t('coverage_none')}</p>
          </Match>
          <Match when={sums().all.arrivals > 0}>
            <p>
              <strong>{sentence(sums().all)}</strong>
            </p>
            <dl>
              <For each={sums().tiers}>
                {({ tier, share }) => (
                  <div>
                    <dt>{t('tier_hint', { tier: tierText(tier) })}</dt>
                    <dd>
                      <Bar share={share} />
                      <span class="small">{sentence(share)}</span>
                    </dd>
                  </div>
                )}
              </For>
            </dl>
            <Hours hours={sums().hours} />
          </Match>
        </Switch>
      </div>
    </Dialog>
  );
}

/** A share as a bar with a mark where the promise is; the words stand beside it. */
function Bar(props: { share: Share }) {
  return (
    <svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="all" width="100" height="8" rx="2" />
      <rect class="held" width={percent(props.share) ?? 0} height="8" rx="2" />
      <rect class="promise" x={PROMISED * 100 - 0.4} width="0.8" height="8" />
    </svg>
  );
}

/** The hours of the day as columns, with the same in words for those who do not see them. */
function Hours(props: { hours: Share[] }) {
  const held = (share: Share) => (share.arrivals > 0 ? share.inside / share.arrivals : 0);
  const said = () => props.hours.flatMap((share, hour) => (share.arrivals > 0 ? [{ hour, share }] : []));
  return (
    <figure>
      <figcaption class="small muted">{t('coverage_hours')}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + 18}`} aria-hidden="true">
        <For each={props.hours}>
          {(share, hour) => (
            <>
              <rect
                class="held"
                classList={{ few: share.arrivals < ENOUGH }}
                x={hour() * STEP + 3}
                width={STEP - 6}
                y={HEIGHT * (1 - held(share))}
                height={HEIGHT * held(share)}
              />
              <Show when={hour() % 6 === 0}>
                <text x={hour() * STEP + STEP / 2} y={HEIGHT + 14}>
                  {hour()}
                </text>
              </Show>
            </>
          )}
        </For>
        <path class="promise" d={`M0 ${HEIGHT * (1 - PROMISED)}H${WIDTH}`} />
        <path class="ground" d={`M0 ${HEIGHT}H${WIDTH}`} />
      </svg>
      <ul class="sr-only">
        <For each={said()}>
          {({ hour, share }) => (
            <li>
              {t('coverage_hour', { hour })}: {sentence(share)}
            </li>
          )}
        </For>
      </ul>
      <p class="small muted">{t('coverage_few', { n: ENOUGH })}</p>
    </figure>
  );
}
