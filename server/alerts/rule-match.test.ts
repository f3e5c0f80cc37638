import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WeekTimes } from '../../contract/index.ts';
import { inWeekTimes } from './rule-hours.ts';
import { ruleBook } from './rule-match.ts';
import { MINUTE, NOON, ruleOf } from './testing/watched-site.ts';

const at = (text: string): number => Date.parse(text);

describe('times of the week', () => {
  it('are by the site\'s clock, from inclusive, to exclusive', () => {
    // A Monday.
    const times: WeekTimes = [{ days: [1], from: 9 * 60, to: 12 * 60 }];
    expect(inWeekTimes(times, 'Europe/Moscow', at('2026-11-23T06:00:00Z'))).toBe(true);
    expect(inWeekTimes(times, 'Europe/Moscow', at('2026-11-23T05:59:59Z'))).toBe(false);
    expect(inWeekTimes(times, 'Europe/Moscow', at('2026-11-23T09:00:00Z'))).toBe(false);
    expect(inWeekTimes(times, 'Europe/Moscow', at('2026-11-24T06:00:00Z'))).toBe(false);
  });
  it('that go past midnight belong to the day on which they begin', () => {
    const times: WeekTimes = [{ days: [7], from: 22 * 60, to: 6 * 60 }];
    expect(inWeekTimes(times, 'UTC', at('2026-11-22T21:59:00Z'))).toBe(false);
    expect(inWeekTimes(times, 'UTC', at('2026-11-22T22:00:00Z'))).toBe(true);
    expect(inWeekTimes(times, 'UTC', at('2026-11-23T05:59:00Z'))).toBe(true);
    expect(inWeekTimes(times, 'UTC', at('2026-11-23T06:00:00Z'))).toBe(false);
    expect(inWeekTimes(times, 'UTC', at('2026-11-23T22:00:00Z'))).toBe(false);
  });
  it('of every day from midnight to midnight hold every moment, whatever the zone', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/New_York'), fc.integer({ min: 0, max: 1439 }), (moment, zone, minute) => {
      const days = [1, 2, 3, 4, 5, 6, 7];
      expect(inWeekTimes([{ days, from: 0, to: 1440 }], zone, moment)).toBe(true);
      expect(inWeekTimes([{ days, from: minute, to: minute }], zone, moment)).toBe(true);
    }));
  });
});

describe('the rule that answers', () => {
  const site = { timezone: 'Europe/Moscow', touchpoints: [{ id: 'till', name: 'Till', zone: 'hall' }, { id: 'door', name: 'Door', zone: null }] };
  const ofSite = ruleOf('feedback.negative');
  const ofHall = ruleOf('feedback.negative', {}, { id: 'hall', builtIn: false, place: { zone: 'hall', touchpoint: null } });
  const ofTill = ruleOf('feedback.negative', {}, { id: 'till', builtIn: false, place: { zone: null, touchpoint: 'till' }, hours: [{ days: [1], from: 0, to: 12 * 60 }] });
  const answers = (rules: Parameters<typeof ruleBook>[0], touchpoint: string | null, now = NOON) => ruleBook(rules, site).nearest('feedback.negative', touchpoint, now)?.id;

  it('is the nearest that is on and whose hours it is', () => {
    const all = [ofSite, ofHall, ofTill];
    expect(answers(all, 'till', NOON - MINUTE)).toBe('till');
    expect(answers(all, 'till')).toBe('hall');
    expect(answers(all, 'door')).toBe('feedback-negative');
    expect(answers(all, null)).toBe('feedback-negative');
    expect(answers(all, 'removed long ago')).toBe('feedback-negative');
    expect(answers([{ ...ofSite, enabled: false }, ofHall], 'door')).toBeUndefined();
  });
});
