import {
  type GeoJSONSource,
  LngLatBounds,
  Map as MapLibre,
  type MapMouseEvent,
  ScaleControl,
} from 'maplibre-gl';
import { t } from '../../i18n';
import { ago } from '../../i18n/format';
import { Basemap } from '../../map/basemap';
import { expose, isCalm, isDark } from '../../map/maplibre';
import { groundStyle } from '../../map/style';
import { themeOf } from '../../map/theme';
import { currentTiles, type Tiles } from '../../map/tiles';
import type { Job, MotionFrame, PositionRow, Technician } from '../../socket/frames';
import { placeOf } from '../board';
import { freshness } from '../fresh';
import { type Circle, DoubtLayer } from './doubt';
import { DraftPin, type PinEvents } from './draft-pin';
import { Fleet, packLook } from './fleet';
import { FleetLayer, type Palette } from './layer';
import { graticule, graticuleStep, latitude, longitude, mercatorLength } from './mercator';
import { PIN_RATIO, PIN_STATUSES, pinImage } from './pins';

/** Above this many names on the map nobody could read them. */
const LABELS = 200;
/** Pixels around a marker that count as a hit. */
const REACH_PX = 20;
const STATUSES = ['off_shift', 'available', 'en_camino', 'working', 'offline'];
const AGES = { none: 0, fresh: 0, ageing: 1, stale: 2, old: 3 } as const;
const BUENOS_AIRES: [number, number] = [-58.44, -34.6];
const EMPTY = { type: 'FeatureCollection' as const, features: [] };

export interface MapEvents {
  technician(id: string): void;
  job(id: string): void;
  place(lat: number, lon: number): void;
  moved(bounds: [number, number, number, number]): void;
  /** The person moved the map by hand. */
  grabbed(): void;
}

const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function rgb(hex: string): [number, number, number] {
  const digits = hex.replace('#', '');
  // The build shortens #ffffff to #fff.
  const long = digits.length === 3 ? [...digits].map((d) => d + d).join('') : digits;
  const n = Number.parseInt(long, 16);
  return [((n >> 16) & 255) / 255, ((n >> 8) & 255) / 255, (n & 255) / 255];
}

function palette(): Palette {
  const names = ['--completed-ink', '--scheduled-ink', '--en_camino-ink', '--working-ink', '--line-strong'];
  return {
    colors: names.map((name) => rgb(css(name))),
    rim: rgb(css('--surface')),
    ring: rgb(css('--text')),
    doubt: rgb(css('--accent')),
  };
}

