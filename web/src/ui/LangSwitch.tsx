import { lang, setLang, t } from '../i18n';

/** Spanish or English, remembered on this device. */
export function LangSwitch() {
  return (
    <fieldset class="lang" aria-label={t('language')}>
      <button
        type="button"
        lang="es"
        aria-label={`ES: ${t('spanish')}`}
        aria-pressed={lang() === 'es'}
        onClick={() => setLang('es')}
      >
        ES
      </button>
      <button
        type="button"
        lang="en"
        aria-label={`EN: ${t('english')}`}
        aria-pressed={lang() === 'en'}
        onClick={() => setLang('en')}
      >
        EN
      </button>
    </fieldset>
  );
}
