import { expect, it } from 'vitest';
import { percent, summary } from './coverage';

it('arrivals add up by tier and by hour of the day', () => {
  const rows = [
    { tier: 2, hour_of_week: 9, arrivals: 10, inside: 8 },
    { tier: 2, hour_of_week: 24 + 9, arrivals: 5, inside: 5 },
    { tier: 0, hour_of_week: 167, arrivals: 4, inside: 1 },
  ];
  const { all, tiers, hours } = summary(rows);
  expect(all).toEqual({ arrivals: 19, inside: 14 });
  expect(tiers.map(({ tier, share }) => [tier, share.arrivals])).toEqual([
    [0, 4],
    [2, 15],
  ]);
  expect(hours[9]).toEqual({ arrivals: 15, inside: 13 });
  expect(hours[23]).toEqual({ arrivals: 4, inside: 1 });
  expect(hours.reduce((sum, hour) => sum + hour.arrivals, 0)).toBe(19);
});

it('a share is a whole percentage, and none without arrivals', () => {
  expect(percent({ arrivals: 0, inside: 0 })).toBeNull();
  expect(percent({ arrivals: 200, inside: 162 })).toBe(81);
  expect(summary([]).tiers).toEqual([]);
});
