import { wilson, type ShareInterval } from '../../contract/statistics.ts';

/** A crossing, counted or true: ms on one clock. */
export interface TimedCrossing { at: number; inward: boolean }

/** What counting found of what truly happened; an interval is null where nothing happened or nothing was counted. */
export interface Comparison {
  truth: number;
  counted: number;
  /** True crossings that have a counted one of their own, in time. */
  found: number;
  /** Share of the true ones that were found, and of the counted ones that are true, each with its 95 % interval. */
  recall: ShareInterval | null;
  precision: ShareInterval | null;
  missed: number[];
  invented: number[];
}

export const TOLERANCE_MS = 3_000;

/**
 * Pairs counted crossings with true ones of the same direction, one to one, nearest times first, no further apart than
 * the tolerance.
 */
export function compareCrossings(truth: readonly TimedCrossing[], counted: readonly TimedCrossing[], toleranceMs = TOLERANCE_MS): Comparison {
  const pairs = truth.flatMap((real, i) => counted.flatMap((told, j) => {
    const apart = Math.abs(real.at - told.at);
    return real.inward === told.inward && apart <= toleranceMs ? [{ i, j, apart }] : [];
  })).sort((a, b) => a.apart - b.apart);
  const found = new Set<number>();
  const used = new Set<number>();
  for (const { i, j } of pairs) {
    if (found.has(i) || used.has(j)) continue;
    found.add(i);
    used.add(j);
  }
  return {
    truth: truth.length, counted: counted.length, found: found.size, recall: share(found.size, truth.length), precision: share(used.size, counted.length),
    missed: truth.flatMap(({ at }, i) => (found.has(i) ? [] : [at])), invented: counted.flatMap(({ at }, j) => (used.has(j) ? [] : [at])),
  };
}

const share = (k: number, n: number): ShareInterval | null => (n === 0 ? null : wilson(k, n));

/**
 * How near a total is to a person's count: 1 − |counted − true| / true, not below 0. It is no share of independent
 * crossings, as one missed and one invented cancel, so it has no interval. Null when the true count is 0.
 */
export function totalAccuracy(counted: number, truth: number): number | null {
  return truth === 0 ? null : Math.max(0, 1 - Math.abs(counted - truth) / truth);
}
