import type { ExpressionSpecification, FilterSpecification, SymbolLayerSpecification } from 'maplibre-gl';
import type { Hex, Theme } from './theme';

// No `glyphs` in the style: the browser's own letters, drawn here. The first name of a stack only says
// the weight to MapLibre; no font has it.
const REGULAR = ['system-ui', 'sans-serif'];
const MEDIUM = ['Campo Medium', 'system-ui', 'sans-serif'];
const ITALIC = ['Campo Italic', 'system-ui', 'sans-serif'];

type Expression = ExpressionSpecification;
const expr = (...parts: unknown[]) => parts as unknown as Expression;
const filter = (...parts: unknown[]) => parts as unknown as FilterSpecification;
const from = (layer: string) => ({ type: 'symbol', source: 'tiles', 'source-layer': layer }) as const;
const zooms = (...stops: unknown[]) => expr('interpolate', ['linear'], ['zoom'], ...stops);
const classIs = (...classes: string[]) => filter('in', ['get', 'class'], ['literal', classes]);
const text = (theme: Theme, color: Hex, halo = 1.4) => ({
  'text-color': color,
  'text-halo-color': theme.halo,
  'text-halo-width': halo,
});

/** Names of streets: below 15 each has its chosen places, above it runs along the street. */
function streets(theme: Theme): SymbolLayerSpecification[] {
  const common = {
    'text-field': expr('get', 'name'),
    'text-font': MEDIUM,
    'symbol-sort-key': expr('get', 'rank'),
    'text-rotation-alignment': 'map',
    'text-pitch-alignment': 'viewport',
    'text-padding': 3,
  } as const;
  return [
    {
      id: 'street-names',
      ...from('street_names'),
      minzoom: 15,
      layout: {
        ...common,
        'symbol-placement': 'line',
        'symbol-spacing': 300,
        'text-size': zooms(15, 11.5, 18, 14),
        'text-max-angle': 40,
      },
      paint: text(theme, theme.text.street),
    },
    {
      id: 'street-labels',
      ...from('street_labels'),
      maxzoom: 15,
      layout: {
        ...common,
        'symbol-placement': 'line-center',
        'text-size': zooms(10, 11, 15, 12),
        'text-max-angle': 50,
      },
      paint: text(theme, theme.text.street),
    },
  ];
}

/** Names of places, the more important the larger and the earlier. */
function places(theme: Theme): SymbolLayerSpecification[] {
  const field = { 'text-field': expr('get', 'name'), 'symbol-sort-key': expr('get', 'rank') };
  return [
    {
      id: 'neighbourhoods',
      ...from('places'),
      minzoom: 13,
      maxzoom: 17,
      filter: classIs('neighbourhood', 'hamlet'),
      layout: {
        ...field,
        'text-font': REGULAR,
        'text-size': zooms(13, 11, 16, 13),
        'text-letter-spacing': 0.04,
        'text-max-width': 8,
        'text-padding': 12,
      },
      paint: text(theme, theme.text.minor, 1.2),
    },
    {
      id: 'suburbs',
      ...from('places'),
      minzoom: 10,
      maxzoom: 16,
      filter: classIs('suburb', 'village'),
      layout: {
        ...field,
        'text-font': MEDIUM,
        'text-size': zooms(10, 11, 14, 13.5),
        'text-letter-spacing': 0.06,
        'text-max-width': 8,
        'text-padding': 10,
        'text-variable-anchor': ['center', 'top', 'bottom'],
        'text-radial-offset': 0.6,
      },
      paint: text(theme, theme.text.minor, 1.4),
    },
    {
      id: 'towns',
      ...from('places'),
      minzoom: 6,
      maxzoom: 15,
      filter: classIs('town'),
      layout: {
        ...field,
        'text-font': MEDIUM,
        'text-size': zooms(6, 11, 10, 13, 14, 16),
        'text-max-width': 8,
        'text-padding': 6,
        'text-variable-anchor': ['center', 'top', 'bottom', 'left', 'right'],
        'text-radial-offset': 0.6,
      },
      paint: text(theme, theme.text.place, 1.6),
    },
  ];
}

const cities = (theme: Theme): SymbolLayerSpecification => ({
  id: 'cities',
  ...from('places'),
  maxzoom: 14,
  filter: classIs('city'),
  layout: {
    'text-field': expr('get', 'name'),
    'symbol-sort-key': expr('get', 'rank'),
    'text-font': ['Campo Semibold', 'system-ui', 'sans-serif'],
    'text-size': zooms(4, expr('case', ['has', 'capital'], 13, 11), 8, 15, 12, 19),
    'text-max-width': 8,
    'text-padding': 4,
    'text-variable-anchor': ['center', 'top', 'bottom', 'left', 'right'],
    'text-radial-offset': 0.8,
  },
  paint: text(theme, theme.text.place, 1.8),
});

