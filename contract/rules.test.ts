import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, CLOSE_CODES, dayOf, moodOf, parseChannel, ratingClass, shouldReconnect, stepFor, zoneOffsetMs, type EmotionShares } from './index.ts';

describe('ratingClass', () => {
  const rating = fc.integer({ min: 2, max: 11 }).chain((scale) => fc.tuple(fc.integer({ min: 1, max: scale }), fc.constant(scale)));
  const order = ['lowest', 'negative', 'neutral', 'positive'];

  it('has one lowest value, ends positive, never falls as the value rises, and is symmetric about the middle', () => {
    fc.assert(fc.property(rating, ([value, scale]) => {
      const own = ratingClass(value, scale);
      expect(own === 'lowest').toBe(value === 1);
      expect(ratingClass(scale, scale)).toBe('positive');
      if (value < scale) expect(order.indexOf(ratingClass(value + 1, scale))).toBeGreaterThanOrEqual(order.indexOf(own));
      const mirrored = ratingClass(scale + 1 - value, scale);
      expect(own === 'positive').toBe(mirrored === 'negative' || mirrored === 'lowest');
    }));
  });

  it.each([[1, 4, 'lowest'], [2, 4, 'negative'], [3, 4, 'positive'], [4, 4, 'positive'], [3, 5, 'neutral'], [6, 11, 'neutral'], [5, 11, 'negative'], [2, 2, 'positive']])('%i of %i is %s', (value, scale, expected) => {
    expect(ratingClass(value, scale)).toBe(expected);
  });

  it.each([[0, 4], [5, 4], [1.5, 4], [Number.NaN, 4]])('refuses %d of %d', (value, scale) => {
    expect(() => ratingClass(value, scale)).toThrow(RangeError);
  });
});

describe('dayOf', () => {
  const zones = fc.constantFrom('UTC', 'Europe/Moscow', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia');
  const moments = fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2035, 0, 1) });

  it('holds its moment, is 23 to 25 hours long, and days follow each other without gap or overlap', () => {
    fc.assert(fc.property(zones, moments, (zone, at) => {
      const day = dayOf(zone, at);
      expect(at).toBeGreaterThanOrEqual(day.start);
      expect(at).toBeLessThan(day.end);
      expect(day.end - day.start).toBeGreaterThanOrEqual(23 * 3600_000);
      expect(day.end - day.start).toBeLessThanOrEqual(25 * 3600_000);
      expect(dayOf(zone, day.start)).toEqual(day);
      expect(dayOf(zone, day.end).start).toBe(day.end);
      expect((day.start + zoneOffsetMs(zone, day.start)) % 86_400_000).toBe(0);
    }));
  });

  it('is an hour short and an hour long where clocks change', () => {
    expect(dayOf('Europe/Berlin', Date.UTC(2026, 2, 29, 12))).toEqual({ start: Date.UTC(2026, 2, 28, 23), end: Date.UTC(2026, 2, 29, 22) });
    expect(dayOf('Europe/Berlin', Date.UTC(2026, 9, 25, 12))).toEqual({ start: Date.UTC(2026, 9, 24, 22), end: Date.UTC(2026, 9, 25, 23) });
  });
});

describe('moodOf', () => {
  const shares = (more: Partial<EmotionShares>): EmotionShares => ({ angry: 0, disgust: 0, fear: 0, happy: 0, sad: 0, surprise: 0, neutral: 0, ...more });
  it('is happy minus angry, disgust, fear and sad', () => {
    expect(moodOf(shares({ happy: 0.5, sad: 0.25, neutral: 0.25 }))).toBe(0.25);
    expect(moodOf(shares({ angry: 0.25, disgust: 0.25, fear: 0.25, sad: 0.25 }))).toBe(-1);
    expect(moodOf(shares({ surprise: 1 }))).toBe(0);
  });
});

describe('the live protocol\'s pure rules', () => {
  it('[P12] a client never skips and never repeats, whatever ranges arrive', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(50), fc.nat(20))), (ranges) => {
      let last = 0;
      for (const [from, length] of ranges) {
        const to = from + length;
        const step = stepFor(last, from, to);
        if (step === 'apply') { expect(from).toBeLessThanOrEqual(last); expect(to).toBeGreaterThan(last); last = to; }
        if (step === 'drop') expect(to).toBeLessThanOrEqual(last);
        if (step === 'resume') expect(from).toBeGreaterThan(last);
      }
    }));
  });

  it('[P19] waits a random time under a cap that doubles up to 15 s', () => {
    expect([0, 1, 2, 3, 10, 1000].map((attempt) => backoffMs(attempt, 1))).toEqual([250, 500, 1000, 2000, 15_000, 15_000]);
    fc.assert(fc.property(fc.nat(100), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      expect(backoffMs(attempt, random)).toBeGreaterThanOrEqual(0);
      expect(backoffMs(attempt, random)).toBeLessThanOrEqual(15_000);
    }));
  });

  it('[P19] reconnects after unknown codes and those whose column says yes', () => {
    expect([1000, 1001, 1006, 1012, 4000, 4008].map(shouldReconnect)).toEqual([true, true, true, true, true, true]);
    expect([4401, 4410, 4426, 4400].map(shouldReconnect)).toEqual([false, false, false, false]);
    expect(new Set(Object.values(CLOSE_CODES).map(({ code }) => code)).size).toBe(Object.keys(CLOSE_CODES).length);
  });

  it('[P7] knows its channels and no others', () => {
    expect(parseChannel('floor:shop-1')).toEqual({ kind: 'floor', site: 'shop-1' });
    for (const name of ['floor', 'floor:', 'door:shop', 'floor:Shop', 'floor:shop:1', ' floor:shop', 'floor:shop\n', `floor:${'x'.repeat(65)}`]) expect(parseChannel(name)).toBeUndefined();
  });
});
