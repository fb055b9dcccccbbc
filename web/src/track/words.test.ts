import { describe, expect, it } from 'vitest';
import { distanceM, fitter, HEIGHT, WIDTH } from './picture';
import {
  countdownWords,
  distanceWords,
  fixWords,
  stateWords,
  toVisit,
  type Visit,
  windowWords,
} from './words';

const NOW = Date.parse('2026-11-03T17:00:00Z');
const visit = (more: Partial<Visit> = {}): Visit => ({
  status: 'en_camino',
  window: { from: NOW + 20 * 60_000, to: NOW + 35 * 60_000 },
  technician: { first_name: 'Marcos', photo_url: null, vehicle: null },
  position: null,
  route: null,
  ...more,
});

describe('words for the customer', () => {
  it('say who and when', () => {
    expect(stateWords(visit(), 'es')).toBe('Marcos está en camino');
    expect(stateWords(visit({ technician: null }), 'en')).toBe('The technician is on the way');
    expect(windowWords(visit(), 'es', NOW)).toBe('Llega entre 14:20 y 14:35');
    expect(windowWords(visit({ status: 'scheduled' }), 'es', NOW)).toBe('Hoy entre 14:20 y 14:35');
    expect(windowWords(visit({ status: 'scheduled' }), 'es', NOW - 2 * 86_400_000)).toContain('martes');
    for (const status of ['arrived', 'working', 'completed', 'cancelled'] as const)
      expect(windowWords(visit({ status }), 'es', NOW)).toBe('');
  });

  it('count down and never promise too much', () => {
    const words = (min: number) => countdownWords(visit(), 'es', NOW + min * 60_000);
    expect(words(0)).toBe('Faltan de 20 a 35 min');
    expect(words(5)).toBe('Faltan de 15 a 30 min');
    expect(words(25)).toBe('Menos de 10 min');
    expect(words(34.5)).toBe('Está por llegar');
    expect(words(37)).toBe('Demora un poco más de lo previsto');
    expect(countdownWords(visit({ status: 'arrived' }), 'es', NOW)).toBe('');
  });

  it('take what the stream says, and an unknown state calmly', () => {
    const live = { status: 'en_camino', window: { from: 1, to: 2 }, message: '' };
    expect(toVisit(live)).toMatchObject({ status: 'en_camino', window: { from: 1, to: 2 }, position: null });
    expect(stateWords(toVisit({ status: 'on_the_moon', message: '' }), 'es')).toBe(
      'Tu visita está confirmada',
    );
  });

  it('age and distance', () => {
    expect(fixWords(NOW - 12_000, 'es', NOW)).toBe('Última posición hace 12 s');
    expect(fixWords(NOW - 185_000, 'en', NOW)).toBe('Last position 3 min ago');
    expect(distanceWords(2345, 'es')).toBe('2,3 km');
    expect(distanceWords(420, 'es')).toBe('400 m');
  });
});

it('the picture holds every place, wherever it is', () => {
  for (const [lat, lon] of [
    [-34.6, -58.4],
    [-54.8, -68.3],
    [0, 0],
  ] as const) {
    for (const span of [0, 0.0001, 0.01, 0.4]) {
      const places = [
        { lat, lon },
        { lat: lat + span, lon: lon - span },
        { lat: lat - span / 3, lon: lon + span },
      ];
      const at = fitter(places);
      for (const place of places) {
        const { x, y } = at(place);
        expect(x).toBeGreaterThan(0);
        expect(x).toBeLessThan(WIDTH);
        expect(y).toBeGreaterThan(0);
        expect(y).toBeLessThan(HEIGHT);
      }
    }
  }
  expect(distanceM({ lat: -34.6, lon: -58.4 }, { lat: -34.61, lon: -58.4 })).toBeCloseTo(1112, 0);
});
