import { AttributionControl, type Map as MapLibre } from 'maplibre-gl';
import { addIcons } from './icons';
import { layersOf, sourceOf } from './style';
import type { Theme } from './theme';
import type { Tiles } from './tiles';

/** Streets and names under what a page draws itself. */
export class Basemap {
  private tiles: Tiles | null = null;

  constructor(
    private readonly map: MapLibre,
    private theme: Theme,
  ) {}

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
