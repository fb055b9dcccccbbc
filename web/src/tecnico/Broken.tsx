import { t } from '../i18n';

/** Without a store on the phone nothing could be promised. */
export function Broken() {
  return (
    <main class="tecnico">
      <h1 class="sr-only">{t('tecnico_title')}</h1>
      <p class="notice">{t('storage_failed')}</p>
    </main>
  );
}
