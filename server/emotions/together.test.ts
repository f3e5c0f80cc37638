import { describe, expect, it } from 'vitest';
import { deviations, dutyByHour, insideByHour, togetherOf, type Hourly } from './together.ts';
import { randomFrom } from './testing/people.ts';

const HOUR = 3600_000;
/** A Monday, midnight UTC. */
const MONDAY = Date.UTC(2026, 4, 4);
const hourly = (weeks: number, of: (hour: number) => number): Map<number, number> => new Map(Array.from({ length: weeks * 168 }, (_, i) => [MONDAY + i * HOUR, of(i)]));
const NONE: Hourly = new Map();
const range = { from: MONDAY, to: MONDAY + 5 * 168 * HOUR };

describe('what moves together', () => {
  it('is found in hours against their usual ones, at the same hour and an hour later', () => {
    const random = randomFrom(31);
    const noise = Array.from({ length: 841 }, () => random() - 0.5);
    const came = hourly(5, (i) => 50 + 30 * noise[i]!);
    const mood = hourly(5, (i) => 0.2 - 0.4 * (noise[i - 1] ?? 0) + 0.1 * (random() - 0.5));
    const { rows, hours } = togetherOf(mood, { ratings: NONE, inside: NONE, came, onDuty: NONE, receipts: hourly(5, () => 7) }, 'shop', range, 'UTC');
    expect(hours).toBe(840);
    const found = rows.find((row) => row.with === 'came')!;
    expect(found.later.high!).toBeLessThan(-0.9);
    expect(found.same.low! < 0.15 && found.same.high! > -0.15).toBe(true);
    // What never changes moves with nothing, and what is not there neither.
    for (const name of ['receipts', 'ratings']) expect(rows.find((row) => row.with === name)).toMatchObject({ same: { value: null }, later: { value: null } });
  });
  it('is not the rhythm of the day alone', () => {
    const random = randomFrom(32);
    const rhythm = (i: number): number => Math.sin((i % 24) / 4);
    const { rows } = togetherOf(hourly(5, (i) => rhythm(i) + random()), { ratings: hourly(5, (i) => rhythm(i) + random()), inside: NONE, came: NONE, onDuty: NONE, receipts: NONE }, 'shop', range, 'Europe/Moscow');
    const { same } = rows[0]!;
    expect(same.low! < 0 && same.high! > 0).toBe(true);
  });
  it('says nothing by one week, of which no hour has another of its kind', () => {
    expect(deviations(hourly(1, (i) => i), 'UTC').size).toBe(0);
  });
});

it('people inside begin at none each day and are never fewer', () => {
  const inside = insideByHour(new Map([[MONDAY + 9 * HOUR, { in: 10, out: 4, receipts: 0 }], [MONDAY + 10 * HOUR, { in: 0, out: 9, receipts: 0 }], [MONDAY + 33 * HOUR, { in: 2, out: 0, receipts: 0 }]]), 'UTC');
  expect([...inside.values()]).toEqual([3, 3, 1]);
});
it('people on duty count for the part of the hour that they were', () => {
  const spans = [{ user: 'a', since: MONDAY + HOUR / 2, until: MONDAY + 2 * HOUR }, { user: 'b', since: MONDAY, until: null }];
  expect([...dutyByHour(spans, MONDAY, MONDAY + 2.5 * HOUR)]).toEqual([[MONDAY, 1.5], [MONDAY + HOUR, 2], [MONDAY + 2 * HOUR, 0.5]]);
});
