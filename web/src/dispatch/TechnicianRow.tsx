import { Show } from 'solid-js';
import { t } from '../i18n';
import { ago, between } from '../i18n/format';
import type { Technician } from '../socket/frames';
import { TechnicianBadge } from '../ui/Badge';
import { Icon } from '../ui/Icon';
import { tierText } from './advice';
import { freshness } from './fresh';
import type { Store } from './store';
import type { Ui } from './ui';

/** One technician: state, how old the position is, where to and when, battery. */
export function TechnicianRow(props: {
  ui: Ui;
  store: Store;
  technician: Technician;
  onPick: (id: string) => void;
}) {
  const ui = props.ui;
  const person = () => props.technician;
  const isSelected = () => ui.technician() === person().id;
  const fixAt = () => person().position?.at ?? null;
  const age = () => {
    const at = fixAt();
    if (at === null) return t('fix_none');
    // Seconds that tick in every row would only be restless.
    return ui.now() - at < 15_000 ? t('fix_now') : ago(ui.now() - at);
  };
  const job = () => {
    const id = person().job;
    return id ? props.store.state.jobs[id] : undefined;
  };
  const eta = () => {
    const e = person().eta;
    if (!e || person().status !== 'en_camino') return null;
    return t('eta_window', { range: between(e.at + e.p10_s * 1000, e.at + e.p90_s * 1000) });
  };
  const percent = () => Math.round((person().battery ?? 0) * 100);
  const speed = () => {
    const mps = person().position?.speed_mps;
    return mps != null && mps > 1 ? Math.round(mps * 3.6) : null;
  };
  return (
    <li class="item" classList={{ selected: isSelected() }}>
      <button type="button" class="hit" aria-pressed={isSelected()} onClick={() => props.onPick(person().id)}>
        <span class="first">
          <strong>{person().name}</strong>
          <TechnicianBadge
            status={person().status}
            paused={person().paused_since != null && person().status === 'off_shift'}
          />
        </span>
        <Show when={job()}>{(j) => <span class="small">{j().title}</span>}</Show>
        <Show when={eta()}>
          <span class="small num eta" title={t('tier_hint', { tier: tierText(person().eta?.tier ?? 0) })}>
            <Icon name="clock" />
            {eta()}
            <span class="muted">· {tierText(person().eta?.tier ?? 0)}</span>
          </span>
        </Show>
        <span class="meta small num">
          <span class={`age ${freshness(fixAt(), ui.now())}`}>
            <Icon name="pin" />
            {age()}
          </span>
          <Show when={speed()}>
            <span>{t('speed', { n: speed() ?? 0 })}</span>
          </Show>
          <Show when={person().battery != null}>
            <span classList={{ low: percent() <= 15 }}>
              <Icon name="battery" />
              <span class="sr-only">{t('battery', { p: percent() })}</span>
              <span aria-hidden="true">{percent()} %</span>
            </span>
          </Show>
        </span>
      </button>
      <Show when={isSelected()}>
        <div class="row-tools">
          <Show when={person().position}>
            <button
              type="button"
              class="button"
              aria-pressed={ui.followed() === person().id}
              onClick={() => {
                ui.setFollowed(ui.followed() === person().id ? null : person().id);
                ui.setTab('map');
              }}
            >
              <Icon name="locate" />
              {ui.followed() === person().id ? t('stop_following') : t('follow')}
            </button>
          </Show>
          <button type="button" class="button" onClick={() => ui.setOpen('devices')}>
            <Icon name="phone" />
            {t('pair')}
          </button>
        </div>
      </Show>
    </li>
  );
}
