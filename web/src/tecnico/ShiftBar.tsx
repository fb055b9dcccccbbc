import { createSignal, Show } from 'solid-js';
import { t } from '../i18n';
import { clock } from '../i18n/format';
import { Dialog } from '../ui/Dialog';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/toast';
import type { Model } from './model';

/** On or off shift, and what the position does meanwhile. */
export function ShiftBar(props: { model: Model }) {
  const [asking, setAsking] = createSignal(false);
  const [answering, setAnswering] = createSignal(false);
  const model = props.model;
  const gps = () => {
    const state = model.state.gps;
    if (state.kind === 'denied') return t('gps_denied');
    if (state.kind === 'on') return t('gps_ok');
    if (state.kind === 'waiting')
      return Date.now() - state.since > 60_000 ? t('gps_since', { time: clock(state.since) }) : t('gps_wait');
    return '';
  };
  const goOn = async () => {
    const notice = model.asked;
    if (!notice) return;
    setAnswering(true);
    await model.goesOn(notice).catch((cause) => toast(failureText(cause)));
    setAnswering(false);
  };
  const end = () => {
    setAsking(false);
    model.setShift(false);
  };
  return (
    <section
      class="shift"
      classList={{ on: model.shift && model.pausedSince === null }}
      aria-label={model.shift ? (model.pausedSince === null ? t('shift_on') : t('paused')) : t('shift_off')}
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
            <Show
              when={model.pausedSince}
              fallback={
                <>
                  <p class="title">
                    <Icon name="check" /> {t('shift_on')}
                  </p>
                  <p class="small" classList={{ bad: model.state.gps.kind === 'denied' }}>
                    {gps()}
                  </p>
                </>
              }
            >
              {(since) => (
                <>
                  <p class="title">
                    <Icon name="pause" /> {t('paused_since', { time: clock(since()) })}
                  </p>
                  <p class="small">{t('paused_lead')}</p>
                </>
              )}
            </Show>
          </div>
          <div class="shift-tools">
            <button
              type="button"
              class="button"
              classList={{ primary: model.pausedSince !== null }}
              onClick={() => model.setPause(model.pausedSince === null)}
            >
              {model.pausedSince === null ? t('pause') : t('pause_end')}
            </button>
            <button type="button" class="button" onClick={() => setAsking(true)}>
              {t('shift_end')}
            </button>
          </div>
        </div>
        <Show when={model.asked}>
          {(notice) => (
            <div class="asked" role="status">
              <p class="small">{notice().body}</p>
              <button type="button" class="button primary" disabled={answering()} onClick={goOn}>
                {t('shift_goes_on')}
              </button>
            </div>
          )}
        </Show>
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
