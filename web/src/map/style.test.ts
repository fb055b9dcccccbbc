import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { describe, expect, it } from 'vitest';
import { groundStyle, layersOf, sourceOf, vectorLayers } from './style';
import { DARK, LIGHT } from './theme';
import { readTiles } from './tiles';

const ORIGIN = 'https://campo.example';
const OURS = readTiles(
  {
    tiles: ['/tiles/abc/{z}/{x}/{y}.mvt'],
    bounds: [-8.7, 41.12, -8.555, 41.197],
    attribution: '© OpenStreetMap',
    vector_layers: [],
  },
  ORIGIN,
);
const PICTURES = readTiles(
  { tiles: ['https://tile.example/{z}/{x}/{y}.png'], attribution: '© Ellos' },
  ORIGIN,
);

/** The layers that docs/map.md promises. */
const PROMISED = [
  'water',
  'waterways',
  'landuse',
  'buildings',
  'roads',
  'railways',
  'boundaries',
  'places',
  'street_labels',
  'street_names',
  'road_shields',
  'water_labels',
  'pois',
  'housenumbers',
];

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('the %s style', (_, theme) => {
  it.each([
    ['our tiles', OURS],
    ['pictures', PICTURES],
  ])('is a valid style of %s, with nothing from outside', (_, tiles) => {
    if (!tiles) throw new Error('no tiles');
    const style = groundStyle(theme, { tiles: sourceOf(tiles) });
    style.layers.push(...layersOf(tiles, theme));
    expect(validateStyleMin(style)).toEqual([]);
    expect(style).not.toHaveProperty('glyphs');
    expect(style).not.toHaveProperty('sprite');
  });

  it('shows every layer that the tiles have, and none that they do not', () => {
    const used = vectorLayers(theme).map((layer) => ('source-layer' in layer ? layer['source-layer'] : ''));
    expect([...new Set(used)].sort()).toEqual([...PROMISED].sort());
  });

  it('differs from the other theme in colours alone', () => {
    const shape = (of: typeof theme) =>
      vectorLayers(of).map(({ paint, ...rest }) => [rest, Object.keys(paint ?? {})]);
    expect(shape(theme)).toEqual(shape(LIGHT));
  });
});

describe('what the server says about tiles', () => {
  it('is read, absolute, whatever kind', () => {
    expect(OURS).toMatchObject({
      kind: 'vector',
      urls: [`${ORIGIN}/tiles/abc/{z}/{x}/{y}.mvt`],
      maxzoom: 14,
    });
    expect(OURS?.bounds).toEqual([-8.7, 41.12, -8.555, 41.197]);
    expect(OURS?.attribution).toMatch(
      /^<a href="https:..www.openstreetmap.org.copyright".*© OpenStreetMap<.a>$/,
    );
    expect(PICTURES).toMatchObject({ kind: 'raster', tileSize: 256, maxzoom: 19, bounds: null });
  });

  it('may be that there is no map', () => {
    expect(readTiles({ tiles: [], build: null }, ORIGIN)).toBeNull();
    expect(readTiles(null, ORIGIN)).toBeNull();
  });

  it('a map of the whole world has no edge', () => {
    expect(readTiles({ tiles: ['/x.png'], bounds: [-180, -85.05, 180, 85.05] }, ORIGIN)?.bounds).toBeNull();
  });
});
