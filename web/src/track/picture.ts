/** Where someone is, in degrees. */
export interface Place {
  lat: number;
  lon: number;
}

export const WIDTH = 320;
export const HEIGHT = 240;
const PAD = 34;

/** Metres between two near places: flat earth, good to a percent within a city. */
export function distanceM(a: Place, b: Place): number {
  const y = (a.lat - b.lat) * 111_195;
  const x = (a.lon - b.lon) * 111_195 * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(x, y);
}

/** A projection that fits all places into the picture, north up, with the same scale both ways. */
export function fitter(places: Place[]): (place: Place) => { x: number; y: number } {
  const lats = places.map((p) => p.lat);
  const lons = places.map((p) => p.lon);
  const [s, n] = [Math.min(...lats), Math.max(...lats)];
  const [w, e] = [Math.min(...lons), Math.max(...lons)];
  const squash = Math.cos((((s + n) / 2) * Math.PI) / 180);
  // Not nearer than about 200 m across, or two points on one spot would jump about.
  const spanX = Math.max((e - w) * squash, 0.002);
  const spanY = Math.max(n - s, 0.002);
  const scale = Math.min((WIDTH - 2 * PAD) / spanX, (HEIGHT - 2 * PAD) / spanY);
  const [midLat, midLon] = [(s + n) / 2, (w + e) / 2];
  return (p) => ({
    x: WIDTH / 2 + (p.lon - midLon) * squash * scale,
    y: HEIGHT / 2 - (p.lat - midLat) * scale,
  });
}

const NS = 'http://www.w3.org/2000/svg';

function add(parent: Element, tag: string, attributes: Record<string, string | number>): Element {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  parent.append(element);
  return element;
}

/** The technician, the way so far and the home: a picture, not a map. */
export class Picture {
  private svg: Element | null = null;
  private trail: Place[] = [];

  constructor(
    private readonly container: HTMLElement,
    private readonly home: Place,
  ) {}

  show(technician: Place, label: string, route: [number, number][] | null = null): void {
    const last = this.trail[this.trail.length - 1];
    if (!last || distanceM(last, technician) > 15) this.trail = [...this.trail.slice(-60), technician];
    const ahead = (route ?? []).map(([lat, lon]) => ({ lat, lon }));
    const at = fitter([this.home, technician, ...this.trail, ...ahead]);
    this.svg ??= add(this.container, 'svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img' });
    this.svg.setAttribute('aria-label', label);
    this.svg.replaceChildren();
    const [h, t] = [at(this.home), at(technician)];
    for (let x = 20; x < WIDTH; x += 40) add(this.svg, 'path', { class: 'grid', d: `M${x} 0V${HEIGHT}` });
    for (let y = 10; y < HEIGHT; y += 40) add(this.svg, 'path', { class: 'grid', d: `M0 ${y}H${WIDTH}` });
    const line = (places: Place[]) => {
      const corners = places.map(at).map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`);
      return `M${corners.join('L')}`;
    };
    add(this.svg, 'path', { class: 'ahead', d: line([technician, ...ahead, this.home]) });
    if (this.trail.length > 1) add(this.svg, 'path', { class: 'way', d: line(this.trail) });
    add(this.svg, 'path', {
      class: 'home',
      d: `M${h.x - 11} ${h.y + 1}L${h.x} ${h.y - 10}L${h.x + 11} ${h.y + 1}M${h.x - 7} ${h.y - 2}v11h14v-11`,
    });
    add(this.svg, 'circle', { class: 'halo', cx: t.x, cy: t.y, r: 13 });
    add(this.svg, 'circle', { class: 'dot', cx: t.x, cy: t.y, r: 7 });
  }

  hide(): void {
    this.svg?.remove();
    this.svg = null;
    this.trail = [];
  }
}
