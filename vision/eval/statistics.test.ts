import { describe, expect, it } from 'vitest';
import { auc, median, percentile, wilson } from './statistics.ts';

describe("Wilson's interval", () => {
  it('is the one of the tables', () => {
    expect(wilson(8, 10)).toEqual({ value: 0.8, low: expect.closeTo(0.4902, 4), high: expect.closeTo(0.9433, 4), n: 10 });
    expect(wilson(0, 20)).toEqual({ value: 0, low: 0, high: expect.closeTo(0.1611, 4), n: 20 });
    expect(wilson(76, 76)).toEqual({ value: 1, low: expect.closeTo(0.9519, 4), high: expect.closeTo(1, 9), n: 76 });
    expect(wilson(0, 0)).toBeNull();
  });
});

describe('area under the curve', () => {
  it('counts pairs in the right order, ties half', () => {
    expect(auc([3, 4], [1, 2])).toMatchObject({ value: 1, high: 1, n: 4 });
    expect(auc([1, 2], [3, 4])).toMatchObject({ value: 0, low: 0 });
    expect(auc([1, 1], [1, 1])!.value).toBe(0.5);
    expect(auc([2, 3, 5], [1, 3, 4])!.value).toBeCloseTo(6.5 / 9 - 1 / 9, 10);
    expect(auc([], [1])).toBeNull();
  });

  it("has DeLong's error", () => {
    const positives = [0.9, 0.8, 0.7, 0.35, 0.95], negatives = [0.1, 0.4, 0.3, 0.75];
    const found = auc(positives, negatives)!;
    expect(found.value).toBeCloseTo(17 / 20, 10);
    const v10 = positives.map((p) => negatives.filter((n) => p > n).length / 4);
    const v01 = negatives.map((n) => positives.filter((p) => p > n).length / 5);
    const spread = (values: number[]): number => { const m = values.reduce((a, b) => a + b) / values.length; return values.reduce((a, b) => a + (b - m) ** 2, 0) / (values.length - 1) / values.length; };
    const error = Math.sqrt(spread(v10) + spread(v01));
    const logit = Math.log(found.value / (1 - found.value));
    expect(found.low).toBeCloseTo(1 / (1 + Math.exp(-(logit - 1.959964 * error / (found.value * (1 - found.value))))), 10);
    expect(found.high).toBeLessThan(1);
  });

  it('holds what it promises: 95 of 100 intervals have the true value (seed 7)', () => {
    let state = 7;
    const uniform = (): number => { state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; return (state + 0.5) / 2 ** 32; };
    const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    // Two normal distributions a shift of 1.5 apart: AUC = Φ(1.5/√2) = .8556.
    let inside = 0;
    for (let i = 0; i < 400; i++) {
      const found = auc(Array.from({ length: 60 }, () => normal() + 1.5), Array.from({ length: 80 }, normal))!;
      if (found.low <= 0.8556 && found.high >= 0.8556) inside++;
    }
    expect(inside / 400).toBeGreaterThan(0.91);
    expect(inside / 400).toBeLessThan(0.99);
  });
});

it('percentiles are values that occurred', () => {
  expect(percentile([5, 1, 3], 0.5)).toBe(3);
  expect(percentile([5, 1, 3], 0.95)).toBe(5);
  expect(percentile([], 0.5)).toBeNaN();
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
