import { createSignal, onMount, Show } from 'solid-js';
import { editMyPrivacy, myPrivacy } from '../api/routes';
import { accessToken, refresh } from '../api/session';
import { t } from '../i18n';
import { failureText } from '../ui/failure';
import { toast } from '../ui/toast';

/** Asks once whether the phone may send positions during the shift: what, why, until when. It stands in nobody's way. */
export function LocationConsent() {
  const [text, setText] = createSignal('');
  onMount(async () => {
    // Without a network there is nothing to ask; the next visit asks. A page that was just opened has no token yet.
    if (!accessToken() && (await refresh()) !== 'ok') return;
    const mine = await myPrivacy().catch(() => null);
    const consent = mine?.consents.find((c) => c.kind === 'location');
    if (consent && consent.is_given === null) setText(consent.text);
  });
  const answer = async (given: boolean) => {
    try {
      await editMyPrivacy({ location: given });
      setText('');
    } catch (cause) {
      toast(failureText(cause));
    }
  };
  return (
    <Show when={text()}>
      <section class="card stack" aria-label={t('privacy_location')}>
        <h2>{t('privacy_location_ask')}</h2>
        <p class="small">{text()}</p>
        <p class="small muted">{t('privacy_location_change')}</p>
        <div class="account buttons">
          <button type="button" class="button primary" onClick={() => answer(true)}>
            {t('privacy_accept')}
          </button>
          <button type="button" class="button" onClick={() => answer(false)}>
            {t('privacy_refuse')}
          </button>
        </div>
      </section>
    </Show>
  );
}
