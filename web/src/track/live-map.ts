import type { MiniMap } from '../map/mini';
import { currentTiles } from '../map/tiles';
import { Follower } from '../motion/follower';
import type { LatLon } from '../motion/way';
import type { Place } from './picture';
import { type Lang, MAP_WORDS } from './words';

/** Where motion is not wanted, the marker is put anew this often. */
const STEP_MS = 5000;

/**
 * Streets over the drawn picture, once the page stands and there is somebody to follow. Without tiles,
 * without WebGL and without a network the picture stays.
 */
export class LiveMap {
  private readonly follower = new Follower();
  private readonly calm = matchMedia('(prefers-reduced-motion: reduce)');
  private map: MiniMap | null = null;
  private box: HTMLElement | null = null;
  private isAsked = false;
  private drawn = 0;
  private pathDrawn = 0;
  private frame = 0;

  constructor(
    private readonly container: HTMLElement,
    private readonly home: Place,
    private readonly now: () => number,
    private readonly lang: () => Lang,
  ) {}

  follow(position: Place & { at: number }, route: LatLon[] | null): void {
    this.follower.setRoute(route);
    this.follower.fix(position.at, position.lat, position.lon);
    if (!this.isAsked) this.later();
    this.pathDrawn = 0;
    this.step(true);
    this.map?.fit();
  }

  hide(): void {
    cancelAnimationFrame(this.frame);
    this.follower.clear();
    this.map?.destroy();
    this.box?.remove();
    this.map = null;
    this.box = null;
    this.isAsked = false;
  }

  /** After the first paint, and after everything that the page needs more. */
  private later(): void {
    this.isAsked = true;
    const go = () => this.load().catch(() => this.box?.remove());
    const start = () =>
      'requestIdleCallback' in window ? requestIdleCallback(go, { timeout: 2000 }) : setTimeout(go, 300);
    if (document.readyState === 'complete') start();
    else window.addEventListener('load', start, { once: true });
  }

  private async load(): Promise<void> {
    const tiles = await currentTiles();
    if (!tiles || !this.isAsked) return;
    const { MiniMap } = await import('../map/mini');
    // The visit may have ended meanwhile.
    if (!this.isAsked || this.map) return;
    this.box = document.createElement('div');
    this.box.className = 'map';
    this.container.append(this.box);
    const home: LatLon = [this.home.lat, this.home.lon];
    const failed = () => setTimeout(() => this.fail());
    this.map = new MiniMap(this.box, { home, tiles, words: MAP_WORDS[this.lang()], failed });
    const { box, map } = this;
    this.step(true);
    map.fit();
    await map.ready();
    box.classList.add('shown');
    this.run();
  }

  /** The picture stays; the next position may try again. */
  private fail(): void {
    this.map?.destroy();
    this.box?.remove();
    this.map = null;
    this.isAsked = false;
  }

  private run(): void {
    if (!this.map) return;
    this.step(false);
    this.frame = requestAnimationFrame(() => this.run());
  }

  private step(isNews: boolean): void {
    if (!this.map) return;
    const now = this.now();
    if (!isNews && this.calm.matches && now - this.drawn < STEP_MS) return;
    this.drawn = now;
    const spot = this.follower.at(now);
    this.map.show(spot ? [spot.lat, spot.lon] : null);
    if (now - this.pathDrawn < 1000) return;
    this.pathDrawn = now;
    this.map.setPath(this.follower.ahead(now));
  }
}
