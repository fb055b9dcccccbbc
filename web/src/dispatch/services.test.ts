import { expect, it } from 'vitest';
import type { CapabilityView, Notice } from '../api/schema';
import { capabilityWord, causeWord, isReason, isServiceNews, lines, shown } from './services';

const notice = {
  services: [
    { service: 'twilio', mode: 'degraded', since: null, text: 'SMS con demoras.' },
    { service: 'whatsapp', mode: 'panic', since: null, text: 'WhatsApp fuera de servicio.' },
    { service: 'osrm', mode: 'degraded', since: null, text: 'Rutas externas sin respuesta.' },
    { service: 'mapbox', mode: 'degraded', since: null, text: 'Rutas externas sin respuesta.' },
  ],
  off: [
    { name: 'ui.live_map', text: 'sin mapa' },
    { name: 'whatsapp_voice_ai', text: 'Las notas esperan.' },
  ],
} as Notice;

it('the banner says the worst first, each once, and nothing of hidden parts', () => {
  expect(lines(null)).toEqual([]);
  expect(lines({ services: [], off: [] })).toEqual([]);
  expect(lines(notice)).toEqual([
    'WhatsApp fuera de servicio.',
    'Las notas esperan.',
    'SMS con demoras.',
    'Rutas externas sin respuesta.',
  ]);
});

it('a reason has ten to five hundred letters, blanks around it not counted', () => {
  expect(isReason('Meta no responde')).toBe(true);
  expect(isReason('   corto      ')).toBe(false);
  expect(isReason('ñ'.repeat(500))).toBe(true);
  expect(isReason('x'.repeat(501))).toBe(false);
});

it('what is asked again after what', () => {
  expect([null, 'service.mode_changed', 'capability.changed', 'job.created'].map(isServiceNews)).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

it('who decided is said by a word', () => {
  expect(causeWord(null, true)).toBeNull();
  expect(causeWord({ cause: 'person' }, true)).toBe('service_by_person');
  expect(causeWord({ cause: 'person' }, false)).toBe('service_by_operator');
  expect(causeWord({ cause: 'rate' }, true)).toBe('service_by_rate');
});

it('what this version does not have is not shown', () => {
  const all = [
    { name: 'whatsapp', is_in_use: true },
    { name: 'afip', is_in_use: false },
  ];
  expect(shown(all as unknown as CapabilityView[]).map((c) => c.name)).toEqual(['whatsapp']);
  expect(capabilityWord('whatsapp')).toBe('cap_whatsapp');
  expect(capabilityWord('of.later')).toBeNull();
});
