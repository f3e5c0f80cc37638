import { describe, expect, it } from 'vitest';
import { positiveShare, wilson } from './share.ts';

const percent = (hits: number, n: number) => {
  const { low, high } = wilson(hits, n);
  return [Math.round(low * 1000) / 10, Math.round(high * 1000) / 10];
};

describe('shares', () => {
  it.each([[9, 10, 59.6, 98.2], [45, 50, 78.6, 95.7], [0, 10, 0, 27.8], [2, 4, 15, 85], [4, 4, 51, 100]])('%i of %i lies within %f and %f', (hits, n, low, high) => {
    expect(percent(hits, n)).toEqual([low, high]);
  });
  it.each([[1, 0], [-1, 5], [6, 5], [Number.NaN, 5]])('refuse %f of %f', (hits, n) => {
    expect(() => wilson(hits, n)).toThrow(RangeError);
  });
  it('say how many answers are missing below ten', () => {
    expect(positiveShare({ lowest: 1, negative: 0, neutral: 2, positive: 4 })).toEqual({ positive: 4, n: 7, share: null, margin: null, missing: 3 });
  });
  it('give 212 of 240 with its margin', () => {
    const share = positiveShare({ lowest: 3, negative: 17, neutral: 8, positive: 212 });
    expect(share).toMatchObject({ n: 240, margin: 4, missing: 0 });
    expect(share.share).toBeCloseTo(0.883, 3);
  });
});
