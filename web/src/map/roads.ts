import type { ExpressionSpecification, FilterSpecification, LineLayerSpecification } from 'maplibre-gl';
import type { Hex, RoadLook, Theme } from './theme';

const LOOKS: RoadLook[] = [
  'motorway',
  'trunk',
  'primary',
  'secondary',
  'tertiary',
  'minor',
  'pedestrian',
  'service',
];

/** Width of the fill in pixels, by zoom, in the order of `LOOKS`; 0: not yet. */
const WIDTHS: [zoom: number, widths: number[]][] = [
  [4, [0.6, 0.4, 0, 0, 0, 0, 0, 0]],
  [8, [1.4, 1.1, 0.7, 0.3, 0, 0, 0, 0]],
  [10, [2.2, 1.8, 1.3, 0.9, 0.4, 0, 0, 0]],
  [12, [3.4, 3, 2.4, 1.8, 1.2, 0.7, 0.4, 0.3]],
  [13, [4.4, 4, 3.4, 2.7, 2.1, 1.3, 0.9, 0.6]],
  [14, [5.8, 5.4, 4.8, 4, 3.4, 2.4, 1.8, 1.1]],
  [16, [12, 11.5, 11, 10, 9, 7.5, 6, 3.8]],
  [18, [28, 27, 26, 24, 22, 19, 15, 9]],
  [20, [60, 58, 56, 52, 48, 42, 34, 20]],
];

/** Width of both edges together, by zoom. */
const EDGES: [zoom: number, px: number][] = [
  [8, 0.6],
  [11, 1],
  [14, 1.6],
  [16, 2],
  [20, 3],
];

const byClass = (values: (string | number)[], factor: unknown = 1): ExpressionSpecification => {
  const cases = LOOKS.slice(0, -1).flatMap((look, i) => [look, values[i] ?? 0]);
  const chosen = ['match', ['get', 'class'], ...cases, values[LOOKS.length - 1] ?? 0];
  return (factor === 1 ? chosen : ['*', factor, chosen]) as unknown as ExpressionSpecification;
};

/** A ramp of a carriageway is narrower than its road. */
const LINK = ['case', ['has', 'link'], 0.66, 1];

function edgeAt(zoom: number): number {
  const after = EDGES.findIndex(([z]) => z >= zoom);
  const [z1, px1] = EDGES[after] ?? [20, 3];
  const [z0, px0] = EDGES[after - 1] ?? [z1, px1];
  if (after < 0) return 3;
  return z1 === z0 ? px1 : px0 + ((px1 - px0) * (zoom - z0)) / (z1 - z0);
}

function width(withEdge: boolean): ExpressionSpecification {
  const stops = WIDTHS.flatMap(([zoom, widths]) => {
    const own = withEdge ? widths.map((w) => (w > 0 ? w + edgeAt(zoom) : 0)) : widths;
    return [zoom, byClass(own, LINK)];
  });
  return ['interpolate', ['exponential', 1.5], ['zoom'], ...stops] as unknown as ExpressionSpecification;
}

const colors = (pick: (look: RoadLook) => Hex): ExpressionSpecification => byClass(LOOKS.map(pick));

/** Far away the small ones are one thin line: white on nearly white would be nothing. */
function fill(theme: Theme): ExpressionSpecification {
  const far = colors((look) => {
    const isSmall = look === 'minor' || look === 'pedestrian' || look === 'service';
    return isSmall ? theme.hairline : theme.road[look].fill;
  });
  const near = colors((look) => theme.road[look].fill);
  return ['interpolate', ['linear'], ['zoom'], 13, far, 14, near] as unknown as ExpressionSpecification;
}

/** Which roads have an edge at a zoom: the small ones when they are wide enough. */
const EDGED: FilterSpecification = [
  'step',
  ['zoom'],
  ['<=', ['get', 'rank'], 1],
  10,
  ['<=', ['get', 'rank'], 3],
  12,
  ['<=', ['get', 'rank'], 4],
  13.5,
  ['<=', ['get', 'rank'], 7],
] as unknown as FilterSpecification;

