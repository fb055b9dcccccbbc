/** Web Mercator in [0, 1], as MapLibre has it. */
export const mercatorX = (lon: number): number => (180 + lon) / 360;

export function mercatorY(lat: number): number {
  const rad = (Math.max(-85.051129, Math.min(85.051129, lat)) * Math.PI) / 180;
  return (1 - Math.log(Math.tan(Math.PI / 4 + rad / 2)) / Math.PI) / 2;
}

export const longitude = (x: number): number => x * 360 - 180;

export function latitude(y: number): number {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
}

/** Metres on the ground at a latitude, in Mercator's unit. */
export const mercatorLength = (metres: number, lat: number): number =>
  metres / (40_075_016.686 * Math.cos((lat * Math.PI) / 180));

const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

/** Degrees between two lines of the graticule so that they are at least `px` apart. */
export function graticuleStep(degreesPerPx: number, px: number): number {
  return STEPS.find((step) => step / degreesPerPx >= px) ?? 30;
}

/** The lines of latitude and longitude inside `bounds`. */
export function graticule([w, s, e, n]: [number, number, number, number], step: number): number[][][] {
  const lines: number[][][] = [];
  const count = (from: number, to: number) => Math.min(80, Math.floor((to - from) / step) + 2);
  const west = Math.floor(w / step) * step;
  const south = Math.max(-85, Math.floor(s / step) * step);
  const [east, north] = [west + count(w, e) * step, Math.min(85, south + count(s, n) * step)];
  for (let i = 0; i <= count(w, e); i++)
    lines.push([
      [west + i * step, south],
      [west + i * step, north],
    ]);
  for (let i = 0; i <= count(s, n); i++) {
    const lat = Math.min(85, south + i * step);
    lines.push([
      [west, lat],
      [east, lat],
    ]);
  }
  return lines;
}
