import { For, Show } from 'solid-js';
import { t, type Word } from '../i18n';
import { distanceText, etaText, type Recommendation, tierText } from './advice';

/** Why somebody fits a job: when they could be there, and what speaks for them. */
export function Advice(props: { id: string; advice: Recommendation; isBest: boolean }) {
  const a = () => props.advice;
  const facts = () => {
    const { eta, distance_m } = a();
    const parts = [];
    if (eta) parts.push(etaText(eta));
    if (typeof distance_m === 'number') parts.push(distanceText(distance_m));
    return parts.join(' · ');
  };
  return (
    <div class="advice">
      <p id={props.id} class="small num">
        <span class={`fit ${a().confidence}`}>
          {t(`fit_${a().confidence}` as Word)}
          <Show when={props.isBest}>
            <span> · {t('fit_best')}</span>
          </Show>
        </span>
        <Show when={facts()}>
          <span title={a().eta ? t('tier_hint', { tier: tierText(a().eta?.tier ?? 0) }) : undefined}>
            {facts()}
          </span>
        </Show>
      </p>
      <details class="small">
        <summary>{t('fit_why')}</summary>
        <ul>
          <For each={a().parts}>
            {(part) => (
              <li>
                <span class="part">{t(`part_${part.part}` as Word)}</span>
                <span class="muted">{part.reason.text}</span>
                <span class="num points">{t('fit_points', { n: Math.round(part.points) })}</span>
              </li>
            )}
          </For>
          <Show when={a().eta}>
            {(eta) => <li class="muted whole">{t('tier_hint', { tier: tierText(eta().tier) })}</li>}
          </Show>
        </ul>
      </details>
    </div>
  );
}
