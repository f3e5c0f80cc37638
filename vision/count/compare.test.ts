import { describe, expect, it } from 'vitest';
import { compareCrossings, totalAccuracy } from './compare.ts';

const at = (...times: number[]) => times.map((one) => ({ at: Math.abs(one) * 1000, inward: one >= 0 }));

describe('compareCrossings', () => {
  it('pairs one to one, by direction, within the tolerance, nearest first', () => {
    const found = compareCrossings(at(10, 11, -20, 40), at(11.2, -19, -20.5, 44));
    expect(found).toMatchObject({ truth: 4, counted: 4, found: 2, missed: [10_000, 40_000], invented: [19_000, 44_000] });
    expect(found.recall?.share).toBe(0.5);
    expect(found.precision!.low).toBeLessThan(0.5);
  });
  it('does not pair in with out', () => expect(compareCrossings(at(10), at(-10)).found).toBe(0));
  it('says nothing of shares without anything to share', () => expect(compareCrossings([], [])).toMatchObject({ recall: null, precision: null }));
});

it('a total is compared with a person\'s', () => {
  expect([totalAccuracy(95, 100), totalAccuracy(105, 100), totalAccuracy(300, 100), totalAccuracy(3, 0)]).toEqual([0.95, 0.95, 0, null]);
});
