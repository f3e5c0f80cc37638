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

/**
 * The seed of this run, printed so that a failure can be repeated: OTKLIK_TEST_SEED; under CI always the same one, so
 * that a build does not depend on luck; else a new one, so that every developer's run looks somewhere else.
 */
export function testSeed(name: string): number {
  const given = process.env['OTKLIK_TEST_SEED'];
  const seed = given !== undefined ? Number(given) : process.env['CI'] ? 20_261_121 : Math.floor(Math.random() * 2 ** 31);
  console.log(`${name}: seed ${seed}`);
  return seed;
}
