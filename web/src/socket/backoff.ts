/** Longest pause between two attempts to connect. */
export const MAX_WAIT_MS = 30_000;

/**
 * How long to wait before attempt `n` (0 is the first repeat): doubling from one second to half a
 * minute, of which a random half is taken, so that a restarted server is not met by everyone at once.
 */
export function backoffMs(n: number, random: () => number): number {
  const full = Math.min(MAX_WAIT_MS, 1000 * 2 ** Math.min(n, 10));
  return Math.round(full * (0.5 + 0.5 * random()));
}
