import { createEffect, createSignal, on, onCleanup, onMount } from 'solid-js';
import { t } from '../i18n';
import type { MiniMap } from '../map/mini';
import { currentTiles } from '../map/tiles';

/** Whoever pays by the megabyte does not get a map unasked. */
const isThrifty = () => (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;

/**
 * The streets around a job, once everything else stands; nothing without tiles, network or WebGL, and
 * then again when the network is back.
 */
export function JobMap(props: { lat: number; lon: number }) {
  const [isShown, setShown] = createSignal(false);
  let box: HTMLDivElement | undefined;
  let map: MiniMap | null = null;
  let isGone = false;

  const load = async () => {
    if (map || isGone || !navigator.onLine || isThrifty()) return;
    const tiles = await currentTiles();
    if (!tiles) return;
    const { MiniMap } = await import('../map/mini');
    if (map || isGone || !box) return;
    const words = {
      title: t('job_map'),
      twoFingers: t('map_two_fingers'),
      ctrlZoom: t('map_ctrl_zoom'),
    };
    setShown(true);
    const failed = () => {
      setShown(false);
      // After MapLibre is through with its event.
      setTimeout(end);
    };
    map = new MiniMap(box, { home: [props.lat, props.lon], tiles, words, failed });
  };
  const start = () => {
    load().catch(() => setShown(false));
  };
  const end = () => {
    map?.destroy();
    map = null;
  };
  onMount(() => {
    if ('requestIdleCallback' in window) requestIdleCallback(start, { timeout: 3000 });
    else setTimeout(start, 500);
    window.addEventListener('online', start);
  });
  onCleanup(() => {
    isGone = true;
    window.removeEventListener('online', start);
    end();
  });
  // Another job in the same card.
  createEffect(
    on(
      () => `${props.lat},${props.lon}`,
      () => {
        end();
        start();
      },
      { defer: true },
    ),
  );
  return <div class="job-map" classList={{ shown: isShown() }} ref={box} />;
}
