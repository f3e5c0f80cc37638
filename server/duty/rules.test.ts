import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextOccurrence, occurrence, occurrencesBetween, type ShiftTimes } from './rules.ts';

const BERLIN = 'Europe/Berlin';
const MOSCOW = 'Europe/Moscow';
const at = (text: string): number => Date.parse(text);
const HOUR = 3600_000;
const everyDay = [1, 2, 3, 4, 5, 6, 7];
const shift = (from: string, to: string, days = everyDay): ShiftTimes => {
  const minute = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  return { days, from: minute(from), to: minute(to) };
};
const shown = (one: { start: number; end: number } | undefined): string[] | undefined => one && [one.start, one.end].map((moment) => new Date(moment).toISOString().slice(0, 16));

describe('an occurrence of a shift', () => {
  it('is within its day, start inclusive and end exclusive, by the site\'s clock', () => {
    const morning = shift('08:00', '16:00', [1]);
    // Monday, 2 March 2026, in Moscow, three hours ahead of UTC all year.
    expect(occurrence(morning, MOSCOW, at('2026-03-02T04:59:59.999Z'))).toBeUndefined();
    expect(shown(occurrence(morning, MOSCOW, at('2026-03-02T05:00:00Z')))).toEqual(['2026-03-02T05:00', '2026-03-02T13:00']);
    expect(occurrence(morning, MOSCOW, at('2026-03-02T12:59:59.999Z'))).toBeDefined();
    expect(occurrence(morning, MOSCOW, at('2026-03-02T13:00:00Z'))).toBeUndefined();
    expect(occurrence(morning, MOSCOW, at('2026-03-03T06:00:00Z'))).toBeUndefined();
  });

  it('goes past midnight into a day that is not its own', () => {
    const night = shift('22:00', '06:00', [7]);
    expect(shown(occurrence(night, MOSCOW, at('2026-03-01T20:00:00Z')))).toEqual(['2026-03-01T19:00', '2026-03-02T03:00']);
    expect(shown(occurrence(night, MOSCOW, at('2026-03-02T02:59:00Z')))).toEqual(['2026-03-01T19:00', '2026-03-02T03:00']);
    expect(occurrence(night, MOSCOW, at('2026-03-02T03:00:00Z'))).toBeUndefined();
    expect(occurrence(night, MOSCOW, at('2026-03-02T20:00:00Z'))).toBeUndefined();
  });

  it('lasts a whole day when it ends when it begins, and can begin at 24:00', () => {
    expect(shown(occurrence(shift('09:00', '09:00', [2]), 'UTC', at('2026-03-04T08:59:00Z')))).toEqual(['2026-03-03T09:00', '2026-03-04T09:00']);
    expect(shown(occurrence(shift('00:00', '24:00', [2]), 'UTC', at('2026-03-03T23:59:00Z')))).toEqual(['2026-03-03T00:00', '2026-03-04T00:00']);
    expect(shown(occurrence(shift('24:00', '24:00', [2]), 'UTC', at('2026-03-04T23:59:00Z')))).toEqual(['2026-03-04T00:00', '2026-03-05T00:00']);
  });

  it('is an hour shorter over the night of spring and an hour longer over that of autumn', () => {
    const night = shift('22:00', '06:00');
    const spring = occurrence(night, BERLIN, at('2026-03-28T23:00:00Z'))!;
    expect(shown(spring)).toEqual(['2026-03-28T21:00', '2026-03-29T04:00']);
    expect(spring.end - spring.start).toBe(7 * HOUR);
    const autumn = occurrence(night, BERLIN, at('2026-10-25T01:30:00Z'))!;
    expect(shown(autumn)).toEqual(['2026-10-24T20:00', '2026-10-25T05:00']);
    expect(autumn.end - autumn.start).toBe(9 * HOUR);
    const day = shift('00:00', '24:00');
    expect(['2026-03-29T12:00:00Z', '2026-10-25T12:00:00Z', '2026-06-01T12:00:00Z'].map((text) => { const one = occurrence(day, BERLIN, at(text))!; return (one.end - one.start) / HOUR; })).toEqual([23, 25, 24]);
  });

  it('begins at the leap when its minute is leapt over, and is not at all when all of it is', () => {
    // 02:00 to 03:00 is missing on 29 March: clocks go from 01:59:59 to 03:00 at 01:00 UTC.
    expect(shown(occurrence(shift('02:30', '10:00'), BERLIN, at('2026-03-29T05:00:00Z')))).toEqual(['2026-03-29T01:00', '2026-03-29T08:00']);
    expect(shown(occurrence(shift('20:00', '02:30'), BERLIN, at('2026-03-28T23:00:00Z')))).toEqual(['2026-03-28T19:00', '2026-03-29T01:00']);
    for (let minute = 0; minute < 180; minute++) expect(occurrence(shift('02:10', '02:50'), BERLIN, at('2026-03-29T00:00:00Z') + minute * 60_000)).toBeUndefined();
    expect(shown(nextOccurrence(shift('02:10', '02:50'), BERLIN, at('2026-03-28T12:00:00Z')))).toEqual(['2026-03-30T00:10', '2026-03-30T00:50']);
  });

  it('begins at the first and ends at the second time that the clock shows an hour twice', () => {
    expect(shown(occurrence(shift('02:30', '10:00'), BERLIN, at('2026-10-25T05:00:00Z')))).toEqual(['2026-10-25T00:30', '2026-10-25T09:00']);
    expect(shown(occurrence(shift('20:00', '02:30'), BERLIN, at('2026-10-25T01:00:00Z')))).toEqual(['2026-10-24T18:00', '2026-10-25T01:30']);
  });

  it('is found again by its own start, and the next one starts later, in zones of all sorts', () => {
    const zones = [BERLIN, MOSCOW, 'UTC', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia', 'America/New_York', 'Asia/Beirut'];
    fc.assert(fc.property(
      fc.constantFrom(...zones), fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 7 }), fc.integer({ min: 0, max: 1440 }), fc.integer({ min: 0, max: 1440 }), fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') }),
      (timezone, days, from, to, now) => {
        const times = { days, from, to };
        const next = nextOccurrence(times, timezone, now)!;
        expect(next.start).toBeGreaterThan(now);
        expect(next.start - now).toBeLessThanOrEqual(8 * 24 * HOUR + 2 * HOUR);
        expect(occurrence(times, timezone, next.start)).toEqual(next);
        expect(occurrence(times, timezone, next.start - 1)?.start).not.toBe(next.start);
        const running = occurrence(times, timezone, now);
        if (running) expect(running.start <= now && now < running.end).toBe(true);
        const around = occurrencesBetween([times], timezone, now, now + 1)[0];
        if (running) expect(around).toContainEqual(running);
        else expect(around).toEqual([]);
      }), { seed: 20_260_329, numRuns: 300 });
  });

  it('is listed once for each day of a span', () => {
    const list = occurrencesBetween([shift('22:00', '06:00', [6, 7])], BERLIN, at('2026-03-20T00:00:00Z'), at('2026-04-01T00:00:00Z'))[0]!;
    expect(list.map((one) => shown(one)![0])).toEqual(['2026-03-21T21:00', '2026-03-22T21:00', '2026-03-28T21:00', '2026-03-29T20:00']);
    // One that began before the span and one that ends after it belong to it.
    expect(occurrencesBetween([shift('22:00', '06:00', [6])], BERLIN, at('2026-03-22T01:00:00Z'), at('2026-03-22T02:00:00Z'))[0]).toHaveLength(1);
    expect(occurrencesBetween([shift('22:00', '06:00', [6])], BERLIN, at('2026-03-22T05:00:00Z'), at('2026-03-22T06:00:00Z'))[0]).toHaveLength(0);
  });
});
