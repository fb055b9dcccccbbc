import { createSignal, onMount } from 'solid-js';
import { editOrganization, getOrganization } from '../api/routes';
import { remember, remembered } from '../api/session';
import { t } from '../i18n';
import { Field } from '../ui/Field';
import { failureText } from '../ui/failure';

/** The last step of a first login: the company's name. */
export function CompanyStep(props: { onDone: () => void }) {
  const [name, setName] = createSignal('');
  const [error, setError] = createSignal<string | null>(null);
  let input: HTMLInputElement | undefined;
  onMount(() => input?.focus());

  const submit = async (event: Event) => {
    event.preventDefault();
    const text = name().trim();
    if (!text) return setError(t('company_invalid'));
    try {
      const { version } = await getOrganization();
      const organization = await editOrganization({ name: text, version });
      const who = remembered();
      if (who) remember({ ...who, organization: { ...who.organization, ...organization, name: text } });
      props.onDone();
    } catch (cause) {
      setError(failureText(cause));
    }
  };

  return (
    <form onSubmit={submit} novalidate>
      <h1>{t('company_title')}</h1>
      <p class="muted">{t('company_lead')}</p>
      <Field label={t('company')} error={error()}>
        {(wiring) => (
          <input
            {...wiring}
            ref={input}
            class="input large"
            name="organization"
            autocomplete="organization"
            maxlength="200"
            value={name()}
            onInput={(e) => setName(e.currentTarget.value)}
          />
        )}
      </Field>
      <button type="submit" class="button primary big">
        {t('continue')}
      </button>
    </form>
  );
}
