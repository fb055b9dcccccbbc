import type {
  LayerSpecification,
  RasterLayerSpecification,
  SourceSpecification,
  StyleSpecification,
} from 'maplibre-gl';
import { areaLayers, boundaryLayer } from './areas';
import { labelLayers } from './labels';
import { roadLayers } from './roads';
import type { Theme } from './theme';
import type { Tiles } from './tiles';

/** The layers of our own tiles (docs/map.md), from the ground up. */
export function vectorLayers(theme: Theme): LayerSpecification[] {
  return [...areaLayers(theme), ...roadLayers(theme), boundaryLayer(theme), ...labelLayers(theme)];
}

/** Pictures of a provider; by night they are dimmed. */
function rasterLayer(theme: Theme): RasterLayerSpecification {
  const [light, colour] = theme.isDark ? [0.62, -0.4] : [1, 0];
  const paint = { 'raster-brightness-max': light, 'raster-saturation': colour };
  return { id: 'pictures', type: 'raster', source: 'tiles', paint };
}

export const layersOf = (tiles: Tiles, theme: Theme): LayerSpecification[] =>
  tiles.kind === 'vector' ? vectorLayers(theme) : [rasterLayer(theme)];

export function sourceOf(tiles: Tiles): SourceSpecification {
  const { kind, urls, minzoom, maxzoom, attribution } = tiles;
  const bounds = tiles.bounds ? { bounds: tiles.bounds } : {};
  const common = { tiles: urls, minzoom, maxzoom, attribution, ...bounds };
  return kind === 'vector'
    ? { type: 'vector', ...common }
    : { type: 'raster', tileSize: tiles.tileSize, ...common };
}

/** Bare ground; the basemap comes when it is there. No glyphs, no sprite: nothing from outside. */
export function groundStyle(theme: Theme, sources: StyleSpecification['sources'] = {}): StyleSpecification {
  return {
    version: 8,
    sources,
    layers: [{ id: 'land', type: 'background', paint: { 'background-color': theme.land } }],
  };
}
