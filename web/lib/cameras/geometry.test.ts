import { describe, expect, it } from 'vitest';
import type { Polygon } from '../../../contract/cameras.ts';
import { areaOf, contains, crossesItself, inwardArrow } from './geometry.ts';

const SQUARE: Polygon = [[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5]];

describe('polygons', () => {
  it('have an area whichever way round they are drawn', () => {
    expect(areaOf(SQUARE)).toBeCloseTo(0.25);
    expect(areaOf(SQUARE.toReversed())).toBeCloseTo(0.25);
  });

  it('cross themselves when two sides do, not when sides meet in a corner', () => {
    expect(crossesItself(SQUARE)).toBe(false);
    expect(crossesItself([[0, 0], [0.5, 0.5], [0.5, 0], [0, 0.5]])).toBe(true);
  });

  it('hold what is inside', () => {
    expect(contains(SQUARE, [0.2, 0.2])).toBe(true);
    expect(contains(SQUARE, [0.7, 0.2])).toBe(false);
  });
});

describe('the arrow of an entrance', () => {
  it('points to the left of a line that is walked upwards', () => {
    const { from, to } = inwardArrow({ from: [0.5, 1], to: [0.5, 0], inward: 'left' }, 200, 100, 30);
    expect(from).toEqual([100, 50]);
    expect(to[0]).toBeCloseTo(70);
    expect(to[1]).toBeCloseTo(50);
  });

  it('is upright to the line in pixels of a wide picture, and turns', () => {
    const line = { from: [0, 0], to: [1, 1], inward: 'right' } as const;
    const right = inwardArrow({ ...line, from: [0, 0], to: [1, 1] }, 200, 100, 10);
    const [dx, dy] = [right.to[0] - right.from[0], right.to[1] - right.from[1]];
    expect(dx * 200 + dy * 100).toBeCloseTo(0);
    expect(dy).toBeGreaterThan(0);
    expect(Math.hypot(dx, dy)).toBeCloseTo(10);
  });
});
