/** Small seeded generator (mulberry32): the same seed gives the same test. */
export function seededRandom(seed: number): { next(): number; below(n: number): number; chance(p: number): boolean } {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { next, below: (n) => Math.floor(next() * n), chance: (p) => next() < p };
}

/** The seed of this run: OTKLIK_TEST_SEED, or a new one; printed, so that a failure can be repeated. */
export function testSeed(name: string): number {
  const seed = Number(process.env['OTKLIK_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`${name}: seed ${seed}`);
  return seed;
}
