import { LngLatBounds, Map as MapLibre, Marker } from 'maplibre-gl';
import type { LatLon } from '../motion/way';
import { Basemap } from './basemap';
import { expose, isCalm, isDark } from './maplibre';
import { groundStyle } from './style';
import { themeOf } from './theme';
import type { Tiles } from './tiles';

/** Words that the map says by itself, in the page's language. */
export interface MiniWords {
  title: string;
  twoFingers: string;
  ctrlZoom: string;
}

interface Options {
  home: LatLon;
  tiles: Tiles;
  words: MiniWords;
  /** It could not be drawn at all. */
  failed?: () => void;
  /** Where the map starts, without anybody else to show. */
  zoom?: number;
}

const EMPTY = { type: 'FeatureCollection' as const, features: [] };
const NS = 'http://www.w3.org/2000/svg';
const HOME = 'M3 12.5 12 4l9 8.5M6 10.5V20h12v-9.5';

/** A drawing as an element; what it shows is said in words beside the map. */
function drawing(kind: string, paths: string[]): HTMLElement {
  const box = document.createElement('div');
  box.className = `spot ${kind}`;
  box.setAttribute('aria-hidden', 'true');
  if (paths.length > 0) {
    const svg = document.createElementNS(NS, 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    for (const d of paths) {
      const path = document.createElementNS(NS, 'path');
      path.setAttribute('d', d);
      svg.append(path);
    }
    box.append(svg);
  }
  return box;
}

/** A small map of one visit: the home, who comes, the way. */
export class MiniMap {
  private readonly map: MapLibre;
  private readonly basemap: Basemap;
  private readonly dark = isDark();
  private readonly calm = isCalm();
  private readonly loaded: Promise<void>;
  private isLoaded = false;
  private someone: Marker | null = null;
  private place: LatLon | null = null;
  private path: LatLon[] = [];
  private isTheirs = false;

  constructor(
    container: HTMLElement,
    private readonly options: Options,
  ) {
    const [lat, lon] = options.home;
    this.map = new MapLibre({
      container,
      center: [lon, lat],
      zoom: options.zoom ?? 15,
      maxZoom: 18,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
      attributionControl: false,
      cooperativeGestures: true,
      locale: {
        'Map.Title': options.words.title,
        'CooperativeGesturesHandler.MobileHelpText': options.words.twoFingers,
        'CooperativeGesturesHandler.WindowsHelpText': options.words.ctrlZoom,
        'CooperativeGesturesHandler.MacHelpText': options.words.ctrlZoom.replace('Ctrl', '⌘'),
      },
      style: groundStyle(this.theme, { way: { type: 'geojson', data: EMPTY } }),
    });
    expose(container, this.map);
    this.map.touchZoomRotate.disableRotation();
    this.basemap = new Basemap(this.map, this.theme);
    new Marker({ element: drawing('home', [HOME]) }).setLngLat([lon, lat]).addTo(this.map);
    // What a hand moved stays where the hand left it.
    for (const kind of ['dragstart', 'zoomstart'] as const)
      this.map.on(kind, (event) => {
        if ('originalEvent' in event && event.originalEvent) this.isTheirs = true;
      });
    this.dark.addEventListener('change', this.recolor);
    this.loaded = new Promise((done) => this.map.once('load', () => done()));
    this.loaded.then(() => {
      this.isLoaded = true;
      this.dress();
    });
    // Before anything is drawn an error is the end: no worker, no network.
    this.map.on('error', () => {
      if (!this.isLoaded) options.failed?.();
    });
  }

  destroy(): void {
    this.dark.removeEventListener('change', this.recolor);
    this.map.remove();
  }

  /** When streets are drawn, or could not be: until then something else may stand in its place. */
  async ready(): Promise<void> {
    await this.loaded;
    await new Promise<void>((done) => this.map.once('idle', () => done()));
  }

  /** Who comes; null: nobody to show. */
  show(place: LatLon | null): void {
    this.place = place;
    if (!place) {
      this.someone?.remove();
      this.someone = null;
      return;
    }
    this.someone ??= new Marker({ element: drawing('someone', []) })
      .setLngLat([place[1], place[0]])
      .addTo(this.map);
    this.someone.setLngLat([place[1], place[0]]);
  }

  /** The way that is expected, from the marker on. */
  async setPath(path: LatLon[]): Promise<void> {
    this.path = path;
    await this.loaded;
    const coordinates = this.path.map(([lat, lon]) => [lon, lat]);
    const source = this.map.getSource('way') as { setData?(data: unknown): void } | undefined;
    source?.setData?.({ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates } });
  }

  /** Shows all of it, unless a person has chosen another view. */
  fit(): void {
    if (this.isTheirs || !this.place) return;
    const [lat, lon] = this.options.home;
    const bounds = new LngLatBounds([lon, lat], [lon, lat]);
    for (const [y, x] of [this.place, ...this.path]) bounds.extend([x, y]);
    const duration = this.calm.matches ? 0 : 600;
    this.map.fitBounds(bounds, {
      padding: { top: 36, bottom: 44, left: 36, right: 36 },
      maxZoom: 16,
      duration,
    });
  }

  resize(): void {
    this.map.resize();
  }

  private get theme() {
    return themeOf(this.dark.matches);
  }

  private dress(): void {
    const line = {
      type: 'line',
      source: 'way',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
    } as const;
    const color = this.wayColor();
    this.map.addLayer({ ...line, id: 'way-edge', paint: { 'line-color': this.theme.halo, 'line-width': 8 } });
    this.map.addLayer({ ...line, id: 'way', paint: { 'line-color': color, 'line-width': 5 } });
    this.basemap.show(this.options.tiles, 'way-edge');
  }

  private wayColor(): string {
    return getComputedStyle(document.documentElement).getPropertyValue('--accent').trim() || '#0a5a83';
  }

  private readonly recolor = () => {
    if (!this.map.getLayer('way')) return;
    this.basemap.setTheme(this.theme);
    this.map.setPaintProperty('way', 'line-color', this.wayColor());
    this.map.setPaintProperty('way-edge', 'line-color', this.theme.halo);
  };
}