const DOTS: [dot: string, classes: string[]][] = [
  ['health', ['hospital', 'clinic', 'pharmacy']],
  ['transit', ['station', 'subway_station', 'bus_station', 'airport']],
  ['green', ['park', 'cemetery', 'viewpoint', 'peak', 'island']],
  ['shop', ['supermarket', 'mall', 'hardware', 'fuel', 'bank', 'hotel']],
];
/** What one looks for in a town without asking: the rest comes nearer. */
const EARLY = [
  'hospital',
  'station',
  'subway_station',
  'bus_station',
  'airport',
  'park',
  'university',
  'stadium',
];

function pois(theme: Theme): SymbolLayerSpecification[] {
  const dot = expr(
    'match',
    ['get', 'class'],
    ...DOTS.flatMap(([dot, of]) => [of, `dot-${dot}`]),
    'dot-civic',
  );
  const green = DOTS.find(([name]) => name === 'green')?.[1] ?? [];
  return [
    {
      id: 'pois',
      ...from('pois'),
      minzoom: 14,
      filter: filter('step', ['zoom'], classIs(...EARLY), 16, true),
      layout: {
        'icon-image': dot,
        'text-field': expr('get', 'name'),
        'text-font': REGULAR,
        'text-size': zooms(14, 10.5, 18, 12.5),
        'text-anchor': 'top',
        'text-offset': [0, 0.55],
        'text-max-width': 9,
        'text-padding': 6,
        'icon-padding': 4,
        'symbol-sort-key': expr('get', 'rank'),
      },
      paint: {
        ...text(theme, theme.text.poi, 1.3),
        'text-color': expr('match', ['get', 'class'], green, theme.text.green, theme.text.poi),
      },
    },
  ];
}

/** All writing and small drawings, the least important first: MapLibre places from the last to the first. */
export function labelLayers(theme: Theme): SymbolLayerSpecification[] {
  return [
    {
      id: 'oneway',
      ...from('roads'),
      minzoom: 16,
      filter: filter('all', ['has', 'oneway'], ['<=', ['get', 'rank'], 7]),
      layout: {
        'symbol-placement': 'line',
        'symbol-spacing': 130,
        'icon-image': 'oneway',
        'icon-rotate': expr('case', ['==', ['get', 'oneway'], -1], 180, 0),
        'icon-rotation-alignment': 'map',
        'icon-padding': 2,
        'icon-size': zooms(16, 0.8, 18, 1.1),
      },
    },
    {
      id: 'housenumbers',
      ...from('housenumbers'),
      minzoom: 17,
      layout: {
        'text-field': expr('get', 'number'),
        'text-font': REGULAR,
        'text-size': 10.5,
        'text-padding': 2,
      },
      paint: text(theme, theme.text.minor, 1),
    },
    ...pois(theme),
    {
      id: 'water-labels',
      ...from('water_labels'),
      layout: {
        'text-field': expr('get', 'name'),
        'text-font': ITALIC,
        'text-size': zooms(6, 11, 14, 13),
        'text-letter-spacing': 0.05,
        'text-max-width': 7,
        'text-padding': 8,
        'symbol-sort-key': expr('get', 'rank'),
      },
      paint: text(theme, theme.text.water, 1),
    },
    {
      id: 'waterway-labels',
      ...from('waterways'),
      minzoom: 13,
      filter: filter('has', 'name'),
      layout: {
        'text-field': expr('get', 'name'),
        'text-font': ITALIC,
        'text-size': 11.5,
        'symbol-placement': 'line',
        'symbol-spacing': 400,
        'text-padding': 8,
      },
      paint: text(theme, theme.text.water, 1),
    },
    {
      id: 'shields',
      ...from('road_shields'),
      minzoom: 8,
      filter: filter('step', ['zoom'], ['<=', ['get', 'rank'], 1], 12, true),
      layout: {
        'icon-image': 'shield',
        'icon-text-fit': 'both',
        'icon-text-fit-padding': [1, 4, 1, 4],
        'text-field': expr('get', 'ref'),
        'text-font': MEDIUM,
        'text-size': 10,
        'text-padding': 30,
        'icon-padding': 30,
        'symbol-sort-key': expr('get', 'rank'),
      },
      paint: { 'text-color': theme.text.shield },
    },
    ...places(theme),
    ...streets(theme),
    cities(theme),
  ];
}
