import { describe, expect, it } from 'vitest';
import { contrast, DARK, grounds, type Hex, LIGHT } from './theme';

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('the %s map', (_, theme) => {
  it('has readable labels on every ground', () => {
    const faint: string[] = [];
    for (const [name, text] of Object.entries(theme.text))
      for (const ground of [...grounds(theme), theme.halo, theme.shield.fill]) {
        const c = contrast(text, ground);
        if (c < 4.5) faint.push(`${name} ${text} on ${ground}: ${c.toFixed(2)}`);
      }
    expect(faint).toEqual([]);
  });

  it('shows its roads on every ground they cross', () => {
    const crossed: Hex[] = [theme.land, ...Object.values(theme.landuse)];
    const lost: string[] = [];
    for (const [name, { fill, edge }] of Object.entries(theme.road))
      for (const ground of crossed) {
        const c = Math.max(contrast(fill, ground), contrast(edge, ground));
        const needed = { minor: 1.15, pedestrian: 1.12, service: 1.1 }[name] ?? 1.25;
        if (c < needed) lost.push(`${name} on ${ground}: ${c.toFixed(2)}`);
      }
    expect(lost).toEqual([]);
  });

  it('ranks its roads by how much they stand out', () => {
    const seen = (['motorway', 'trunk', 'primary'] as const).map((look) => {
      const { fill, edge } = theme.road[look];
      return Math.max(contrast(fill, theme.land), contrast(edge, theme.land));
    });
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
  });
});

it('contrast is what WCAG says', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});
