import { describe, expect, it } from 'vitest';
import type { CounterHealth } from '../../../contract/traffic.ts';
import { daysOf, gap, isCounted, sumOf, verdictOf } from './figures.ts';

const day = (came: number, out: number, more: Partial<CounterHealth['days'][number]> = {}) => ({ day: '2026-03-01', in: came, out, drift: 0, left: Math.max(0, came - out), ...more });
const health = (days: CounterHealth['days'], more: Partial<CounterHealth> = {}): CounterHealth => ({ zone: null, days, advice: null, imbalance: null, ...more });

describe('the gap of a day', () => {
  it('is of the larger number, whichever way it is', () => {
    expect(gap(day(200, 180))).toBeCloseTo(0.1);
    expect(gap(day(180, 200))).toBeCloseTo(0.1);
    expect(gap(day(50, 0))).toBe(1);
  });
  it('is not known of a day on which nobody was counted', () => expect(gap(day(0, 0))).toBeNull());
});

it('today stands apart, for it is not over', () => {
  const { before, today } = daysOf({ days: [day(1, 1), day(2, 3), day(9, 4)] });
  expect([before.length, today.in, sumOf(before)]).toEqual([2, 9, { in: 3, out: 4 }]);
  expect(() => daysOf({ days: [] })).toThrow(TypeError);
});

it('a place is counted when anybody was, in any of its days', () => {
  expect(isCounted({ days: [day(0, 0), day(0, 0)] })).toBe(false);
  expect(isCounted({ days: [day(0, 2), day(0, 0)] })).toBe(true);
});

describe('the verdict', () => {
  it('is the hub\'s where it has one', () => {
    expect(verdictOf(health([day(120, 90), day(5, 1)], { advice: 'more_in', imbalance: 0.14 }))).toBe('more_in');
    expect(verdictOf(health([day(120, 119), day(5, 1)], { imbalance: 0.004 }))).toBe('agree');
    expect(verdictOf(health([day(120, 119), day(5, 1)]))).toBe('early');
  });
  it('names a direction that nobody counts after one day, and not on a day that is not over', () => {
    expect(verdictOf(health([day(30, 0), day(0, 0), day(4, 0)]))).toBe('only_in');
    expect(verdictOf(health([day(0, 30), day(0, 0)]))).toBe('only_out');
    expect(verdictOf(health([day(29, 0), day(0, 0)]))).toBe('early');
    expect(verdictOf(health([day(0, 0), day(60, 0)]))).toBe('early');
    expect(verdictOf(health([day(60, 0), day(80, 78), day(0, 0)]))).toBe('early');
  });
});
