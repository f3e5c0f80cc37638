import { describe, expect, it } from 'vitest';
import { dayOf } from '../contract/time.ts';
import { readHours, shopDayAt, shopDaysUntil } from './schedule.ts';

const HOUR = 3_600_000;
const ZONE = 'Europe/Moscow'; // three hours ahead of UTC, all year
const local = (hour: number, minute = 0): number => Date.UTC(2026, 4, 12, hour - 3, minute);
const hours = { open: 9, close: 21 };

describe('shopDayAt', () => {
  it('is the natural day within opening hours', () => {
    for (const now of [local(9), local(14), local(20, 59)]) expect(shopDayAt(ZONE, hours, now)).toMatchObject({ start: local(9), end: local(21) });
  });
  it('opens again at closing time, and until the next natural opening', () => {
    expect(shopDayAt(ZONE, hours, local(21))).toMatchObject({ start: local(21), end: local(33) });
    expect(shopDayAt(ZONE, hours, local(3))).toMatchObject({ start: local(-3), end: local(9) });
  });
  it.each([[{ open: 10, close: 18 }], [{ open: 0, close: 24 }], [{ open: 8, close: 23 }], [{ open: 5, close: 6 }]])('covers every minute of two days exactly once: %j', (shop) => {
    for (const zone of [ZONE, 'America/New_York', 'Asia/Kathmandu']) {
      const from = Date.UTC(2026, 2, 7); // clocks change in New York on the 8th
      for (let now = from; now < from + 48 * HOUR; now += 29 * 60_000) {
        const day = shopDayAt(zone, shop, now);
        expect(day.start).toBeLessThanOrEqual(now);
        expect(day.end).toBeGreaterThan(now);
        expect(shopDayAt(zone, shop, day.start)).toEqual(day);
        expect(shopDayAt(zone, shop, day.end - 1)).toEqual(day);
        expect(shopDayAt(zone, shop, day.end).start).toBe(day.end);
      }
    }
  });
});

describe('shopDaysUntil', () => {
  it('is one day within opening hours, and at night also what belongs to today before', () => {
    expect(shopDaysUntil(ZONE, hours, local(15))).toHaveLength(1);
    expect(shopDaysUntil(ZONE, hours, local(22)).map(({ start }) => start)).toEqual([local(9), local(21)]);
    expect(shopDaysUntil(ZONE, hours, local(1)).map(({ start }) => start)).toEqual([local(-3)]);
  });
  it('reaches back to midnight, or to the opening', () => {
    for (let hour = 0; hour < 24; hour++) {
      const first = shopDaysUntil(ZONE, { open: 10, close: 14 }, local(hour))[0]!;
      expect(first.start <= dayOf(ZONE, local(hour)).start || first.start === local(10)).toBe(true);
    }
  });
});

describe('readHours', () => {
  it('reads hours and refuses rubbish', () => {
    expect(readHours('9-21')).toEqual({ open: 9, close: 21 });
    for (const text of ['', '9', '21-9', '9-9', '9-25', 'a-b', '-1-5', '9.5-21', '9-21 ']) expect(() => readHours(text)).toThrow(RangeError);
  });
});
