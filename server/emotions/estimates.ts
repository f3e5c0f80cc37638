import type { Estimate } from '../../contract/index.ts';
import { wilson } from '../../contract/statistics.ts';

/** Nothing to say. */
export const UNKNOWN: Estimate = { value: null, low: null, high: null };
const Z95 = 1.959964;
/** Beyond so many degrees of freedom Student's t differs from the normal distribution by less than a thousandth of its quantile. */
const NORMAL_FROM = 1_000;

/**
 * P(|T| ≤ t) for Student's t with `df` (a whole number ≥ 1) degrees of freedom.
 * Source: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions (1964), 26.7.3 and 26.7.4.
 */
export function withinT(t: number, df: number): number {
  const angle = Math.atan(t / Math.sqrt(df));
  const cos2 = Math.cos(angle) ** 2;
  let term = 1;
  let sum = 1;
  if (df % 2 === 0) {
    for (let k = 1; k <= df / 2 - 1; k += 1) { term *= ((2 * k - 1) / (2 * k)) * cos2; sum += term; }
    return Math.sin(angle) * sum;
  }
  if (df === 1) return (2 * angle) / Math.PI;
  for (let k = 1; k <= (df - 3) / 2; k += 1) { term *= ((2 * k) / (2 * k + 1)) * cos2; sum += term; }
  return (2 / Math.PI) * (angle + Math.sin(angle) * Math.cos(angle) * sum);
}

/**
 * Two-sided quantile of Student's t: |T| stays within it with probability `confidence`. Found by halving.
 * @param df whole number ≥ 1 @param confidence strictly within 0..1
 */
export function tQuantile(df: number, confidence = 0.95): number {
  const degrees = Math.min(NORMAL_FROM, df);
  let low = 0;
  let high = 1;
  while (withinT(high, degrees) < confidence && high < 1e9) high *= 2;
  for (let round = 0; round < 60; round += 1) {
    const middle = (low + high) / 2;
    if (withinT(middle, degrees) < confidence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const quantiles = new Map<string, number>();
function quantile(df: number, confidence: number): number {
  const key = `${Math.min(NORMAL_FROM, df)} ${confidence}`;
  let known = quantiles.get(key);
  if (known === undefined) {
    if (quantiles.size > 10_000) quantiles.clear();
    quantiles.set(key, (known = tQuantile(df, confidence)));
  }
  return known;
}

export interface Bounds { least: number; most: number; confidence?: number }
const clamp = (value: number, { least, most }: Bounds): number => Math.min(most, Math.max(least, value));

/**
 * Mean of `n` values with its interval by Student's t (W. S. Gosset, "The probable error of a mean", Biometrika 6 (1908),
 * 1–25), kept within what is possible. One value has no interval, so nothing is said of it.
 * @param variance of one value, with n − 1 in its denominator
 */
export function meanEstimate(n: number, mean: number, variance: number, bounds: Bounds): Estimate {
  if (n < 2 || !Number.isFinite(mean)) return UNKNOWN;
  const half = quantile(n - 1, bounds.confidence ?? 0.95) * Math.sqrt(Math.max(0, variance) / n);
  const value = clamp(mean, bounds);
  return { value, low: clamp(mean - half, bounds), high: clamp(mean + half, bounds) };
}

/** Mean and variance (n − 1) of `n` values by their sum and their sum of squares, both in units of `unit` and its square. */
export function momentsOf(n: number, sum: number, squares: number, unit: number): { mean: number; variance: number } {
  if (n < 2) return { mean: n === 0 ? Number.NaN : sum / n / unit, variance: 0 };
  return { mean: sum / n / unit, variance: Math.max(0, squares - (sum * sum) / n) / (n - 1) / unit / unit };
}

/** Share of `k` in `n` with its Wilson interval; nothing is said of none. */
export function shareEstimate(k: number, n: number): Estimate {
  if (n < 1) return UNKNOWN;
  const { share, low, high } = wilson(Math.min(n, Math.max(0, k)), n);
  return { value: share, low, high };
}

/** Pearson's r of two columns of the same length; null when one of them does not vary. */
export function pearson(x: readonly number[], y: readonly number[]): number | null {
  const n = x.length;
  if (n < 2 || y.length !== n) return null;
  const meanX = x.reduce((sum, value) => sum + value, 0) / n;
  const meanY = y.reduce((sum, value) => sum + value, 0) / n;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i += 1) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  const scale = Math.sqrt(xx * yy);
  return scale > 1e-12 * n ? Math.max(-1, Math.min(1, xy / scale)) : null;
}

/**
 * r with its 95 % interval by Fisher's z: artanh r ± 1.96 / √(n − 3).
 * Source: R. A. Fisher, "On the probable error of a coefficient of correlation", Metron 1 (1921), 3–32.
 * @param n independent pairs, need not be whole; at most 3 say nothing
 */
export function fisherEstimate(r: number, n: number): Estimate {
  if (!(n > 3)) return UNKNOWN;
  // A perfect r has no z; what is lost is below what anybody is shown.
  const z = Math.atanh(Math.max(-0.999_999, Math.min(0.999_999, r)));
  const half = Z95 / Math.sqrt(n - 3);
  return { value: r, low: Math.min(r, Math.tanh(z - half)), high: Math.max(r, Math.tanh(z + half)) };
}
