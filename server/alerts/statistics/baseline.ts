/** Ratings of a touchpoint in its last 28 days at one local hour, and the negative ones among them. */
export interface Baseline {
  n: number;
  k: number;
}

/**
 * What is held of a place nobody knows yet: Beta(2, 8), a fifth negative, worth ten ratings. Places with terminals see
 * 10 to 20 % negatives; the upper end is taken because a first week of false alerts costs more than a late true one.
 */
export const PRIOR = { negative: 2, other: 8 } as const;

/** How many standard deviations of the posterior a young place is given the benefit of. */
const CAUTION = 1;
/** A share outside is tested as this: beyond, a ratio of odds means nothing that a person would walk for. */
const SHARES = { least: 0.03, most: 0.7 } as const;

/** Beyond so many ratings nothing is left to chance. */
const MOST_RATINGS = 1e9;

/** The two parameters of the posterior; what cannot be (fewer ratings than none, more negatives than ratings) is mended. */
export function posterior(baseline: Baseline): { a: number; b: number } {
  const seen = Number.isFinite(baseline.n) ? Math.max(0, baseline.n) : 0;
  const k = Number.isFinite(baseline.k) ? Math.min(seen, Math.max(0, baseline.k)) : 0;
  const n = Math.min(MOST_RATINGS, seen);
  const negative = seen > 0 ? (k / seen) * n : 0;
  return { a: PRIOR.negative + negative, b: PRIOR.other + n - negative };
}

/**
 * Share of negatives to be expected, 0..1: mean of the posterior of a Beta(2, 8) prior and the ratings seen. This is
 * what a card says ("usually 12 %").
 */
export function expectedShare(baseline: Baseline): number {
  const { a, b } = posterior(baseline);
  return a / (a + b);
}

/**
 * The share that the test holds ratings against: the expected one and one standard deviation of what is not known about
 * it. With 28 days at 60 ratings an hour that adds 0.7 points to 10 %, at six an hour 2.3, in a place's first hour 12.
 */
export function cautiousShare(baseline: Baseline): number {
  const { a, b } = posterior(baseline);
  const n = a + b;
  const deviation = Math.sqrt((a * b) / (n * n * (n + 1)));
  return Math.min(SHARES.most, Math.max(SHARES.least, a / n + CAUTION * deviation));
}
