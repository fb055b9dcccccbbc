import { describe, expect, it } from 'vitest';
import type { VoiceNote } from '../../api/schema';
import { check, commandOf, corrections, draftOf, rows, sureness } from './voice';

const said = (value: string | null, confidence: number) => ({ value, confidence });

const note = (more: Partial<VoiceNote> = {}): VoiceNote =>
  ({
    id: 'n',
    version: 3,
    transcript: 'Pierde la canilla',
    sender: '+5491155550001',
    customer: null,
    reasons: [],
    fields: {
      problem_description: said('Pierde la canilla', 0.9),
      address: said(null, 0),
      urgency: said('emergency', 0.45),
      preferred_date: said('2026-11-25', 0.72),
      preferred_time: said('afternoon', 0.9),
      city: said(null, 0),
    },
    proposed_job: { title: 'Canilla', address: null, lat: null, lon: null, job_type: 'plomeria' },
    ...more,
  }) as unknown as VoiceNote;

describe('how sure a field is', () => {
  it('has a word and a drawing of its own on each side of an edge', () => {
    const kinds = [0.85, 0.84, 0.7, 0.69].map((c) => sureness(c, 0.7));
    expect(kinds.map((k) => k.kind)).toEqual(['ok', 'warn', 'warn', 'cancelled']);
    expect(new Set(kinds.map((k) => k.icon)).size).toBe(3);
    expect(kinds[0]?.text).toContain('85');
  });

  it('is measured by the field’s own minimum', () => {
    const found = Object.fromEntries(rows(note()).map((r) => [r.label, r.how.kind]));
    expect(Object.values(found)).toEqual(['ok', 'offline', 'cancelled', 'warn', 'ok']);
  });

  it('leaves out what nobody said, but for what a job needs', () => {
    const labels = rows(note()).map((r) => r.value);
    expect(labels).toContain('—');
    expect(labels).toContain('25/11/2026');
    expect(rows(note({ fields: null }))).toEqual([]);
  });
});

describe('corrections', () => {
  it('are nothing where nothing was changed', () => {
    const whole = note({
      proposed_job: {
        title: 'Canilla',
        description: 'Pierde la canilla',
        job_type: 'plomeria',
        priority: 'high',
        address: 'Mitre 88',
        scheduled_start: '2026-11-25T17:00:00Z',
        customer_phone: '+5491155550001',
      },
    } as Partial<VoiceNote>);
    expect(corrections(whole, draftOf(whole))).toEqual({});
  });

  it('say what changed, and empty what was emptied', () => {
    const before = note({
      proposed_job: {
        title: 'Canilla',
        address: 'Mitre 88',
        notes: 'x',
        job_type: 'gas',
        priority: 'normal',
      },
    } as Partial<VoiceNote>);
    const draft = { ...draftOf(before), title: 'Tablero', notes: ' ', address: 'Mitre 90' };
    const made = corrections(before, draft);
    expect(made).toMatchObject({ title: 'Tablero', notes: null, address: 'Mitre 90' });
    expect(made).not.toHaveProperty('job_type');
  });

  it('bring a pin together with its address', () => {
    const draft = { ...draftOf(note()), address: 'Mitre 88', place: { lat: -34.6, lon: -58.4 } };
    expect(corrections(note(), draft)).toMatchObject({ address: 'Mitre 88', lat: -34.6, lon: -58.4 });
  });

  it('leave a known customer alone', () => {
    const customer = { id: 'c', name: 'Ana', phone: '+5491155550001', address: null };
    const known = note({ customer } as Partial<VoiceNote>);
    const made = corrections(known, { ...draftOf(known), customer_name: 'Otra' });
    expect(made).not.toHaveProperty('customer_name');
  });

  it('need a title and a phone', () => {
    const draft = { ...draftOf(note()), title: 'x', customer_phone: ' ' };
    expect(Object.keys(check(draft)).sort()).toEqual(['phone', 'title']);
    expect(check(draftOf(note()))).toEqual({});
  });
});

describe('keys', () => {
  const key = (key: string, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });
  it('decide alone, never with a modifier', () => {
    expect(['j', 'k', 'a', 'e', 'r', 'p'].map((k) => commandOf(key(k)))).toEqual([
      'next',
      'previous',
      'approve',
      'edit',
      'reject',
      'play',
    ]);
    expect(commandOf(key('r', { ctrlKey: true }))).toBeNull();
    expect(commandOf(key('x'))).toBeNull();
  });
});
