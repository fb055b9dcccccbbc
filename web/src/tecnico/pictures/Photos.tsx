import { createResource, createSignal, For, Show } from 'solid-js';
import { ownPath } from '../../api/links';
import { getJob } from '../../api/routes';
import { t, type Word } from '../../i18n';
import type { Job } from '../../socket/frames';
import { Icon } from '../../ui/Icon';
import { toast } from '../../ui/toast';
import type { Pictures, Shown } from './pictures';
import { Signature } from './Signature';
import type { PictureType } from './shelf';

const TYPES: PictureType[] = ['before', 'during', 'after'];

/** What shows the work: photos and the customer's signature. All of it works without a network. */
export function Photos(props: { job: Job; pictures: Pictures; online: boolean }) {
  const [signing, setSigning] = createSignal(false);
  const waiting = () => props.pictures.of(props.job.id);
  const isSigned = () => props.job.signature != null || waiting().some((p) => p.type === 'signature');
  // Frames bring no links: they are asked for when there is something to see and a network.
  const [linked] = createResource(
    () => {
      const there = props.job.photos?.length ?? 0;
      const any = there > 0 || props.job.signature != null;
      return any && props.online ? `${props.job.id} ${there} ${props.pictures.state.sent}` : null;
    },
    () => getJob(props.job.id).catch(() => null),
  );
  const there = () => {
    const whole = linked.latest?.id === props.job.id ? linked.latest : null;
    return (whole ?? props.job).photos ?? [];
  };
  const take = async (type: PictureType, input: HTMLInputElement) => {
    const files = [...(input.files ?? [])];
    input.value = '';
    for (const file of files) {
      try {
        if (!(await props.pictures.add(props.job, type, file))) return toast(t('photos_no_room'));
      } catch {
        toast(t('photo_unreadable'));
      }
    }
  };
  const sign = async (canvas: HTMLCanvasElement, name: string) => {
    setSigning(false);
    if (!(await props.pictures.sign(props.job, canvas, name))) toast(t('photos_no_room'));
  };
  return (
    <section class="photos" aria-labelledby={`photos-${props.job.id}`}>
      <h4 id={`photos-${props.job.id}`}>{t('photos')}</h4>
      <div class="actions">
        <For each={TYPES}>
          {(type) => (
            <label class="button file">
              <Icon name="camera" /> {t(`photo_${type}` as Word)}
              <input
                type="file"
                name={`photo_${type}`}
                accept="image/jpeg,image/png,image/webp,image/*"
                capture="environment"
                multiple
                onChange={(event) => take(type, event.currentTarget)}
              />
            </label>
          )}
        </For>
      </div>
      <Show when={waiting().length + there().length > 0}>
        <ul class="thumbs">
          <For each={there()}>
            {(photo) => (
              <li>
                <Show when={photo.thumbnail_url} fallback={<span class="thumb none" aria-hidden="true" />}>
                  {(url) => <img class="thumb" src={ownPath(url())} alt="" loading="lazy" />}
                </Show>
                <span class="small">{t(`photo_${photo.type}` as Word)}</span>
              </li>
            )}
          </For>
          <For each={waiting()}>{(photo) => <Waiting photo={photo} />}</For>
        </ul>
      </Show>
      <Show
        when={!isSigned()}
        fallback={
          <p class="line small">
            <Icon name="check" /> {t('signed')}
          </p>
        }
      >
        <button type="button" class="button" onClick={() => setSigning(true)}>
          <Icon name="pen" /> {t('signature_ask')}
        </button>
      </Show>
      <Signature open={signing()} onClose={() => setSigning(false)} onSigned={sign} />
    </section>
  );
}

function Waiting(props: { photo: Shown }) {
  const percent = () => Math.round(props.photo.part * 100);
  return (
    <li class="waiting">
      <img class="thumb" src={props.photo.preview} alt="" />
      <Show when={props.photo.part > 0} fallback={<span class="small">{t('photo_waits')}</span>}>
        <progress max="100" value={percent()} aria-label={t('photo_progress', { n: percent() })} />
      </Show>
      <span class="small">{t(`photo_${props.photo.type}` as Word)}</span>
    </li>
  );
}
