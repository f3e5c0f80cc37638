import type { WallState } from '../../../contract/views/wall.ts';

/** Below this many ratings a share says more about chance than about the place. */
export const FEW = 10;

export type Part = 'positive' | 'neutral' | 'negative';
export interface WallFigures {
  total: number;
  positive: number;
  /** Best first; parts that the day does not have are left out. Shares are 0..1 and add up to 1. */
  parts: { part: Part; count: number; share: number }[];
  /** Share of positive ratings in whole percent, with its 95% interval; null while there are few ratings. */
  percent: { value: number; low: number; high: number } | null;
  state: 'empty' | 'few' | 'enough';
}

const Z95 = 1.959964;

/**
 * Wilson score interval of a share at 95%, as 0..1 (Wilson 1927, J. Am. Stat. Assoc. 22:209).
 * @throws RangeError unless 0 ≤ hits ≤ n and n > 0.
 */
export function wilson(hits: number, n: number): { low: number; high: number } {
  if (!(n > 0 && hits >= 0 && hits <= n)) throw new RangeError(`${hits} of ${n} is no share`);
  const p = hits / n;
  const z2n = Z95 * Z95 / n;
  const middle = p + z2n / 2;
  const half = Z95 * Math.sqrt(p * (1 - p) / n + z2n / (4 * n));
  return { low: Math.max(0, (middle - half) / (1 + z2n)), high: Math.min(1, (middle + half) / (1 + z2n)) };
}

/** What a wall shows of a day. Pure. */
export function wallFigures({ positive, neutral, negative }: Pick<WallState, Part>): WallFigures {
  const total = positive + neutral + negative;
  const counts: [Part, number][] = [['positive', positive], ['neutral', neutral], ['negative', negative]];
  const parts = total === 0 ? [] : counts.filter(([part, count]) => count > 0 || part === 'positive').map(([part, count]) => ({ part, count, share: count / total }));
  const state = total === 0 ? 'empty' : total < FEW ? 'few' : 'enough';
  if (state !== 'enough') return { total, positive, parts, percent: null, state };
  const { low, high } = wilson(positive, total);
  return { total, positive, parts, percent: { value: Math.round(positive / total * 100), low: Math.round(low * 100), high: Math.round(high * 100) }, state };
}
