import { createSignal } from 'solid-js';
import { t } from '../i18n';
import type { Job } from '../socket/frames';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import type { Actions } from './actions';
import type { Ui } from './ui';

export function CancelDialog(props: { ui: Ui; actions: Actions; job: Job | undefined }) {
  const [reason, setReason] = createSignal('');
  const [isEmpty, setEmpty] = createSignal(false);
  const close = () => {
    props.ui.setOpen(null);
    setReason('');
    setEmpty(false);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const text = reason().trim();
    setEmpty(!text);
    const job = props.job;
    if (text && job && (await props.actions.cancel(job, text))) close();
  };
  return (
    <Dialog open={props.ui.open() === 'cancel' && !!props.job} title={t('cancel_title')} onClose={close}>
      <form onSubmit={submit} class="stack" novalidate>
        <p>
          <strong>{props.job?.title}</strong>
        </p>
        <Field
          label={t('cancel_reason')}
          hint={t('cancel_reason_hint')}
          error={isEmpty() ? t('cancel_reason_invalid') : null}
        >
          {(wiring) => (
            <textarea
              {...wiring}
              class="input"
              maxlength="500"
              value={reason()}
              onInput={(e) => setReason(e.currentTarget.value)}
            />
          )}
        </Field>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={close}>
            {t('keep_job')}
          </button>
          <button type="submit" class="button danger solid">
            {t('cancel_job')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
