import { describe, expect, it } from 'vitest';
import { ROLES, stateOf, whatsappLink } from './team';

describe('team', () => {
  it('says who is in, invited and out', () => {
    const joined = '2026-11-24T12:00:00.000Z';
    expect(stateOf({ is_active: true, joined_at: joined }).word).toBe('team_active');
    expect(stateOf({ is_active: true, joined_at: null }).word).toBe('team_invited');
    expect(stateOf({ is_active: false, joined_at: joined }).word).toBe('team_inactive');
  });
  it('invites nobody as owner', () => expect(ROLES).not.toContain('owner'));
  it('carries the whole link through WhatsApp', () => {
    const link = whatsappLink('+5491155550001', 'Entrá: https://campo.example/invitar#AbC');
    expect(link.startsWith('https://wa.me/5491155550001?text=')).toBe(true);
    expect(new URL(link).searchParams.get('text')).toBe('Entrá: https://campo.example/invitar#AbC');
  });
});
