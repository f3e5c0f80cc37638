import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentile, wilson } from './statistics.ts';

describe('wilson', () => {
  it.each([[9, 10, 59.6, 98.2], [45, 50, 78.6, 95.7], [0, 10, 0, 27.8], [2, 4, 15, 85], [4, 4, 51, 100]])('%i of %i lies within %f and %f', (k, n, low, high) => {
    const interval = wilson(k, n);
    expect(interval.share).toBe(k / n);
    expect([interval.low, interval.high].map((end) => Math.round(end * 1000) / 10)).toEqual([low, high]);
  });
  it.each([[1, 0], [-1, 5], [6, 5], [Number.NaN, 5], [1, Number.NaN], [1, Infinity]])('refuses %f of %f', (k, n) => {
    expect(() => wilson(k, n)).toThrow(RangeError);
  });
  it('holds the share, within 0..1, and is mirrored by the opposite share', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, part) => {
      const k = Math.round(part * n);
      const { share, low, high } = wilson(k, n);
      const other = wilson(n - k, n);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(share + 1e-12);
      expect(high).toBeGreaterThanOrEqual(share - 1e-12);
      expect(low + other.high).toBeCloseTo(1, 9);
    }), { seed: 1927 });
  });
});

describe('percentile', () => {
  it.each([[0, 15], [5, 15], [30, 20], [40, 20], [50, 35], [90, 50], [100, 50]])('%i is %i of the textbook five', (p, value) => {
    expect(percentile([40, 15, 50, 35, 20], p)).toBe(value);
  });
  it('takes the exact rank where p percent of n is whole', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    for (let p = 1; p <= 100; p += 1) expect(percentile(hundred, p)).toBe(p);
  });
  it('keeps the order of what it was given, and knows one value', () => {
    const values = [3, 1, 2];
    percentile(values, 50);
    expect(values).toEqual([3, 1, 2]);
    expect(percentile([7], 90)).toBe(7);
  });
  it.each([[[], 50], [[1, Number.NaN], 50], [[1], -1], [[1], 101], [[1], Number.NaN]])('refuses %j at %f', (values, p) => {
    expect(() => percentile(values, p)).toThrow(RangeError);
  });
  it('is one of the values, with at least p percent not above it and fewer below', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 100 }), (values, p) => {
      const found = percentile(values, p);
      expect(values).toContain(found);
      expect(values.filter((value) => value <= found).length * 100).toBeGreaterThanOrEqual(p * values.length);
      expect(values.filter((value) => value < found).length * 100).toBeLessThan(p * values.length);
    }), { seed: 1927 });
  });
});