/** Streets, and nothing that only feet and trains use. */
const STREETS: FilterSpecification = ['<=', ['get', 'rank'], 7];
const SORT = [
  '-',
  ['coalesce', ['get', 'layer'], 0],
  ['/', ['get', 'rank'], 20],
] as unknown as ExpressionSpecification;

const all = (...filters: FilterSpecification[]) => ['all', ...filters] as unknown as FilterSpecification;

function pair(
  theme: Theme,
  name: string,
  which: FilterSpecification,
  opacity: number,
): LineLayerSpecification[] {
  const base = { type: 'line', source: 'tiles', 'source-layer': 'roads' } as const;
  const isBridge = name === 'bridge';
  return [
    {
      ...base,
      id: `${name}-edge`,
      filter: all(STREETS, which, EDGED),
      layout: { 'line-join': 'round', 'line-cap': isBridge ? 'butt' : 'round', 'line-sort-key': SORT },
      paint: {
        'line-color': colors((look) => theme.road[look].edge),
        'line-width': width(true),
        'line-opacity': opacity,
      },
    },
    {
      ...base,
      id: `${name}-fill`,
      filter: all(STREETS, which),
      layout: { 'line-join': 'round', 'line-cap': 'round', 'line-sort-key': SORT },
      paint: { 'line-color': fill(theme), 'line-width': width(false), 'line-opacity': opacity },
    },
  ];
}

/** Everything that one moves along: tunnels, paths, roads by rank, rails, bridges. */
export function roadLayers(theme: Theme): LineLayerSpecification[] {
  const base = { type: 'line', source: 'tiles', 'source-layer': 'roads' } as const;
  const is = (...classes: string[]) =>
    ['in', ['get', 'class'], ['literal', classes]] as unknown as FilterSpecification;
  const ramp = (...stops: number[]) =>
    ['interpolate', ['exponential', 1.4], ['zoom'], ...stops] as unknown as ExpressionSpecification;
  return [
    ...pair(theme, 'tunnel', ['has', 'tunnel'], 0.45),
    {
      ...base,
      id: 'runway',
      filter: is('runway', 'taxiway'),
      paint: {
        'line-color': theme.runway,
        'line-width': [
          'interpolate',
          ['exponential', 1.6],
          ['zoom'],
          10,
          ['match', ['get', 'class'], 'runway', 1, 0.4],
          16,
          ['match', ['get', 'class'], 'runway', 34, 10],
        ],
      },
    },
    {
      ...base,
      id: 'ferry',
      filter: is('ferry'),
      paint: { 'line-color': theme.ferry, 'line-width': 1.1, 'line-dasharray': [5, 4] },
    },
    {
      ...base,
      id: 'track',
      minzoom: 13,
      filter: is('track'),
      paint: { 'line-color': theme.path, 'line-width': ramp(13, 0.6, 18, 4), 'line-dasharray': [4, 2] },
    },
    {
      ...base,
      id: 'path',
      minzoom: 15,
      filter: is('path'),
      layout: { 'line-join': 'round' },
      paint: { 'line-color': theme.path, 'line-width': ramp(15, 0.7, 19, 2.6), 'line-dasharray': [2, 2] },
    },
    ...pair(theme, 'road', ['all', ['!', ['has', 'tunnel']], ['!', ['has', 'bridge']]] as never, 1),
    {
      id: 'rail',
      type: 'line',
      source: 'tiles',
      'source-layer': 'railways',
      minzoom: 10,
      filter: [
        'all',
        ['!', ['has', 'tunnel']],
        ['!', ['in', ['get', 'class'], ['literal', ['disused', 'subway']]]],
      ] as never,
      paint: {
        'line-color': theme.rail,
        'line-width': ramp(10, 0.7, 14, 1.3, 18, 3),
        'line-opacity': ['case', ['has', 'service'], 0.6, 1],
      },
    },
    {
      id: 'rail-ties',
      type: 'line',
      source: 'tiles',
      'source-layer': 'railways',
      minzoom: 15,
      filter: ['all', ['!', ['has', 'tunnel']], ['==', ['get', 'class'], 'rail']] as never,
      paint: {
        'line-color': theme.rail,
        'line-width': ramp(15, 4, 18, 9),
        'line-dasharray': [0.2, 2],
      },
    },
    ...pair(theme, 'bridge', ['has', 'bridge'], 1),
  ];
}
