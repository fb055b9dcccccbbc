import { createEffect, createSignal } from 'solid-js';
import { t } from '../i18n';
import type { Job } from '../socket/frames';
import { Dialog } from '../ui/Dialog';
import type { Actions } from './actions';
import type { Ui } from './ui';
import { WhenFields } from './WhenFields';
import { fromSchedule, toSchedule, type When } from './when';

export function ScheduleDialog(props: { ui: Ui; actions: Actions; job: Job | undefined }) {
  const [when, setWhen] = createSignal<When>(fromSchedule(null, null));
  const [isWrong, setWrong] = createSignal(false);
  const isOpen = () => props.ui.open() === 'schedule' && props.job !== undefined;
  createEffect((was: boolean) => {
    const open = isOpen();
    if (open && !was) setWhen(fromSchedule(props.job?.scheduled_start, props.job?.scheduled_end));
    return open;
  }, false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const schedule = toSchedule(when());
    setWrong(schedule === null || !schedule.scheduled_start);
    const job = props.job;
    if (!job || !schedule?.scheduled_start) return;
    if (await props.actions.edit(job, schedule)) props.ui.setOpen(null);
  };
  return (
    <Dialog open={isOpen()} title={t('set_schedule')} onClose={() => props.ui.setOpen(null)}>
      <form onSubmit={submit} class="stack" novalidate>
        <WhenFields
          value={when()}
          isWrong={isWrong()}
          onChange={(change) => setWhen((w) => ({ ...w, ...change }))}
        />
        <div class="dialog-foot">
          <button type="button" class="button" onClick={() => props.ui.setOpen(null)}>
            {t('cancel')}
          </button>
          <button type="submit" class="button primary">
            {t('save')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
