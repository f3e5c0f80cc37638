/**
 * Seeded random numbers: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021)
 * filled from a 32-bit hash of the seed's text, so that every purpose gets a stream of its own and adding one does
 * not move the others.
 */
export interface Random {
  /** 0 ≤ x < 1. */
  unit(): number;
  /** Whole number, `from` ≤ x ≤ `to`. */
  whole(from: number, to: number): number;
  chance(probability: number): boolean;
  /** @throws RangeError when there is nothing to pick from. */
  pick<T>(from: readonly T[]): T;
  /** Exponentially distributed, mean 1. */
  exponential(): number;
  /** Normally distributed, mean 0, standard deviation 1 (Box and Muller, 1958). */
  normal(): number;
}

export function seeded(...seed: (string | number)[]): Random {
  const state = fill(seed.join('/'));
  const next = (): number => {
    const [s0, s1, s2, s3] = state as [number, number, number, number];
    const scrambled = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    const t2 = s2 ^ s0;
    const t3 = s3 ^ s1;
    state[0] = s0 ^ t3;
    state[1] = s1 ^ t2;
    state[2] = t2 ^ (s1 << 9);
    state[3] = rotate(t3, 11);
    return scrambled;
  };
  const unit = (): number => next() / 2 ** 32;
  const exponential = (): number => -Math.log(1 - unit());
  return {
    unit, exponential,
    whole: (from, to) => from + Math.floor(unit() * (to - from + 1)),
    chance: (probability) => unit() < probability,
    pick: (from) => {
      const one = from[Math.floor(unit() * from.length)];
      if (one === undefined) throw new RangeError('there is nothing to pick from');
      return one;
    },
    normal: () => Math.sqrt(2 * exponential()) * Math.cos(2 * Math.PI * unit()),
  };
}

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** Four words that are not all zero, from the text: FNV-1a, then SplitMix-like finalisers. */
function fill(text: string): number[] {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  const words = [1, 2, 3, 4].map((i) => {
    let z = (hash + Math.imul(i, 0x9e3779b9)) | 0;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  });
  return words.some((word) => word !== 0) ? words : [1, 2, 3, 4];
}
