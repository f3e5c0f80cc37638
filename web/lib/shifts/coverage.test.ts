import { describe, expect, it } from 'vitest';
import { gaps, lengthOf, openingTimes, pieces } from './coverage.ts';

const shift = (days: number[], from: number, to: number, people = 1) => ({ days, from, to, people: Array.from({ length: people }, (_, i) => ({ user: `p${i}`, role: 'floor' as const, zones: null })) });
const WEEKDAYS = [1, 2, 3, 4, 5];
const ALL = [1, 2, 3, 4, 5, 6, 7];

describe('times without anybody', () => {
  it('are none when every day is covered, and none without shifts', () => {
    expect(gaps([shift(ALL, 540, 900), shift(ALL, 900, 1260)])).toEqual([]);
    expect(gaps([])).toEqual([]);
  });

  it('are holes within a day and days left out, said once for days alike', () => {
    expect(gaps([shift(WEEKDAYS, 540, 780), shift(WEEKDAYS, 840, 1260)])).toEqual([
      { days: WEEKDAYS, from: 780, to: 840 },
      { days: [6, 7], from: 540, to: 1260 },
    ]);
  });

  it('count a shift without people as a hole', () => {
    expect(gaps([shift(ALL, 540, 900), shift(ALL, 900, 1260, 0)])).toEqual([{ days: ALL, from: 900, to: 1260 }]);
  });

  it('follow shifts past midnight, from Sunday into Monday too', () => {
    expect(gaps([shift(ALL, 480, 1320), shift(ALL, 1320, 480)])).toEqual([]);
    expect(gaps([shift(ALL, 480, 1320), shift(WEEKDAYS, 1320, 480)])).toEqual([
      { days: [1, 7], from: 0, to: 480 },
      { days: [6, 7], from: 1320, to: 1440 },
    ]);
  });

  it('of a night place lie in the night', () => {
    expect(gaps([shift(WEEKDAYS, 1320, 120)])).toEqual([{ days: [6, 7], from: 1320, to: 120 }]);
  });
});

describe('what is drawn of shifts', () => {
  it('is split at midnight', () => {
    expect(pieces([shift([7], 1320, 120)]).map(({ day, from, to }) => [day, from, to])).toEqual([[1, 0, 120], [7, 1320, 1440]]);
  });

  it('stands in lanes while it overlaps, and only then', () => {
    const drawn = pieces([shift([1], 540, 900), shift([1], 840, 1260), shift([1], 1260, 1320)]);
    expect(drawn.map(({ from, lane, lanes }) => [from, lane, lanes])).toEqual([[540, 0, 2], [840, 1, 2], [1260, 0, 1]]);
  });

  it('uses a lane again when it is free', () => {
    const drawn = pieces([shift([1], 0, 600), shift([1], 60, 120), shift([1], 120, 200)]);
    expect(drawn.map(({ lane, lanes }) => [lane, lanes])).toEqual([[0, 2], [1, 2], [1, 2]]);
  });

  it('knows how long shifts are and when the day begins and ends', () => {
    expect(lengthOf({ from: 540, to: 540 })).toBe(1440);
    expect(openingTimes([shift([1], 540, 900), shift([2], 1320, 120)])).toEqual({ from: 540, to: 1560 });
    expect(openingTimes([shift([1], 0, 0)])).toEqual({ from: 0, to: 1440 });
    expect(openingTimes([])).toBeNull();
  });
});
