import { createResource, createSignal, For, Show } from 'solid-js';
import { ownPath } from '../api/links';
import { getJob } from '../api/routes';
import { t, type Word } from '../i18n';
import { clock, day } from '../i18n/format';
import type { Job } from '../socket/frames';
import { Dialog } from '../ui/Dialog';

type Photo = NonNullable<Job['signature']>;

/** A job's photos and signature, small; a click shows one whole. Links live an hour: a dead one is asked for anew. */
export function JobPhotos(props: { job: Job }) {
  const [open, setOpen] = createSignal<string | null>(null);
  const count = () => (props.job.photos?.length ?? 0) + (props.job.signature ? 1 : 0);
  const [fresh, { refetch }] = createResource(
    () => (count() > 0 ? `${props.job.id} ${count()}` : null),
    () => getJob(props.job.id).catch(() => null),
  );
  const all = (): Photo[] => {
    const job = fresh.latest?.id === props.job.id ? fresh.latest : props.job;
    return [...(job.photos ?? []), ...(job.signature ? [job.signature] : [])];
  };
  let asked = 0;
  const dead = () => {
    // Not in circles: a store that is away gives no picture however often links are made.
    if (Date.now() - asked < 60_000) return;
    asked = Date.now();
    refetch();
  };
  const label = (photo: Photo) => t(`photo_${photo.type}` as Word);
  const shown = () => all().find((photo) => photo.id === open());
  return (
    <Show when={count() > 0}>
      <section class="gallery" aria-labelledby="gallery">
        <h3 id="gallery">{t('photos')}</h3>
        <ul>
          <For each={all()}>
            {(photo) => (
              <li>
                <button
                  type="button"
                  aria-label={t('photo_open', { type: label(photo), time: clock(photo.taken_at) })}
                  onClick={() => setOpen(photo.id)}
                >
                  <Show when={photo.thumbnail_url} fallback={<span class="paper">PDF</span>}>
                    {(url) => <img src={ownPath(url())} alt="" loading="lazy" onError={dead} />}
                  </Show>
                  <span class="small">{label(photo)}</span>
                </button>
              </li>
            )}
          </For>
        </ul>
      </section>
      <Dialog open={shown() !== undefined} title={t('photo')} onClose={() => setOpen(null)}>
        <Show when={shown()}>
          {(photo) => (
            <figure class="whole">
              <Show
                when={photo().width != null}
                fallback={
                  <a class="button" href={ownPath(photo().url ?? '')} target="_blank" rel="noreferrer">
                    {t('open_page')}
                  </a>
                }
              >
                <img src={ownPath(photo().url ?? '')} alt={label(photo())} onError={dead} />
              </Show>
              <figcaption>
                {label(photo())}
                <Show when={photo().signed_by}> · {photo().signed_by}</Show>
                <span class="muted small num">
                  {day(photo().taken_at)}, {clock(photo().taken_at)}
                </span>
              </figcaption>
            </figure>
          )}
        </Show>
      </Dialog>
    </Show>
  );
}
