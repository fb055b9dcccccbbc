/** A colour as `#rrggbb`. */
export type Hex = `#${string}`;

/** The classes of `landuse` that have a colour of their own (docs/map.md); the others are bare land. */
export type Landuse =
  | 'residential'
  | 'commercial'
  | 'industrial'
  | 'farmland'
  | 'grass'
  | 'park'
  | 'wood'
  | 'reserve'
  | 'cemetery'
  | 'wetland'
  | 'sand'
  | 'rock'
  | 'glacier'
  | 'pitch'
  | 'school'
  | 'hospital'
  | 'airport'
  | 'parking'
  | 'square';

/** The looks of roads, from the widest down. */
export type RoadLook =
  | 'motorway'
  | 'trunk'
  | 'primary'
  | 'secondary'
  | 'tertiary'
  | 'minor'
  | 'pedestrian'
  | 'service';

export interface Theme {
  isDark: boolean;
  land: Hex;
  grid: Hex;
  water: Hex;
  building: Hex;
  buildingEdge: Hex;
  landuse: Record<Landuse, Hex>;
  /** What a road is filled with, and its edge. */
  road: Record<RoadLook, { fill: Hex; edge: Hex }>;
  /** Roads so far away that they are one thin line. */
  hairline: Hex;
  path: Hex;
  ferry: Hex;
  runway: Hex;
  rail: Hex;
  boundary: Hex;
  arrow: Hex;
  text: { street: Hex; place: Hex; minor: Hex; water: Hex; green: Hex; poi: Hex; shield: Hex };
  halo: Hex;
  shield: { fill: Hex; edge: Hex };
  dot: { health: Hex; transit: Hex; civic: Hex; green: Hex; shop: Hex };
}

// Calm on purpose: what is bright on this map are the technicians.
export const LIGHT: Theme = {
  isDark: false,
  land: '#f1efea',
  grid: '#d3dae1',
  water: '#b4d7e9',
  building: '#e2dfd7',
  buildingEdge: '#d2cdc2',
  landuse: {
    residential: '#edebe5',
    commercial: '#f3ede8',
    industrial: '#ebeaec',
    farmland: '#f1f1e3',
    grass: '#e2edd5',
    park: '#d5eaca',
    wood: '#cfe4c4',
    reserve: '#dcecd1',
    cemetery: '#d9e5d2',
    wetland: '#d9e8df',
    sand: '#f4ebd2',
    rock: '#e6e4e0',
    glacier: '#f2f8fa',
    pitch: '#cbe5c1',
    school: '#f2ecdd',
    hospital: '#f7e8e5',
    airport: '#e9eaf0',
    parking: '#eceef2',
    square: '#eeebee',
  },
  road: {
    motorway: { fill: '#fadba4', edge: '#dcb26a' },
    trunk: { fill: '#fbe5b9', edge: '#dcba78' },
    primary: { fill: '#fdf2d4', edge: '#d2c190' },
    secondary: { fill: '#ffffff', edge: '#bfc3c8' },
    tertiary: { fill: '#ffffff', edge: '#c6c9cd' },
    minor: { fill: '#ffffff', edge: '#d0d2d5' },
    pedestrian: { fill: '#f7f3f8', edge: '#d8d1db' },
    service: { fill: '#fcfcfb', edge: '#dcddde' },
  },
  hairline: '#d5d6d8',
  path: '#bdae92',
  ferry: '#5f9abf',
  runway: '#d8dae4',
  rail: '#b3b9c1',
  boundary: '#9a86ac',
  arrow: '#7b858f',
  text: {
    street: '#363f49',
    place: '#1d2833',
    minor: '#39424c',
    water: '#124364',
    green: '#224c29',
    poi: '#3f3b48',
    shield: '#363f49',
  },
  halo: '#ffffff',
  shield: { fill: '#ffffff', edge: '#9aa4ae' },
  dot: { health: '#c2483f', transit: '#3b6fb0', civic: '#7d6a4a', green: '#3f8148', shop: '#8a5a97' },
};

export const DARK: Theme = {
  isDark: true,
  land: '#151c23',
  grid: '#222e39',
  water: '#0e2a3c',
  building: '#1d262f',
  buildingEdge: '#26313b',
  landuse: {
    residential: '#171f27',
    commercial: '#1b2129',
    industrial: '#191f2a',
    farmland: '#191f20',
    grass: '#18231f',
    park: '#16281f',
    wood: '#14261c',
    reserve: '#17251f',
    cemetery: '#18241f',
    wetland: '#142628',
    sand: '#25241e',
    rock: '#1d2226',
    glacier: '#1d2b33',
    pitch: '#1a3024',
    school: '#1f2226',
    hospital: '#27202a',
    airport: '#1a212c',
    parking: '#1b222b',
    square: '#1e242c',
  },
  road: {
    motorway: { fill: '#52472f', edge: '#0d1217' },
    trunk: { fill: '#494130', edge: '#0d1217' },
    primary: { fill: '#3f3c34', edge: '#0d1217' },
    secondary: { fill: '#3a434d', edge: '#0f151b' },
    tertiary: { fill: '#343d47', edge: '#0f151b' },
    minor: { fill: '#2c353f', edge: '#10161c' },
    pedestrian: { fill: '#2b2f3a', edge: '#12181e' },
    service: { fill: '#262f38', edge: '#12181e' },
  },
  hairline: '#29323b',
  path: '#4d4a3f',
  ferry: '#2f6182',
  runway: '#2b3340',
  rail: '#46515c',
  boundary: '#6a5b7a',
  arrow: '#8b98a5',
  text: {
    street: '#c2cbd4',
    place: '#e4eaf0',
    minor: '#b5bfc9',
    water: '#8fc1e3',
    green: '#9ccba3',
    poi: '#c0bec9',
    shield: '#c2cbd4',
  },
  halo: '#10161c',
  shield: { fill: '#1b242d', edge: '#55616d' },
  dot: { health: '#d8736b', transit: '#6f9fdb', civic: '#b09b74', green: '#6aa873', shop: '#b287be' },
};

export const themeOf = (isDark: boolean): Theme => (isDark ? DARK : LIGHT);

/** Every colour that a label may stand on. */
export function grounds(theme: Theme): Hex[] {
  return [
    theme.land,
    theme.water,
    theme.building,
    theme.runway,
    ...Object.values(theme.landuse),
    ...Object.values(theme.road).flatMap((road) => [road.fill, road.edge]),
  ];
}

function luminance(hex: Hex): number {
  const n = Number.parseInt(hex.slice(1), 16);
  const [r, g, b] = [n >> 16, (n >> 8) & 255, n & 255].map((byte) => {
    const c = byte / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

/** WCAG's contrast of two colours, 1 to 21. */
export function contrast(a: Hex, b: Hex): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}
