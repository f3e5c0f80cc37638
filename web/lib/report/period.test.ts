import { describe, expect, it } from 'vitest';
import type { Shift } from '../../../contract/duty.ts';
import { periodOf } from './period.ts';

const MOSCOW = 'Europe/Moscow';
const HOUR = 3_600_000;
/** Wednesday 2026-03-11, 14:00 in Moscow. */
const NOW = Date.UTC(2026, 2, 11, 11);
const TODAY = Date.UTC(2026, 2, 10, 21);
const shift = (days: number[], from: number, to: number): Shift => ({ id: 's1', site: 'x', name: 'Day', days, from, to, people: [] });
const ran = (days: number[], from: number, to: number, now = NOW, zone = MOSCOW) => periodOf('shift:s1', now, zone, [shift(days, from, to)]);

describe('the period of a report', () => {
  it('is counted in the site\'s days and ends now', () => {
    expect(periodOf('today', NOW, MOSCOW)).toEqual({ from: TODAY, to: NOW });
    expect(periodOf('yesterday', NOW, MOSCOW)).toEqual({ from: TODAY - 24 * HOUR, to: TODAY });
    expect(periodOf('week', NOW, MOSCOW)).toEqual({ from: TODAY - 6 * 24 * HOUR, to: NOW });
    expect(periodOf('month', NOW, MOSCOW)).toEqual({ from: TODAY - 27 * 24 * HOUR, to: NOW });
  });

  it('starts at midnight also when clocks changed meanwhile', () => {
    const now = Date.UTC(2026, 3, 2, 10);
    expect(periodOf('week', now, 'Europe/Berlin')?.from).toBe(Date.UTC(2026, 2, 26, 23));
  });

  it('of a shift is the one that is running, up to now', () => {
    expect(ran([3], 540, 1260)).toEqual({ from: TODAY + 9 * HOUR, to: NOW });
  });

  it('of a shift that has not begun today is its latest day', () => {
    expect(ran([3], 900, 1260)).toEqual({ from: TODAY - 7 * 24 * HOUR + 15 * HOUR, to: TODAY - 7 * 24 * HOUR + 21 * HOUR });
    expect(ran([1, 2], 540, 1260)).toEqual({ from: TODAY - 24 * HOUR + 9 * HOUR, to: TODAY - 24 * HOUR + 21 * HOUR });
  });

  it('of a shift past midnight ends on the next day', () => {
    expect(ran([2], 1320, 360)).toEqual({ from: TODAY - 2 * HOUR, to: TODAY + 6 * HOUR });
  });

  it('of a shift on the day when clocks change is by the clock on the wall', () => {
    const sunday = Date.UTC(2026, 2, 29, 12);
    expect(ran([7], 540, 720, sunday, 'Europe/Berlin')).toEqual({ from: Date.UTC(2026, 2, 29, 7), to: Date.UTC(2026, 2, 29, 10) });
  });

  it('of a shift that is gone is none', () => {
    expect(periodOf('shift:other', NOW, MOSCOW, [shift([1], 0, 60)])).toBeNull();
  });
});
