import { createSignal, Show } from 'solid-js';
import { createUser } from '../api/routes';
import { t } from '../i18n';
import { normalizePhone } from '../phone';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { failureText } from '../ui/failure';
import { toast } from '../ui/toast';
import type { Store } from './store';
import type { Ui } from './ui';

/** A new technician: a name and a phone are all that signing in needs. */
export function TechnicianForm(props: { ui: Ui; store: Store }) {
  const [name, setName] = createSignal('');
  const [phone, setPhone] = createSignal('');
  const [tried, setTried] = createSignal(false);
  const [failure, setFailure] = createSignal<unknown>(null);
  const close = () => {
    props.ui.setOpen(null);
    setName('');
    setPhone('');
    setTried(false);
    setFailure(null);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    setFailure(null);
    const number = normalizePhone(phone());
    if (!name().trim() || !number) return;
    try {
      const body = { name: name().trim(), phone: number, role: 'technician' as const };
      props.store.welcome(await createUser(body));
      toast(t('technician_added', { name: name().trim() }));
      close();
    } catch (cause) {
      setFailure(cause);
    }
  };
  return (
    <Dialog open={props.ui.open() === 'technician_form'} title={t('add_technician')} onClose={close}>
      <form onSubmit={submit} class="stack" novalidate>
        <p class="muted">{t('add_technician_lead')}</p>
        <Field label={t('person_name')} error={tried() && !name().trim() ? t('name_invalid') : null}>
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              maxlength="200"
              autocomplete="off"
              value={name()}
              onInput={(e) => setName(e.currentTarget.value)}
            />
          )}
        </Field>
        <Field
          label={t('phone')}
          hint={t('phone_hint')}
          error={tried() && !normalizePhone(phone()) ? t('phone_invalid') : null}
        >
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              type="tel"
              autocomplete="off"
              value={phone()}
              onInput={(e) => setPhone(e.currentTarget.value)}
            />
          )}
        </Field>
        <Show when={failure()}>
          <p class="form-error" role="alert">
            {failureText(failure())}
          </p>
        </Show>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={close}>
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
