import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EmotionWindow } from '../../../contract/index.ts';
import { MINUTE, NOON, ruleOf, watchedSite } from '../testing/watched-site.ts';
import { addTo, filled, sumOf, type Bucket } from './window.ts';

type Site = ReturnType<typeof watchedSite>;
const HALL = { place: { zone: 'hall', touchpoint: null }, cooldownS: 0 };
const goes = (site: Site, minute: number, came: number, out = 0, touchpoint: string | null = 'till-1') => site.tell('traffic.counted', { in: came, out }, { at: NOON + minute * MINUTE, touchpoint, device: 'counter' });

describe('a window', () => {
  it('sums what happened within it, however it is cut and whatever comes late, in bounded space', () => {
    const times = fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 300 });
    fc.assert(fc.property(times, fc.constantFrom(15, 60, 240, 600), (minutes, window) => {
      let buckets: Bucket[] = [];
      for (const minute of minutes) buckets = addTo(buckets, NOON + minute * MINUTE, NOON + 600 * MINUTE, window, [1]);
      const step = Math.ceil(window / 60);
      const newest = Math.max(...minutes, -Infinity);
      const inside = minutes.filter((minute) => newest - minute < window - step).length;
      const atMost = minutes.filter((minute) => newest - minute < window + step).length;
      expect(sumOf(buckets, 0)).toBeGreaterThanOrEqual(inside);
      expect(sumOf(buckets, 0)).toBeLessThanOrEqual(atMost);
      expect(buckets.length).toBeLessThanOrEqual(60);
      expect(buckets.map(([one]) => one)).toEqual([...new Set(buckets.map(([one]) => one))].sort((a, b) => a - b));
      expect(filled(buckets, window)).toBeLessThanOrEqual(1);
    }));
  });
  it('forgets what a clock counted that was ahead and has been set back', () => {
    const ahead = addTo([], NOON + 600 * MINUTE, NOON + 600 * MINUTE, 60, [5]);
    expect(sumOf(addTo(ahead, NOON, NOON, 60, [1]), 0)).toBe(1);
    expect(sumOf(addTo(ahead, NOON, NOON + 600 * MINUTE, 60, [1]), 0)).toBe(5);
  });
});

describe('traffic.crowd', () => {
  it('counts who is inside over all counters of the place since the day began, and is over below nine tenths', () => {
    const site = watchedSite([ruleOf('traffic.crowd', { people: 30 }, HALL)]);
    goes(site, 0, 20);
    goes(site, 1, 9, 0, 'till-2');
    goes(site, 1, 50, 0, 'door');
    expect(site.opened).toEqual([]);
    goes(site, 2, 1);
    expect(site.opened).toMatchObject([{ zone: 'hall', touchpoint: null, facts: { people: 30 } }]);
    goes(site, 3, 5);
    expect(site.opened[0]!.facts).toEqual({ people: 35 });
    goes(site, 4, 0, 8);
    expect(site.cleared).toEqual([]);
    goes(site, 5, 0, 1);
    expect(site.cleared).toHaveLength(1);
    expect(site.opened).toHaveLength(1);
  });
  it('does not count those who are no visitors, also when that is said first', () => {
    const site = watchedSite([ruleOf('traffic.crowd', { people: 10 }, HALL)]);
    site.tell('traffic.discounted', { in: 2, out: 0, reason: 'staff' }, { at: NOON });
    goes(site, 1, 11);
    expect(site.opened).toEqual([]);
    goes(site, 2, 1);
    expect(site.opened).toHaveLength(1);
    site.tell('traffic.discounted', { in: 3, out: 0, reason: 'delivery' }, { at: NOON + 3 * MINUTE });
    expect(site.cleared).toHaveLength(1);
  });
  it('owes nobody for people that it missed coming, and begins every day of the site anew', () => {
    const site = watchedSite([ruleOf('traffic.crowd', { people: 10 }, HALL)]);
    goes(site, 0, 0, 500);
    goes(site, 1, 9);
    goes(site, 24 * 60, 9);
    expect(site.opened).toEqual([]);
    goes(site, 24 * 60 + 1, 1);
    expect(site.opened).toHaveLength(1);
  });
  it('counts on while its hours are over and while the counter is muted, and says nothing', () => {
    const site = watchedSite([ruleOf('traffic.crowd', { people: 10 }, { ...HALL, hours: [{ days: [1], from: 13 * 60, to: 14 * 60 }] })]);
    goes(site, 0, 20);
    expect(site.opened).toEqual([]);
    site.tell('device.muted', { device: 'counter', until: NOON + 90 * MINUTE, by: { id: 'a', name: 'A' } }, { at: NOON + 60 * MINUTE, touchpoint: null });
    goes(site, 61, 1);
    expect(site.opened).toEqual([]);
    goes(site, 91, 1);
    expect(site.opened).toMatchObject([{ facts: { people: 22 } }]);
  });
});

