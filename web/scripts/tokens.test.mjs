import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DARK, LIGHT } from '../src/map/theme.ts';

it("the page has the map's ground before the map is there", () => {
  const css = readFileSync(new URL('../src/ui/tokens.css', import.meta.url), 'utf8');
  const found = [...css.matchAll(/--map-land: (#\w+)/g)].map((match) => match[1]);
  expect(found).toEqual([LIGHT.land, DARK.land]);
});