/** The dispatcher's map: ground without a basemap, the fleet in one layer, pins of jobs, names. */
export class FleetMap {
  private readonly map: MapLibre;
  private readonly fleet = new Fleet();
  private readonly layer: FleetLayer;
  private readonly dark = isDark();
  private readonly calm = isCalm();
  private readonly basemap: Basemap;
  private tiles: Tiles | null = null;
  private colors = palette();
  private technicians: Record<string, Technician> = {};
  private jobs: Job[] = [];
  private selected: { technician: string | null; job: string | null } = { technician: null, job: null };
  private draft: { lat: number; lon: number } | null = null;
  private followed: string | null = null;
  private placing = false;
  private restyled = 0;
  private fitted = false;
  private ready = false;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    container: HTMLElement,
    title: string,
    private readonly events: MapEvents,
    private readonly serverNow: () => number,
  ) {
    this.layer = new FleetLayer(this.fleet, this.colors, () => this.clock());
    this.map = new MapLibre({
      container,
      center: BUENOS_AIRES,
      zoom: 11,
      maxZoom: 19,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
      attributionControl: false,
      locale: { 'Map.Title': title },
      style: groundStyle(this.theme, {
        grid: { type: 'geojson', data: EMPTY },
        jobs: { type: 'geojson', data: EMPTY },
        names: { type: 'geojson', data: EMPTY },
      }),
    });
    expose(container, this.map);
    this.basemap = new Basemap(this.map, this.theme);
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new ScaleControl({ unit: 'metric', maxWidth: 120 }), 'bottom-left');
    this.map.on('load', () => this.loaded());
    this.map.on('moveend', () => this.settled());
    this.map.on('click', (event) => this.clicked(event));
    this.map.on('dragstart', () => this.events.grabbed());
    this.dark.addEventListener('change', this.recolor);
    // Names follow their gliding markers at a pace that costs nothing.
    this.timer = setInterval(() => this.pulse(), 500);
  }

  destroy(): void {
    clearInterval(this.timer);
    this.dark.removeEventListener('change', this.recolor);
    this.map.remove();
  }

  private get theme() {
    return themeOf(this.dark.matches);
  }

  private clock(): number {
    return performance.now() / 1000;
  }

  private loaded(): void {
    this.ready = true;
    this.addImages();
    this.map.addLayer({
      id: 'grid',
      type: 'line',
      source: 'grid',
      paint: { 'line-color': this.theme.grid, 'line-width': 1 },
    });
    this.map.addLayer({
      id: 'jobs',
      type: 'symbol',
      source: 'jobs',
      layout: {
        'icon-image': ['get', 'image'],
        'icon-anchor': 'bottom',
        'icon-allow-overlap': true,
        'symbol-sort-key': ['get', 'rank'],
      },
    });
    this.map.addLayer(
      new DoubtLayer(
        () => this.doubt(),
        () => this.colors.doubt,
      ),
    );
    this.map.addLayer(this.layer);
    this.map.addLayer({
      id: 'names',
      type: 'symbol',
      source: 'names',
      layout: {
        'text-field': ['get', 'name'],
        'text-font': ['system-ui, sans-serif'],
        'text-size': 13,
        'text-offset': [0, 1.1],
        'text-anchor': 'top',
        'text-optional': true,
        'symbol-sort-key': ['get', 'rank'],
      },
      paint: {
        'text-color': css('--map-text'),
        'text-halo-color': css('--map-halo'),
        'text-halo-width': 1.6,
      },
    });
    this.drawJobs();
    this.drawNames();
    this.settled();
    this.showTiles();
  }

  /** Streets, where there is a map; the ground with its grid stays where there is none. */
  private async showTiles(): Promise<void> {
    const tiles = await currentTiles();
    // The page may have gone meanwhile.
    if (!tiles || !this.map.getLayer('jobs')) return;
    this.tiles = tiles;
    this.basemap.show(tiles, 'grid');
    this.map.setLayoutProperty('grid', 'visibility', 'none');
    if (!this.fitted) this.enter();
  }

  /** With nobody to show yet, the map's own area is better than one without streets. */
  private enter(): void {
    const [w, s, e, n] = this.tiles?.bounds ?? [0, 0, 0, 0];
    const { lng, lat } = this.map.getCenter();
    const isInside = lng >= w && lng <= e && lat >= s && lat <= n;
    if (this.tiles?.bounds && !isInside) this.map.fitBounds([w, s, e, n], { duration: 0 });
  }

  /** How far off the selected technician may be, as a circle in Mercator. */
  private doubt(): Circle | null {
    const id = this.selected.technician;
    const radiusM = id ? this.fleet.doubtM(id, this.clock()) : null;
    const p = id && radiusM !== null ? this.fleet.placeOf(id, this.clock()) : null;
    return p && radiusM !== null ? { ...p, radius: mercatorLength(radiusM, latitude(p.y)) } : null;
  }

  private addImages(): void {
    const rim = css('--surface');
    for (const status of [...PIN_STATUSES, 'draft'] as const) {
      const color = status === 'draft' ? css('--danger') : css(`--${status}-ink`);
      for (const selected of [false, true]) {
        const image = pinImage(color, rim, selected || status === 'draft');
        const name = `pin-${status}-${selected}`;
        if (!image) continue;
        if (this.map.hasImage(name)) this.map.updateImage(name, image);
        else this.map.addImage(name, image, { pixelRatio: PIN_RATIO });
      }
    }
  }

  private recolor = () => {
    if (!this.ready) return;
    this.basemap.setTheme(this.theme);
    this.map.setPaintProperty('grid', 'line-color', this.theme.grid);
    this.map.setPaintProperty('names', 'text-color', css('--map-text'));
    this.map.setPaintProperty('names', 'text-halo-color', css('--map-halo'));
    this.addImages();
    this.colors = palette();
    this.layer.setPalette(this.colors);
  };

  /** Everyone, as the lists have them: states, ages, who is selected. */
  setTechnicians(technicians: Record<string, Technician>, selected: string | null): void {
    this.technicians = technicians;
    this.selected.technician = selected;
    this.fleet.retain((id) => technicians[id]?.position != null);
    for (const technician of Object.values(technicians)) {
      const p = technician.position;
      if (p && !this.fleet.placeOf(technician.id, 0))
        this.fleet.move(technician.id, p.lat, p.lon, p.heading_deg ?? null, p.at, this.clock(), true);
    }
    this.restyle();
    // After the jobs of the same moment have come too.
    if (!this.fitted && this.fleet.count > 0) setTimeout(() => this.fitted || this.fit());
  }

  moved(rows: PositionRow[]): void {
    for (const [id, lat, lon, speed, heading, , at] of rows) {
      const moving = speed === null || speed >= 0.6;
      this.fleet.move(id, lat, lon, moving ? heading : null, at, this.clock(), this.calm.matches);
      const technician = this.technicians[id];
      if (technician) this.paint(technician, this.serverNow());
    }
    this.map.triggerRepaint();
  }

  /** What is expected of someone: the marker goes on between positions. */
  expected(motion: MotionFrame): void {
    const { technician, path, at } = motion;
    const [start] = path ?? [];
    if (start && !this.fleet.placeOf(technician, 0))
      this.fleet.move(technician, start[0], start[1], null, at, this.clock(), true);
    const ageS = (this.serverNow() - at) / 1000;
    this.fleet.expect(technician, motion, ageS, this.clock(), this.calm.matches);
    this.map.triggerRepaint();
  }

  setJobs(jobs: Job[], selected: string | null, draft: { lat: number; lon: number } | null): void {
    this.jobs = jobs;
    this.selected.job = selected;
    this.draft = draft;
    this.drawJobs();
  }

  setPlacing(on: boolean): void {
    this.placing = on;
    this.map.getCanvas().style.cursor = on ? 'crosshair' : '';
  }

  /** A pin on this map that can be dragged. */
  draftPin(label: string, events: PinEvents): DraftPin {
    return new DraftPin(this.map, label, events);
  }

  /** The middle of what is shown. */
  middle(): { lat: number; lon: number } {
    const { lat, lng } = this.map.getCenter();
    return { lat, lon: lng };
  }

  follow(id: string | null): void {
    this.followed = id;
    if (id) this.center(id);
  }

  /** Shows a technician, nearer if the map is far away. */
  center(id: string): void {
    const p = this.fleet.placeOf(id, this.clock());
    if (p) this.show(latitude(p.y), longitude(p.x));
  }

  show(lat: number, lon: number): void {
    const zoom = Math.max(this.map.getZoom(), 14);
    if (this.calm.matches) this.map.jumpTo({ center: [lon, lat], zoom });
    else this.map.easeTo({ center: [lon, lat], zoom, duration: 500 });
  }

  zoom(by: number): void {
    this.map.zoomTo(this.map.getZoom() + by, { duration: this.calm.matches ? 0 : 250 });
  }

  /** Shows everyone with a position and every open job with a place. */
  fit(): void {
    const bounds = new LngLatBounds();
    for (let i = 0; i < this.fleet.count; i++) {
      const id = this.fleet.idAt(i);
      const p = id ? this.fleet.placeOf(id, this.clock()) : null;
      if (p) bounds.extend([longitude(p.x), latitude(p.y)]);
    }
    for (const job of this.jobs) {
      const place = placeOf(job);
      if (place && job.status !== 'cancelled') bounds.extend([place.lon, place.lat]);
    }
    if (bounds.isEmpty()) return;
    this.fitted = true;
    this.map.fitBounds(bounds, { padding: 64, maxZoom: 15, duration: 0 });
  }

  private restyle(): void {
    this.restyled = this.clock();
    const now = this.serverNow();
    for (const technician of Object.values(this.technicians)) this.paint(technician, now);
    this.map.triggerRepaint();
  }

  private paint(technician: Technician, now: number): void {
    this.fleet.look(
      technician.id,
      packLook({
        status: Math.max(0, STATUSES.indexOf(technician.status)),
        age: AGES[freshness(technician.position?.at ?? null, now)],
        selected: technician.id === this.selected.technician,
      }),
    );
  }

  private pulse(): void {
    if (document.hidden || !this.ready) return;
    if (this.followed) {
      const p = this.fleet.placeOf(this.followed, this.clock());
      if (p && !this.map.isMoving())
        this.map.easeTo({ center: [longitude(p.x), latitude(p.y)], duration: 450 });
    }
    if (this.fleet.advance(this.clock())) this.map.triggerRepaint();
    if (this.fleet.movingUntil + 1 > this.clock()) this.drawNames();
    // Positions age by themselves.
    if (this.clock() - this.restyled > 5) {
      this.restyle();
      this.drawNames();
    }
  }

  private drawNames(): void {
    if (!this.ready) return;
    const features = [];
    for (let i = 0; i < this.fleet.count && features.length < LABELS; i++) {
      const id = this.fleet.idAt(i);
      const technician = id ? this.technicians[id] : undefined;
      const p = id ? this.fleet.placeOf(id, this.clock()) : null;
      if (!technician || !p) continue;
      const rank = technician.id === this.selected.technician ? 0 : 1 + STATUSES.indexOf(technician.status);
      features.push({
        type: 'Feature' as const,
        properties: { name: this.nameOf(technician), rank },
        geometry: { type: 'Point' as const, coordinates: [longitude(p.x), latitude(p.y)] },
      });
    }
    this.map.getSource<GeoJSONSource>('names')?.setData({ type: 'FeatureCollection', features });
  }

  /** The name; under it how old the position is, once the marker stands still for want of news. */
  private nameOf(technician: Technician): string {
    const at = technician.position?.at ?? null;
    const age = freshness(at, this.serverNow());
    if (at === null || (age !== 'stale' && age !== 'old')) return technician.name;
    return `${technician.name}\n${t('last_fix', { ago: ago(this.serverNow() - at) })}`;
  }

  private drawJobs(): void {
    if (!this.ready) return;
    const features = this.jobs.flatMap((job) => {
      const place = placeOf(job);
      if (!place || job.status === 'cancelled') return [];
      const selected = job.id === this.selected.job;
      return [this.pin(place.lon, place.lat, `pin-${job.status}-${selected}`, selected ? 2 : 1, job.id)];
    });
    if (this.draft) features.push(this.pin(this.draft.lon, this.draft.lat, 'pin-draft-true', 3, ''));
    this.map.getSource<GeoJSONSource>('jobs')?.setData({ type: 'FeatureCollection', features });
  }

  private pin(lon: number, lat: number, image: string, rank: number, id: string) {
    return {
      type: 'Feature' as const,
      properties: { image, rank, id },
      geometry: { type: 'Point' as const, coordinates: [lon, lat] },
    };
  }

  private settled(): void {
    const b = this.map.getBounds();
    const bounds: [number, number, number, number] = [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()];
    this.events.moved(bounds);
    if (!this.ready || this.basemap.isShown) return;
    const width = this.map.getContainer().clientWidth || 1;
    const step = graticuleStep((bounds[2] - bounds[0]) / width, 90);
    this.map.getSource<GeoJSONSource>('grid')?.setData({
      type: 'Feature',
      properties: {},
      geometry: { type: 'MultiLineString', coordinates: graticule(bounds, step) },
    });
  }

  private clicked(event: MapMouseEvent): void {
    if (this.placing) {
      this.events.place(event.lngLat.lat, event.lngLat.lng);
      return;
    }
    const near = this.nearest(event.point.x, event.point.y);
    if (near) {
      this.events.technician(near);
      return;
    }
    const [hit] = this.map.queryRenderedFeatures(event.point, { layers: ['jobs'] });
    const id = hit?.properties.id;
    if (typeof id === 'string' && id) this.events.job(id);
  }

  /** The technician drawn nearest to a pixel, within reach. */
  private nearest(x: number, y: number): string | null {
    let best: string | null = null;
    let reach = REACH_PX;
    for (let i = 0; i < this.fleet.count; i++) {
      const id = this.fleet.idAt(i);
      const p = id ? this.fleet.placeOf(id, this.clock()) : null;
      if (!id || !p) continue;
      const at = this.map.project([longitude(p.x), latitude(p.y)]);
      const d = Math.hypot(at.x - x, at.y - y);
      if (d < reach) [best, reach] = [id, d];
    }
    return best;
  }
}
