import { createSignal, Show } from 'solid-js';
import { t } from '../i18n';
import { clock } from '../i18n/format';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import type { Model } from './model';

/** On or off shift, and what the position does meanwhile. */
export function ShiftBar(props: { model: Model }) {
  const [asking, setAsking] = createSignal(false);
  const model = props.model;
  const gps = () => {
    const state = model.state.gps;
    if (state.kind === 'denied') return t('gps_denied');
    if (state.kind === 'on') return t('gps_ok');
    if (state.kind === 'waiting')
      return Date.now() - state.since > 60_000 ? t('gps_since', { time: clock(state.since) }) : t('gps_wait');
    return '';
  };
  const end = () => {
    setAsking(false);
    model.setShift(false);
  };
  return (
    <section
      class="shift"
      classList={{ on: model.shift }}
      aria-label={model.shift ? t('shift_on') : t('shift_off')}
    >
      <Show
        when={model.shift}
        fallback={
          <>
            <p class="title">
              <Icon name="moon" /> {t('shift_off')}
            </p>
            <p class="small">{t('shift_off_lead')}</p>
          </>
        }
      >
        <div class="split">
          <div>
            <p class="title">
              <Icon name="check" /> {t('shift_on')}
            </p>
            <p class="small" classList={{ bad: model.state.gps.kind === 'denied' }}>
              {gps()}
            </p>
          </div>
          <button type="button" class="button" onClick={() => setAsking(true)}>
            {t('shift_end')}
          </button>
        </div>
        <p class="small muted">{t('gps_visible')}</p>
      </Show>
      <Dialog open={asking()} title={t('shift_end_title')} onClose={() => setAsking(false)}>
        <p>{t('shift_end_lead')}</p>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={() => setAsking(false)}>
            {t('cancel')}
          </button>
          <button type="button" class="button primary" onClick={end}>
            {t('shift_end')}
          </button>
        </div>
      </Dialog>
    </section>
  );
}
