import { Show } from 'solid-js';
import { t } from '../i18n';
import type { Job } from '../socket/frames';
import { Icon } from '../ui/Icon';
import { searchPlaces } from './addresses';
import { placeOf } from './board';
import type { Ui } from './ui';

/** Under a job's address: how sure its place is, and the way to a pin where it is not. */
export function JobPlace(props: { ui: Ui; job: Job }) {
  const { ui } = props;
  const job = () => props.job;
  const isOpen = () => job().status !== 'completed' && job().status !== 'cancelled';
  const canPlace = () =>
    isOpen() && (job().status === 'pending' || job().status === 'scheduled' || !placeOf(job()));
  const text = () => {
    if (job().location_unsure) return t('place_doubt');
    if (!placeOf(job())) return t('place_none');
    if (job().location_source === 'geocoded') return t('place_by_address');
    return job().location_source === 'customer' ? t('place_of_customer') : t('place_set');
  };
  const place = async () => {
    const at = placeOf(job());
    const id = job().id;
    ui.setDraft(at && !job().location_unsure ? at : null);
    ui.setPlacing({ job: id });
    ui.setTab('map');
    const address = job().address;
    if (ui.draft() || !address) return;
    // The pin begins at the best guess.
    const [guess] = (await searchPlaces(address, 1).catch(() => null)) ?? [];
    const placing = ui.placing();
    const isStill = placing !== null && placing !== 'form' && placing.job === id && !ui.draft();
    if (!isStill) return;
    const start = guess?.at ?? at;
    if (start) {
      ui.setDraft(start);
      // Again, so that the map goes there.
      ui.setPlacing({ job: id });
    }
  };
  return (
    <span class="small block" classList={{ muted: !job().location_unsure }}>
      <Show when={job().location_unsure}>
        <Icon name="pin" />
      </Show>{' '}
      {text()}{' '}
      <Show when={canPlace()}>
        <button type="button" class="button quiet" onClick={place}>
          {placeOf(job()) && !job().location_unsure ? t('place_move') : t('place_on_map')}
        </button>
      </Show>
    </span>
  );
}
