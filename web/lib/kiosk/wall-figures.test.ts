import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ENOUGH } from '../charts/share.ts';
import { wallFigures } from './wall-figures.ts';

test('212 of 240 reads as 88% with its interval and its parts', () => {
  const figures = wallFigures({ positive: 212, neutral: 0, negative: 28 });
  expect(figures).toMatchObject({ total: 240, positive: 212, state: 'enough', percent: { value: 88, low: 84, high: 92 } });
  expect(figures.parts.map((one) => one.part)).toEqual(['positive', 'negative']);
});

test('a day without ratings is empty, a few ratings carry no percentage', () => {
  expect(wallFigures({ positive: 0, neutral: 0, negative: 0 })).toEqual({ total: 0, positive: 0, parts: [], percent: null, state: 'empty' });
  expect(wallFigures({ positive: ENOUGH - 1, neutral: 0, negative: 0 })).toMatchObject({ state: 'few', percent: null });
  expect(wallFigures({ positive: 0, neutral: 0, negative: ENOUGH })).toMatchObject({ state: 'enough', percent: { value: 0 } });
});

test('parts always add up to the whole, and the interval holds the share', () => {
  const count = fc.integer({ min: 0, max: 5000 });
  fc.assert(fc.property(count, count, count, (positive, neutral, negative) => {
    const { total, parts, percent } = wallFigures({ positive, neutral, negative });
    expect(parts.reduce((sum, one) => sum + one.count, 0)).toBe(total);
    if (total > 0) expect(parts.reduce((sum, one) => sum + one.share, 0)).toBeCloseTo(1, 9);
    if (percent) expect(percent.low <= percent.value && percent.value <= percent.high).toBe(true);
  }), { seed: 20266 });
});
