/** A share with its 95 % interval and how many observations it comes from; null values where nothing can be said. */
export interface Estimate { value: number; low: number; high: number; n: number }

/** 97.5 % point of the normal distribution. */
const Z = 1.959_964;

/**
 * A share with Wilson's score interval (E. B. Wilson, JASA 22, 1927).
 * @returns null when n is 0.
 */
export function wilson(hits: number, n: number): Estimate | null {
  if (n === 0) return null;
  const p = hits / n;
  const z2 = Z * Z;
  const middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return { value: p, low: Math.max(0, middle - half), high: Math.min(1, middle + half), n };
}

/**
 * Area under the ROC curve: the chance that one of `positives` scores above one of `negatives`, ties counting half.
 * The interval is DeLong's (E. R. DeLong et al., Biometrics 44, 1988), on the logit scale so that it stays within 0..1;
 * where every positive scores above every negative (or below), it is the rule of three on the smaller group.
 * @returns null when either group is empty.
 */
export function auc(positives: readonly number[], negatives: readonly number[]): Estimate | null {
  const m = positives.length;
  const n = negatives.length;
  if (m === 0 || n === 0) return null;
  const above = placements(positives, negatives);
  const below = placements(negatives, positives).map((share) => 1 - share);
  const value = mean(above);
  const total = m + n;
  const least = Math.min(1, 3 / Math.min(m, n));
  if (value >= 1) return { value: 1, low: 1 - least, high: 1, n: total };
  if (value <= 0) return { value: 0, low: 0, high: least, n: total };
  const error = Math.sqrt(variance(above) / m + variance(below) / n);
  const logit = Math.log(value / (1 - value));
  const spread = Z * error / (value * (1 - value));
  return { value, low: logistic(logit - spread), high: logistic(logit + spread), n: total };
}

/** For each of `values` the share of `others` below it, ties counting half. */
function placements(values: readonly number[], others: readonly number[]): number[] {
  const sorted = Float64Array.from(others).sort();
  return values.map((value) => (lowerBound(sorted, value) + upperBound(sorted, value)) / 2 / sorted.length);
}

function lowerBound(sorted: Float64Array, value: number): number {
  let from = 0, to = sorted.length;
  while (from < to) { const middle = (from + to) >> 1; if (sorted[middle]! < value) from = middle + 1; else to = middle; }
  return from;
}

function upperBound(sorted: Float64Array, value: number): number {
  let from = 0, to = sorted.length;
  while (from < to) { const middle = (from + to) >> 1; if (sorted[middle]! <= value) from = middle + 1; else to = middle; }
  return from;
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of a sample; 0 for a single value. */
function variance(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

/** The value below which the share `p` of the values lies (nearest rank); NaN without values. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))]!;
}

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
