/** The odds of a negative rating that count as "worse" are this many times the usual ones: 10 % becomes 31 %, 20 % half. */
const ODDS_RATIO = 4;

/** What one rating adds to the sum: ln of how much likelier it is when the place is worse than when it is as usual. */
export interface Weights {
  negative: number;
  other: number;
}

/**
 * Log-likelihood ratios of a Bernoulli trial, ln(p₁/p₀) for a negative and ln((1−p₁)/(1−p₀)) for any other rating.
 * @param share p₀, strictly within 0..1.
 */
export function weights(share: number): Weights {
  const worse = (ODDS_RATIO * share) / (1 - share + ODDS_RATIO * share);
  return { negative: Math.log(worse / share), other: Math.log((1 - worse) / (1 - share)) };
}

/**
 * The height of the sum at which a place that is as usual crosses once in `ratings` on average, by the corrected
 * diffusion approximation of M. R. Reynolds and Z. G. Stoumbos, "A CUSUM chart for monitoring a proportion when
 * inspecting continuously", Journal of Quality Technology 31 (1999), 87–108, solved for the height.
 */
export function height(share: number, { negative, other }: Weights, ratings: number): number {
  const step = negative - other;
  const drift = Math.abs(step * share + other);
  // e^x − x − 1 = ratings · drift: each round divides the error by ratings · drift + 1 + x, at least by 4 here.
  let x = Math.log(ratings * drift + 1);
  for (let round = 0; round < 4; round += 1) x = Math.log(ratings * drift + 1 + x);
  return x - step * overshoot(share) * Math.sqrt(share * (1 - share));
}

/** How far a discrete sum jumps over its limit, in standard deviations of one rating: the fit of the same paper. */
function overshoot(share: number): number {
  const l = Math.log(share);
  const l3 = l * l * l;
  return 0.41 - 0.0842 * l - 0.0391 * l3 - 0.00376 * l3 * l - 0.000008 * l3 * l3 * l;
}
