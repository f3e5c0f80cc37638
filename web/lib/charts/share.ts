import { wilson } from '../../../contract/statistics.ts';

export { wilson };

/** Below this many answers a share says more about chance than about people. */
export const ENOUGH = 10;

export interface PositiveShare {
  positive: number;
  n: number;
  /** 0..1; null below `ENOUGH` answers. */
  share: number | null;
  /** Half the interval's width, in percentage points, rounded; null below `ENOUGH`. */
  margin: number | null;
  /** How many answers are missing until a share is shown. */
  missing: number;
}

/** Share of positive among all ratings of a period, with its uncertainty. */
export function positiveShare(counts: { lowest: number; negative: number; neutral: number; positive: number }): PositiveShare {
  const n = counts.lowest + counts.negative + counts.neutral + counts.positive;
  if (n < ENOUGH) return { positive: counts.positive, n, share: null, margin: null, missing: ENOUGH - n };
  const { low, high } = wilson(counts.positive, n);
  return { positive: counts.positive, n, share: counts.positive / n, margin: Math.round(((high - low) / 2) * 100), missing: 0 };
}
