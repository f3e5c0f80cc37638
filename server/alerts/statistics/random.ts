/** The next of a repeatable row of numbers, 0 ≤ x < 1. */
export type Random = () => number;

/**
 * A small seeded generator: a Weyl sequence through a 32-bit finaliser. Good enough for simulations, never for secrets.
 * Source: the "splitmix" construction, G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014, with the constants of C. Wellons'
 * search for 32-bit finalisers.
 */
export function seeded(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000;
  };
}

/** Waiting time until the next event of a Poisson process whose events are `mean` apart on average. */
export const exponential = (random: Random, mean: number): number => -Math.log(1 - random()) * mean;

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Shape at least 1. Source: G. Marsaglia, W. W. Tsang, ACM TOMS 26 (2000), 363–372. */
function gamma(random: Random, shape: number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** A draw from Beta(a, b), both at least 1. */
export function beta(random: Random, a: number, b: number): number {
  const x = gamma(random, a);
  return x / (x + gamma(random, b));
}
