import type {
  ExpressionSpecification,
  FillLayerSpecification,
  FilterSpecification,
  LineLayerSpecification,
} from 'maplibre-gl';
import type { Theme } from './theme';

/** Classes of `landuse` that look like another one. */
const LIKE: Record<string, keyof Theme['landuse']> = {
  retail: 'commercial',
  railway: 'industrial',
  military: 'industrial',
  quarry: 'rock',
  garden: 'park',
  golf: 'grass',
  playground: 'grass',
};

function landuse(theme: Theme): ExpressionSpecification {
  const own = Object.entries(theme.landuse);
  const like = Object.entries(LIKE).map(([name, as]) => [name, theme.landuse[as]] as const);
  const cases = [...own, ...like].flat();
  return ['match', ['get', 'class'], ...cases, theme.land] as unknown as ExpressionSpecification;
}

/** Ground, water and houses: what lies under the roads. */
export function areaLayers(theme: Theme): (FillLayerSpecification | LineLayerSpecification)[] {
  const from = (layer: string) => ({ source: 'tiles', 'source-layer': layer }) as const;
  return [
    {
      id: 'landuse',
      type: 'fill',
      ...from('landuse'),
      paint: { 'fill-color': landuse(theme), 'fill-antialias': false },
    },
    {
      id: 'water',
      type: 'fill',
      ...from('water'),
      paint: { 'fill-color': theme.water },
    },
    {
      id: 'waterways',
      type: 'line',
      ...from('waterways'),
      filter: ['!', ['has', 'tunnel']] as unknown as FilterSpecification,
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: {
        'line-color': theme.water,
        'line-width': [
          'interpolate',
          ['exponential', 1.4],
          ['zoom'],
          8,
          ['match', ['get', 'class'], 'river', 0.8, 0.3],
          14,
          ['match', ['get', 'class'], 'river', 3, 'canal', 2.4, 1.2],
          18,
          ['match', ['get', 'class'], 'river', 14, 'canal', 10, 4],
        ],
      },
    },
    {
      id: 'buildings',
      type: 'fill',
      ...from('buildings'),
      minzoom: 13.5,
      paint: {
        'fill-color': theme.building,
        'fill-outline-color': theme.buildingEdge,
        'fill-opacity': ['interpolate', ['linear'], ['zoom'], 13.5, 0, 15, 1],
      },
    },
  ];
}

/** Lines between countries, provinces and municipalities. */
export function boundaryLayer(theme: Theme): LineLayerSpecification {
  return {
    id: 'boundaries',
    type: 'line',
    source: 'tiles',
    'source-layer': 'boundaries',
    filter: ['!', ['has', 'maritime']] as unknown as FilterSpecification,
    layout: { 'line-join': 'round' },
    paint: {
      'line-color': theme.boundary,
      'line-opacity': ['match', ['get', 'admin_level'], 2, 0.9, 4, 0.7, 0.4],
      'line-width': [
        'interpolate',
        ['linear'],
        ['zoom'],
        3,
        ['match', ['get', 'admin_level'], 2, 1, 0.6],
        12,
        ['match', ['get', 'admin_level'], 2, 2.4, 4, 1.8, 1.2],
      ],
      'line-dasharray': [4, 3],
    },
  };
}
