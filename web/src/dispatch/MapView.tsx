import { createEffect, createSignal, onCleanup, onMount, Show, untrack } from 'solid-js';
import { unwrap } from 'solid-js/store';
import { t } from '../i18n';
import type { Job } from '../socket/frames';
import { Icon } from '../ui/Icon';
import type { Actions } from './actions';
import { placeOf } from './board';
import type { FleetMap } from './map/fleet-map';
import { NearestPanel } from './NearestPanel';
import { PlacingBar } from './PlacingBar';
import type { Store } from './store';
import { stopPlacing, type Ui } from './ui';

/** Above this many technicians only what the map shows is asked for. */
const ALL_TECHNICIANS = 300;

/** The map, loaded after the lists stand; without WebGL the lists go on alone. */
export function MapView(props: {
  ui: Ui;
  store: Store;
  actions: Actions;
  jobs: Job[];
  onTechnician: (id: string) => void;
  onJob: (id: string) => void;
}) {
  const { ui, store } = props;
  const [map, setMap] = createSignal<FleetMap | null>(null);
  const [failed, setFailed] = createSignal(false);
  let container: HTMLDivElement | undefined;

  const asked = { timer: 0 as ReturnType<typeof setTimeout> | 0 };
  const moved = (bounds: [number, number, number, number]) => {
    clearTimeout(asked.timer);
    asked.timer = setTimeout(() => {
      const many = Object.keys(store.state.technicians).length > ALL_TECHNICIANS;
      store.view(many ? bounds : null);
    }, 300);
  };
  const placed = (lat: number, lon: number) => {
    if (ui.nearest() === 'picking') {
      ui.setNearest({ lat, lon });
      return;
    }
    if (!ui.placing()) return;
    const wasThere = ui.draft() !== null;
    pinned(lat, lon);
    // The first tap is an answer; afterwards the pin is being moved.
    if (!wasThere) done();
  };
  const pinned = (lat: number, lon: number) => {
    ui.setDraft({ lat: Number(lat.toFixed(6)), lon: Number(lon.toFixed(6)) });
  };
  const done = async () => {
    const [placing, place] = [ui.placing(), ui.draft()];
    if (!placing || !place) return;
    // Where the pin stands now, a person let it stand.
    const at = { lat: place.lat, lon: place.lon };
    ui.setPlacing(null);
    if (placing === 'form') {
      ui.setDraft(at);
      ui.setOpen('job_form');
      return;
    }
    const job = store.state.jobs[placing.job];
    ui.setDraft(null);
    if (job) await props.actions.edit(job, at, 'pin_saved');
    ui.setTab('jobs');
  };

  onMount(async () => {
    try {
      const { FleetMap } = await import('./map/fleet-map');
      if (!container) return;
      const made = new FleetMap(
        container,
        t('map_label'),
        {
          technician: (id) => props.onTechnician(id),
          job: (id) => props.onJob(id),
          place: placed,
          moved,
          grabbed: () => ui.setFollowed(null),
        },
        () => store.now(),
      );
      setMap(made);
    } catch {
      setFailed(true);
    }
  });
  const unsubscribe = store.onMoved((rows) => map()?.moved(rows));
  onCleanup(() => {
    unsubscribe();
    clearTimeout(asked.timer);
    map()?.destroy();
  });

  // States and names change rarely; positions come by `moved`.
  createEffect(() => {
    const all = store.state.technicians;
    for (const x of Object.values(all)) void [x.status, x.name, x.position == null];
    // Thousands of rows are read at every change: past the proxies.
    map()?.setTechnicians(unwrap(all), ui.technician());
  });
  createEffect(() => {
    const made = map();
    if (made) onCleanup(store.onMotion((motion) => made.expected(motion)));
  });
  const pointed = () => {
    const place = ui.nearest();
    if (place && place !== 'picking') return place;
    // While it is being placed it is a pin that can be dragged.
    return ui.placing() ? null : ui.draft();
  };
  createEffect(() => map()?.setJobs(props.jobs, ui.job(), pointed()));
  createEffect(() => map()?.setPlacing(ui.placing() !== null || ui.nearest() === 'picking'));
  createEffect(() => {
    const made = map();
    if (!made) return;
    const pin = made.draftPin(t('pin_label'), { moved: pinned, done });
    onCleanup(() => pin.set(null));
    createEffect(() => pin.set(ui.placing() ? ui.draft() : null));
    createEffect((before: unknown) => {
      const placing = ui.placing();
      const place = untrack(ui.draft);
      if (placing && placing !== before && place) {
        made.show(place.lat, place.lon);
        pin.focus();
      }
      return placing;
    }, null);
  });
  createEffect(() => map()?.follow(ui.followed()));
  createEffect(() => {
    const id = ui.technician();
    if (id) map()?.center(id);
  });
  createEffect((before: string | null) => {
    const id = ui.job();
    const job = id ? props.jobs.find((j) => j.id === id) : undefined;
    const place = job && placeOf(job);
    if (id !== before && place && ui.detail()) map()?.show(place.lat, place.lon);
    return id;
  }, null);

  const followedName = () => {
    const id = ui.followed();
    return id ? (store.state.technicians[id]?.name ?? '') : '';
  };
  return (
    <section class="map" aria-label={t('nav_map')}>
      <div class="canvas" ref={container} />
      <Show when={failed()}>
        <p class="blank">{t('map_failed')}</p>
      </Show>
      <div class="over">
        <Show when={ui.placing()}>
          <PlacingBar
            ui={ui}
            onCenter={() => {
              const at = map()?.middle();
              if (at) pinned(at.lat, at.lon);
            }}
            onDone={done}
            onCancel={() => stopPlacing(ui)}
          />
        </Show>
        <NearestPanel ui={ui} onPick={props.onTechnician} />
        <Show when={ui.followed()}>
          <div class="pill">
            <Icon name="locate" />
            {t('following', { name: followedName() })}
            <button
              type="button"
              class="button quiet icon-only"
              aria-label={t('stop_following')}
              title={t('stop_following')}
              onClick={() => ui.setFollowed(null)}
            >
              <Icon name="close" />
            </button>
          </div>
        </Show>
      </div>
      <div class="map-tools">
        <button
          type="button"
          class="button icon-only"
          aria-label={t('zoom_in')}
          onClick={() => map()?.zoom(1)}
        >
          <Icon name="plus" />
        </button>
        <button
          type="button"
          class="button icon-only"
          aria-label={t('zoom_out')}
          onClick={() => map()?.zoom(-1)}
        >
          <Icon name="minus" />
        </button>
        <button
          type="button"
          class="button icon-only"
          aria-label={t('fit_all')}
          title={t('fit_all')}
          onClick={() => map()?.fit()}
        >
          <Icon name="locate" />
        </button>
        <button
          type="button"
          class="button icon-only"
          aria-label={t('nearest')}
          title={t('nearest')}
          aria-pressed={ui.nearest() !== null}
          disabled={!map()}
          onClick={() => ui.setNearest(ui.nearest() ? null : 'picking')}
        >
          <Icon name="nearest" />
        </button>
      </div>
    </section>
  );
}
