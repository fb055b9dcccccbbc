import type { Map as MapLibre } from 'maplibre-gl';
import type { Theme } from './theme';

const RATIO = 2;

type Draw = (c: CanvasRenderingContext2D, side: number) => void;

function image(width: number, height: number, draw: Draw): ImageData | null {
  const canvas = document.createElement('canvas');
  canvas.width = width * RATIO;
  canvas.height = height * RATIO;
  const c = canvas.getContext('2d');
  if (!c) return null;
  c.scale(RATIO, RATIO);
  draw(c, width);
  return c.getImageData(0, 0, canvas.width, canvas.height);
}

const arrow = (color: string): Draw => {
  return (c, side) => {
    const middle = side / 2;
    c.strokeStyle = color;
    c.fillStyle = color;
    c.lineWidth = 1.4;
    c.lineCap = 'round';
    c.beginPath();
    c.moveTo(3, middle);
    c.lineTo(side - 7, middle);
    c.stroke();
    c.beginPath();
    c.moveTo(side - 3, middle);
    c.lineTo(side - 8, middle - 3);
    c.lineTo(side - 8, middle + 3);
    c.closePath();
    c.fill();
  };
};

const dot = (color: string, rim: string): Draw => {
  return (c, side) => {
    c.beginPath();
    c.arc(side / 2, side / 2, side / 2 - 1, 0, Math.PI * 2);
    c.fillStyle = rim;
    c.fill();
    c.beginPath();
    c.arc(side / 2, side / 2, side / 2 - 2.4, 0, Math.PI * 2);
    c.fillStyle = color;
    c.fill();
  };
};

const SHIELD = 20;
const shield = (fill: string, edge: string): Draw => {
  return (c, side) => {
    c.beginPath();
    c.roundRect(1, 1, side - 2, side - 2, 4);
    c.fillStyle = fill;
    c.fill();
    c.lineWidth = 1.2;
    c.strokeStyle = edge;
    c.stroke();
  };
};

/** Draws the map's small pictures; again, in other colours, when the theme changes. */
export function addIcons(map: MapLibre, theme: Theme): void {
  const pictures: [name: string, picture: ImageData | null][] = [
    ['oneway', image(20, 12, arrow(theme.arrow))],
    ...Object.entries(theme.dot).map(
      ([name, color]) => [`dot-${name}`, image(12, 12, dot(color, theme.halo))] as [string, ImageData | null],
    ),
    ['shield', image(SHIELD, SHIELD, shield(theme.shield.fill, theme.shield.edge))],
  ];
  const ends: [number, number][] = [[6 * RATIO, (SHIELD - 6) * RATIO]];
  for (const [name, picture] of pictures) {
    if (!picture) continue;
    if (map.hasImage(name)) map.updateImage(name, picture);
    else if (name !== 'shield') map.addImage(name, picture, { pixelRatio: RATIO });
    else
      map.addImage(name, picture, {
        pixelRatio: RATIO,
        stretchX: ends,
        stretchY: ends,
        content: [3 * RATIO, 2 * RATIO, (SHIELD - 3) * RATIO, (SHIELD - 2) * RATIO],
      });
  }
}
