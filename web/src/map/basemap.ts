import { AttributionControl, type Map as MapLibre, type VectorTileSource } from 'maplibre-gl';
import { addIcons } from './icons';
import { layersOf, sourceOf } from './style';
import type { Theme } from './theme';
import { currentTiles, type Tiles } from './tiles';

/** After another map was built, tiles of the old one are gone; asked for no more often than this. */
const AGAIN_MS = 10_000;

/** Streets and names under what a page draws itself. */
export class Basemap {
  private tiles: Tiles | null = null;
  private renewed = 0;

  constructor(
    private readonly map: MapLibre,
    private theme: Theme,
  ) {
    // Tiles that do not come leave ground; a network that goes away is no news for a console.
    map.on('error', (event) => {
      const error = event.error as { message: string; status?: number } | undefined;
      if (error?.status === 404) this.renew();
      else console.warn(error?.message);
    });
  }

  /** Whether there is one; else there is bare ground. */
  get isShown(): boolean {
    return this.tiles !== null;
  }

  /** Puts the tiles under the layer `under`; the map must have loaded its style. */
  show(tiles: Tiles, under: string | undefined): void {
    if (this.tiles) return;
    this.tiles = tiles;
    addIcons(this.map, this.theme);
    this.map.addSource('tiles', sourceOf(tiles));
    for (const layer of layersOf(tiles, this.theme)) this.map.addLayer(layer, under);
    // The licence of the data asks for it wherever it is drawn, on phones too: never folded away.
    this.map.addControl(new AttributionControl({ compact: false }), 'bottom-right');
  }

  /** The server has another map: from now on its tiles. */
  private async renew(): Promise<void> {
    if (!this.tiles || Date.now() - this.renewed < AGAIN_MS) return;
    this.renewed = Date.now();
    const tiles = await currentTiles();
    if (!tiles || tiles.urls[0] === this.tiles.urls[0]) return;
    this.tiles = tiles;
    this.map.getSource<VectorTileSource>('tiles')?.setTiles(tiles.urls);
  }

  /** Other colours; nothing is loaded again. */
  setTheme(theme: Theme): void {
    this.theme = theme;
    this.map.setPaintProperty('land', 'background-color', theme.land);
    if (!this.tiles) return;
    addIcons(this.map, theme);
    for (const layer of layersOf(this.tiles, theme))
      for (const [name, value] of Object.entries(layer.paint ?? {}))
        this.map.setPaintProperty(layer.id, name as 'line-color', value);
  }
}
