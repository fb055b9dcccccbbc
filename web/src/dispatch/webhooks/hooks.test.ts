import { describe, expect, test } from 'vitest';
import { choose, patternText, stateText } from './hooks';

describe('what an address hears', () => {
  test('everything makes the rest needless', () => {
    expect(choose(['job.*', 'user.*'], '*', true)).toEqual(['*']);
    expect(choose(['*'], 'job.*', true)).toEqual(['job.*']);
    expect(choose(['job.*'], 'user.*', true)).toEqual(['job.*', 'user.*']);
    expect(choose(['job.*', 'user.*'], 'job.*', false)).toEqual(['user.*']);
    expect(choose(['*'], '*', false)).toEqual([]);
  });
  test('in words, where there are any', () => {
    expect(patternText('job.*')).toBe('Trabajos');
    expect(patternText('job.created')).toBe('job.created');
    expect(stateText({ state: 'failed' })).toBe('fallido');
    expect(stateText({ state: 'new' })).toBe('new');
  });
});
