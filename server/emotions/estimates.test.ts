import { describe, expect, it } from 'vitest';
import { fisherEstimate, meanEstimate, momentsOf, pearson, shareEstimate, tQuantile, UNKNOWN, withinT } from './estimates.ts';
import { randomFrom } from './testing/people.ts';

describe('Student\'s t', () => {
  // Tables of any textbook.
  it.each([[1, 12.7062], [2, 4.3027], [3, 3.1824], [4, 2.7764], [5, 2.5706], [9, 2.2622], [10, 2.2281], [29, 2.0452], [120, 1.9799], [5_000_000, 1.962]])('keeps 95 %% with %i degrees within %f', (df, expected) => {
    expect(tQuantile(df)).toBeCloseTo(expected, 3);
  });
  it('knows other confidences', () => {
    expect(tQuantile(10, 0.99)).toBeCloseTo(3.1693, 3);
    expect(tQuantile(4, 1 - 0.05 / 24)).toBeCloseTo(6.8, 0);
    expect(withinT(0, 7)).toBe(0);
  });
});

describe('a mean', () => {
  it('has the interval that is computed by hand', () => {
    // 0.1, 0.2, 0.3, 0.4, 0.5: mean 0.3, variance 0.025, t(4) 2.7764 · √0.005 = 0.19632.
    const { mean, variance } = momentsOf(5, 1.5, 0.55, 1);
    const found = meanEstimate(5, mean, variance, { least: 0, most: 1 });
    expect(found.value).toBeCloseTo(0.3, 10);
    expect(found.low).toBeCloseTo(0.10368, 4);
    expect(found.high).toBeCloseTo(0.49632, 4);
  });
  it('stays within what is possible, and one value says nothing', () => {
    expect(meanEstimate(2, 0.9, 0.02, { least: 0, most: 1 }).high).toBe(1);
    expect(meanEstimate(1, 0.9, 0, { least: 0, most: 1 })).toEqual(UNKNOWN);
    expect(meanEstimate(0, Number.NaN, 0, { least: 0, most: 1 })).toEqual(UNKNOWN);
  });
  it('holds the true one nearly as often as it says, also of a few people with skewed shares', () => {
    const random = randomFrom(20);
    for (const [n, least] of [[5, 0.82], [10, 0.86], [30, 0.92]] as const) {
      let held = 0;
      for (let round = 0; round < 2_000; round += 1) {
        // Squares of uniform numbers: mean a third, skewed to the left end, as p(happy) is.
        const values = Array.from({ length: n }, () => random() ** 2);
        const { mean, variance } = momentsOf(n, values.reduce((a, b) => a + b, 0), values.reduce((a, b) => a + b * b, 0), 1);
        const { low, high } = meanEstimate(n, mean, variance, { least: 0, most: 1 });
        if (low! <= 1 / 3 && high! >= 1 / 3) held += 1;
      }
      console.log(`interval of ${n} people held the true mean in ${(held / 20).toFixed(1)} % (seed 20)`);
      expect(held / 2_000).toBeGreaterThan(least);
    }
  });
});

describe('shares and correlations', () => {
  it.each([[9, 10, 0.596, 0.982], [0, 10, 0, 0.278], [4, 4, 0.51, 1]])('%i of %i by Wilson', (k, n, low, high) => {
    expect(shareEstimate(k, n).low).toBeCloseTo(low, 2);
    expect(shareEstimate(k, n).high).toBeCloseTo(high, 2);
  });
  it('of nobody are unknown', () => expect(shareEstimate(0, 0)).toEqual(UNKNOWN));
  it.each([[30, 0.05, 0.66], [90, 0.21, 0.56]])('r of 0.4 in %i by Fisher', (n, low, high) => {
    expect(fisherEstimate(0.4, n).low).toBeCloseTo(low, 2);
    expect(fisherEstimate(0.4, n).high).toBeCloseTo(high, 2);
  });
  it('are by Pearson what they are by hand, and none where nothing varies', () => {
    // Deviations −2 −1 0 1 2 and −2 0 −1 2 1: Σxy 8, Σx² = Σy² = 10.
    expect(pearson([1, 2, 3, 4, 5], [1, 3, 2, 5, 4])).toBeCloseTo(0.8, 12);
    expect(pearson([1, 2, 3], [7, 7, 7])).toBeNull();
    expect(fisherEstimate(1, 100)).toMatchObject({ value: 1, high: 1 });
    expect(fisherEstimate(0.5, 3)).toEqual(UNKNOWN);
  });
});
