import { setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import './map.css';

setWorkerUrl(workerUrl);

export const isDark = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)');
export const isCalm = (): MediaQueryList => matchMedia('(prefers-reduced-motion: reduce)');

/** A map where tests and a console find it: as the property `map` of its element. */
export function expose(container: HTMLElement, map: unknown): void {
  Object.assign(container, { map });
}
