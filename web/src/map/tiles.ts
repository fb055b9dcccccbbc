/** What `/tiles/current.json` says: TileJSON, of our own tiles or of a configured provider's. */
export interface TileJson {
  tiles: string[];
  build?: string | null;
  minzoom?: number;
  maxzoom?: number;
  bounds?: [number, number, number, number];
  attribution?: string;
  vector_layers?: unknown[];
  /** Side of a picture in pixels, where tiles are pictures. */
  tileSize?: number;
}

/** Tiles as the map takes them. */
export interface Tiles {
  kind: 'vector' | 'raster';
  /** Absolute addresses. */
  urls: string[];
  minzoom: number;
  maxzoom: number;
  bounds: [number, number, number, number] | null;
  attribution: string;
  tileSize: number;
}

const WORLD: [number, number, number, number] = [-180, -85.051129, 180, 85.051129];

/** Reads TileJSON; null where there is no map. `origin` is where absolute paths belong. */
export function readTiles(json: TileJson | null, origin: string): Tiles | null {
  const urls = (json?.tiles ?? []).map((url) => (url.startsWith('/') ? origin + url : url));
  if (!json || urls.length === 0) return null;
  const isVector = json.vector_layers !== undefined || /\.(mvt|pbf)(\?|$)/.test(urls[0] ?? '');
  return {
    kind: isVector ? 'vector' : 'raster',
    urls,
    minzoom: json.minzoom ?? 0,
    maxzoom: json.maxzoom ?? (isVector ? 14 : 19),
    bounds: json.bounds && json.bounds.length === 4 && !isWorld(json.bounds) ? json.bounds : null,
    attribution: linked(json.attribution ?? ''),
    tileSize: json.tileSize ?? 256,
  };
}

/** The licence wants a way to its text. */
function linked(attribution: string): string {
  if (attribution !== '© OpenStreetMap') return attribution;
  return `<a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noreferrer">${attribution}</a>`;
}

function isWorld(bounds: number[]): boolean {
  return bounds.every((degrees, i) => Math.abs(degrees) >= Math.abs(WORLD[i] ?? 0) - 1);
}

let bearer: () => string | null = () => null;

/** Who asks: an organization's tier may have tiles of its own. Without a word everybody's are shown. */
export function askAs(token: () => string | null): void {
  bearer = token;
}

/** The tiles that are served now; null without a map, and when nobody answers. */
export async function currentTiles(): Promise<Tiles | null> {
  try {
    const token = bearer();
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const response = await fetch('/tiles/current.json', { credentials: 'same-origin', headers });
    if (!response.ok || response.status === 204) return null;
    return readTiles(await response.json(), location.origin);
  } catch {
    return null;
  }
}