describe('sales.conversion and staff.consultations', () => {
  const hour = (site: Site, from: number, came: number, sold: number, type: 'sale.recorded' | 'consultation.counted') => {
    for (let i = 0; i < 60; i++) {
      if (i < came) goes(site, from + i, 1);
      if (i < sold) site.tell(type, type === 'sale.recorded' ? { receipt: '1', total: 1, currency: 'RUB' } : {}, { at: NOON + (from + i) * MINUTE, device: 'till' });
    }
  };
  it('are raised below the plan by more than chance, with enough visitors, and over when the plan is reached', () => {
    const site = watchedSite([ruleOf('sales.conversion', { plan: 0.5, minutes: 60, visitors: 40 }, HALL)]);
    hour(site, 0, 60, 25, 'sale.recorded');
    expect(site.opened).toEqual([]);
    hour(site, 60, 60, 5, 'sale.recorded');
    expect(site.opened).toHaveLength(1);
    expect(site.opened[0]!.facts).toMatchObject({ plan: 0.5, minutes: 60 });
    expect(site.opened[0]!.facts!.share).toBeLessThan(0.4);
    hour(site, 120, 60, 60, 'sale.recorded');
    expect(site.cleared).toEqual([site.opened[0]!.id]);
  });
  it('say nothing by a few visitors, nor just after opening', () => {
    const few = watchedSite([ruleOf('staff.consultations', { plan: 0.5, minutes: 60, visitors: 40 }, HALL)]);
    hour(few, 0, 39, 0, 'consultation.counted');
    expect(few.opened).toEqual([]);
    const early = watchedSite([ruleOf('staff.consultations', { plan: 0.5, minutes: 60, visitors: 40 }, HALL)]);
    for (let i = 0; i < 40; i++) goes(early, i / 2, 2);
    expect(early.opened).toEqual([]);
  });
  it('take back a consultation that was undone', () => {
    const site = watchedSite([ruleOf('staff.consultations', { plan: 0.5, minutes: 60, visitors: 40 }, HALL)]);
    hour(site, 0, 55, 30, 'consultation.counted');
    expect(site.opened).toEqual([]);
    for (let i = 0; i < 25; i++) site.tell('consultation.undone', { consultation: '01JD0000000000000000000000' }, { at: NOON + 59 * MINUTE, device: 'phone' });
    expect(site.opened).toMatchObject([{ facts: { n: 55 } }]);
  });
});

describe('staff.idle', () => {
  it('is raised when people wait without a consultation, by whatever happens then, and over with the next one', () => {
    const site = watchedSite([ruleOf('staff.idle', { minutes: 10, people: 3 }, HALL)]);
    goes(site, 0, 3);
    site.tell('consultation.counted', {}, { at: NOON + 5 * MINUTE, device: 'phone' });
    site.rate(4, { at: NOON + 14 * MINUTE });
    expect(site.opened).toEqual([]);
    site.rate(4, { at: NOON + 15 * MINUTE });
    expect(site.opened).toMatchObject([{ facts: { people: 3, minutes: 10 } }]);
    site.tell('consultation.counted', {}, { at: NOON + 16 * MINUTE, device: 'phone' });
    expect(site.cleared).toHaveLength(1);
    goes(site, 17, 0, 1);
    site.rate(4, { at: NOON + 60 * MINUTE });
    expect(site.opened).toHaveLength(1);
  });
});

describe('emotion.mood', () => {
  const window = (minute: number, faces: number, mood: number, people: number | null): EmotionWindow => {
    const shares = { angry: 0, disgust: 0, fear: 0, happy: 0, sad: 0, surprise: 0, neutral: 1 };
    const from = NOON + minute * MINUTE;
    return { camera: 'cam', from, to: from + 10_000, frames: 10, dropped: 0, faces, mean: shares, spread: shares, smile: 0, mood, ...(people === null ? {} : { visits: { n: people, mean: shares, spread: shares, smiles: 0, mood, moodSpread: 0, seconds: 9, secondsSquared: 81, turned: 0 } }) };
  };
  const see = (site: Site, minute: number, faces: number, mood: number, people: number | null = 5) => site.tell('emotion.windowed', window(minute, faces, mood, people), { at: NOON + minute * MINUTE + 10_000, device: 'vision' });
  const rule = ruleOf('emotion.mood', { drop: 0.25, minutes: 15, faces: 60 }, { cooldownS: 0 });

  it('is raised far below what is usual, weighed by faces, and over half the way back', () => {
    const site = watchedSite([rule], { mood: { mood: 0.3, faces: 5_000 } });
    see(site, 0, 100, 0.2);
    see(site, 1, 10, -1);
    expect(site.opened).toEqual([]);
    see(site, 2, 100, -0.3);
    expect(site.opened).toMatchObject([{ facts: { moodBefore: 0.3, faces: 210, minutes: 15 } }]);
    expect(site.opened[0]!.facts!.mood).toBeCloseTo((20 - 10 - 30) / 210, 5);
    see(site, 20, 100, 0.1);
    expect(site.cleared).toEqual([]);
    see(site, 21, 100, 0.4);
    expect(site.cleared).toHaveLength(1);
  });
  it('says nothing of fewer than five people, nor by nodes that do not count them, nor of less than a quarter of an hour', () => {
    const few = watchedSite([rule], { mood: { mood: 0.3, faces: 5_000 } });
    see(few, 0, 300, -1, 4);
    const unknown = watchedSite([rule], { mood: { mood: 0.3, faces: 5_000 } });
    see(unknown, 0, 300, -1, null);
    expect([...few.opened, ...unknown.opened]).toEqual([]);
    see(few, 1, 10, -1, 1);
    expect(few.opened).toHaveLength(1);
    const hasty = watchedSite([ruleOf('emotion.mood', { drop: 0.25, minutes: 5, faces: 60 }, { cooldownS: 0 })], { mood: { mood: 0.3, faces: 5_000 } });
    see(hasty, 0, 200, 0.3);
    see(hasty, 7, 50, -0.5);
    // Of five minutes alone it would have been raised.
    expect(hasty.opened).toEqual([]);
    see(hasty, 8, 300, -0.5);
    expect(hasty.opened).toMatchObject([{ facts: { minutes: 15 } }]);
  });
  it('says nothing by few faces, nor where nothing is known of what is usual', () => {
    const few = watchedSite([rule], { mood: { mood: 0.3, faces: 5_000 } });
    see(few, 0, 59, -1);
    const unknown = watchedSite([rule]);
    see(unknown, 0, 500, -1);
    expect([...few.opened, ...unknown.opened]).toEqual([]);
  });
});
