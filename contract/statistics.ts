// Shares and percentiles as the hub and the web both state them. Pure; no schemas, so that pages stay small.

const Z95 = 1.959964;

/** A share and its interval, all 0..1. */
export interface ShareInterval {
  share: number;
  low: number;
  high: number;
}

/**
 * Share of `k` in `n` with its Wilson score interval at 95 %.
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209–212.
 * @throws RangeError unless 0 ≤ k ≤ n and n ≥ 1.
 */
export function wilson(k: number, n: number): ShareInterval {
  if (!(n >= 1 && k >= 0 && k <= n && Number.isFinite(n))) throw new RangeError(`no share of ${k} in ${n}`);
  const z2 = Z95 * Z95;
  const centre = (k + z2 / 2) / (n + z2);
  const half = (Z95 / (n + z2)) * Math.sqrt((k * (n - k)) / n + z2 / 4);
  return { share: k / n, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * The value that `p` percent of `values` do not exceed, by nearest rank: the ⌈p/100 · n⌉-th smallest, so always one of
 * them; `p` 0 is the smallest. The order of `values` does not matter and is kept.
 * @param p 0..100
 * @throws RangeError for no values, values that are not numbers, and p outside 0..100.
 */
export function percentile(values: readonly number[], p: number): number {
  if (!(p >= 0 && p <= 100)) throw new RangeError(`no percentile ${p}`);
  if (values.some((value) => Number.isNaN(value))) throw new RangeError('not a number among the values');
  const sorted = [...values].sort((a, b) => a - b);
  // p/100·n would come out just above a whole number at times (0.07 · 100) and take the next rank.
  const found = sorted[Math.max(1, Math.ceil((p * sorted.length) / 100)) - 1];
  if (found === undefined) throw new RangeError('no values');
  return found;
}
