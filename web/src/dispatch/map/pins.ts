import type { JobStatus } from '../../socket/frames';

const SIDE = 30;
const RATIO = 2;

/** Draws a job's pin: a drop in the state's colour, with a rim; larger when selected. */
export function pinImage(color: string, rim: string, selected: boolean): ImageData | null {
  const canvas = document.createElement('canvas');
  const side = SIDE * RATIO;
  canvas.width = side;
  canvas.height = side;
  const c = canvas.getContext('2d');
  if (!c) return null;
  c.scale(RATIO, RATIO);
  const [x, top, r] = [SIDE / 2, selected ? 12 : 14, selected ? 9 : 7];
  c.beginPath();
  c.arc(x, top, r, Math.PI * 0.82, Math.PI * 0.18);
  c.lineTo(x, SIDE - 2);
  c.closePath();
  c.lineJoin = 'round';
  c.lineWidth = 3;
  c.strokeStyle = rim;
  c.stroke();
  c.fillStyle = color;
  c.fill();
  c.beginPath();
  c.arc(x, top, r * 0.38, 0, Math.PI * 2);
  c.fillStyle = rim;
  c.fill();
  return c.getImageData(0, 0, side, side);
}

export const PIN_RATIO = RATIO;
export const PIN_STATUSES: JobStatus[] = ['pending', 'scheduled', 'en_camino', 'working', 'completed'];
