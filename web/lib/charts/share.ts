/** Below this many answers a share says more about chance than about people. */
export const ENOUGH = 10;
const Z95 = 1.959964;

export interface Interval {
  low: number;
  high: number;
}

/**
 * Wilson score interval of a share at 95 %, both ends 0..1.
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209–212.
 * @throws RangeError unless 0 ≤ hits ≤ n and n ≥ 1.
 */
export function wilson(hits: number, n: number): Interval {
  if (!(n >= 1 && hits >= 0 && hits <= n)) throw new RangeError(`no share of ${hits} in ${n}`);
  const z2 = Z95 * Z95;
  const centre = (hits + z2 / 2) / (n + z2);
  const half = (Z95 / (n + z2)) * Math.sqrt((hits * (n - hits)) / n + z2 / 4);
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

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
