import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE, NOON, ruleOf, watchedSite } from '../testing/watched-site.ts';
import { FRESH_MS } from './kind.ts';

const negative = (params: object = {}, options = {}) => watchedSite([ruleOf('feedback.negative', params)], options);

describe('feedback.negative', () => {
  it('calls for the worst face, for the lower half when it is asked to, and only while the visitor may be there', () => {
    const lowest = negative({}, { groupS: 0 });
    for (const value of [1, 2, 3, 4]) lowest.rate(value, { at: NOON });
    lowest.rate(1, { at: NOON - FRESH_MS, received: NOON });
    lowest.rate(1, { at: NOON - FRESH_MS - 1, received: NOON });
    lowest.rate(1, { at: NOON + 3 * MINUTE, received: NOON });
    expect(lowest.opened.map(({ since, rating }) => [since, rating?.value])).toEqual([[NOON, 1], [NOON - FRESH_MS, 1]]);
    const half = negative({ faces: 'negative' }, { groupS: 0 });
    for (const value of [1, 2, 3, 4, 5]) half.rate(value, { at: NOON }, 5);
    expect(half.opened.map(({ rating }) => rating?.value)).toEqual([1, 2]);
  });

  it('puts what comes again at the place for the cause within the time on one card, and what comes later on another', () => {
    const site = negative();
    site.rate(1, { at: NOON });
    site.rate(1, { at: NOON + 4 * MINUTE, touchpoint: 'till-2' });
    site.rate(1, { at: NOON + 8 * MINUTE });
    site.rate(1, { at: NOON + 8 * MINUTE, touchpoint: 'door' });
    site.rate(1, { at: NOON + 14 * MINUTE });
    expect(site.opened.map(({ count, zone, touchpoint }) => [count, zone, touchpoint])).toEqual([[3, 'hall', 'till-1'], [1, null, 'door'], [1, 'hall', 'till-1']]);
    site.tell('feedback.rated', { value: 1, scale: 4, factor: 'queue' }, { at: NOON + 14 * MINUTE });
    expect(site.opened.at(-1)).toMatchObject({ count: 1, rating: { factor: 'queue' } });
  });

  it('begins a new card when somebody has ended the old one', () => {
    const site = negative();
    site.rate(1, { at: NOON });
    site.resolve(site.opened[0]!);
    site.rate(1, { at: NOON + MINUTE });
    expect(site.opened.map(({ count }) => count)).toEqual([1, 1]);
    expect(new Set(site.opened.map(({ id }) => id)).size).toBe(2);
  });

  it('grows by the reason that is given after the press', () => {
    const site = negative();
    const press = site.rate(1, { at: NOON });
    site.tell('feedback.explained', { rating: press, factor: 'queue' }, { at: NOON + 5_000 });
    expect(site.live).toMatchObject([{ count: 1, severity: 'high', rating: { value: 1, factor: 'queue' } }]);
  });

  it('becomes urgent by words, a contact or a voice, not by a photo; several messages are one', () => {
    const file = 'a'.repeat(64);
    const site = negative();
    const press = site.rate(1, { at: NOON });
    site.tell('feedback.messaged', { rating: press, photo: { file } }, { at: NOON + 1_000 });
    expect(site.live).toMatchObject([{ severity: 'high', message: { photo: { file } } }]);
    site.tell('feedback.messaged', { rating: press, voice: { file, seconds: 4 } }, { at: NOON + 2_000 });
    site.tell('feedback.messaged', { rating: press, contact: '+7 900 000-00-00' }, { at: NOON + 3_000 });
    expect(site.live).toMatchObject([{ count: 1, severity: 'urgent', message: { photo: { file }, voice: { seconds: 4 }, contact: '+7 900 000-00-00', text: null } }]);
    // Nobody joins a visitor who wrote.
    site.rate(1, { at: NOON + 4_000 });
    expect(site.live.map(({ count }) => count)).toEqual([1, 1]);
  });

  it('takes whoever writes out of a group, so that the group counts one less', () => {
    const site = negative();
    site.rate(1, { at: NOON });
    const press = site.rate(1, { at: NOON + 1_000 });
    site.rate(1, { at: NOON + 2_000 });
    site.tell('feedback.messaged', { rating: press, text: 'no towels' }, { at: NOON + 20 * MINUTE });
    expect(site.live.map(({ count, severity, message }) => [count, severity, message?.text])).toEqual([[2, 'high', undefined], [1, 'urgent', 'no towels']]);
  });

  it('hears words that come before their press, once', () => {
    const site = negative();
    const id = '01JD0000000000000000000000';
    site.tell('feedback.messaged', { rating: id, text: 'cold' }, { at: NOON });
    site.tell('feedback.explained', { rating: id, factor: 'queue' }, { at: NOON });
    expect(site.opened).toEqual([]);
    site.rate(1, { at: NOON - 1_000, id, received: NOON });
    expect(site.opened).toMatchObject([{ count: 1, severity: 'urgent', message: { text: 'cold' }, rating: { factor: 'queue' } }]);
    // A contact waits for nothing; its press is not counted again.
    const other = '01JD0000000000000000000001';
    site.tell('feedback.messaged', { rating: other, contact: 'anna@example.org' }, { at: NOON });
    site.rate(1, { at: NOON, id: other });
    expect(site.opened.slice(1)).toMatchObject([{ count: 1, severity: 'urgent', rating: { value: 1 }, message: { contact: 'anna@example.org' } }]);
  });

  it('leaves alone what is no complaint, and calls for whoever asks to be called', () => {
    const site = negative();
    const good = site.rate(4, { at: NOON });
    site.tell('feedback.messaged', { rating: good, text: 'lovely', contact: 'x@example.org' }, { at: NOON });
    site.tell('feedback.messaged', { rating: '01JD0000000000000000000009', text: 'what press?' }, { at: NOON });
    site.tell('feedback.messaged', { text: 'just words' }, { at: NOON });
    expect(site.opened).toEqual([]);
    site.tell('feedback.messaged', { contact: '+7 900 000-00-00' }, { at: NOON, touchpoint: null });
    expect(site.opened).toMatchObject([{ severity: 'urgent', touchpoint: null }]);
    const second = site.rate(2, { at: NOON });
    expect(site.opened).toHaveLength(1);
    site.tell('feedback.messaged', { rating: second, text: 'rude' }, { at: NOON });
    expect(site.opened[1]).toMatchObject({ severity: 'urgent', rating: { value: 2 }, message: { text: 'rude' } });
  });

  it('whatever comes in whatever order: every press stands on exactly one card, and everybody who wrote has one alone', () => {
    const step = fc.record({ value: fc.integer({ min: 1, max: 4 }), touchpoint: fc.constantFrom('till-1', 'till-2', 'door', null), factor: fc.constantFrom(undefined, 'queue'), after: fc.nat(6 * MINUTE), writes: fc.constantFrom('no', 'before', 'after', 'later'), ends: fc.boolean() });
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const site = negative();
      const late: (() => void)[] = [];
      let at = NOON;
      let worst = 0;
      const texts: string[] = [];
      for (const [i, { value, touchpoint, factor, after, writes, ends }] of steps.entries()) {
        at += after;
        const id = `01JD${String(i).padStart(22, '0')}`;
        const write = (moment: number) => site.tell('feedback.messaged', { rating: id, text: `words ${i}` }, { at: moment, touchpoint });
        if (writes === 'before') write(at);
        site.tell('feedback.rated', { value, scale: 4, ...(factor ? { factor } : {}) }, { at, id, touchpoint });
        if (writes === 'after') write(at + 1);
        if (writes === 'later' && value <= 2) { const moment = at; late.push(() => write(Math.max(moment, at - FRESH_MS + 1))); }
        const isOne = value === 1 || (value === 2 && writes !== 'no' && writes !== 'later');
        if (isOne || (value === 2 && writes === 'later')) worst += 1;
        if (writes !== 'no' && value <= 2) texts.push(`words ${i}`);
        if (ends && site.live[0] && late.length === 0) site.resolve(site.live[0]);
      }
      const pressed = at;
      // Only presses that are not too old by then can still be written about.
      if (pressed - NOON <= FRESH_MS) {
        const before = site.opened.length;
        for (const one of late) one();
        expect(site.opened.length).toBeGreaterThanOrEqual(before);
        const counted = site.opened.reduce((sum, { count }) => sum + count, 0);
        expect(counted).toBe(worst);
        const written = site.opened.flatMap(({ message, severity, alone, count }) => (message ? [[message.text, severity, alone, count]] : []));
        expect(written.map(([text]) => text).sort()).toEqual(texts.sort());
        expect(written.every(([, severity, alone, count]) => severity === 'urgent' && alone === true && count === 1)).toBe(true);
        expect(new Set(site.opened.map(({ id }) => id)).size).toBe(site.opened.length);
      }
    }), { numRuns: 300 });
  });
});

describe('feedback.run', () => {
  it('says so after so many negatives one after another, and begins anew', () => {
    const site = watchedSite([ruleOf('feedback.run', { count: 3 }, { cooldownS: 0 })], { groupS: 0 });
    for (const value of [1, 2, 4, 2, 1, 1]) site.rate(value, { at: NOON });
    expect(site.opened).toMatchObject([{ facts: { n: 3, k: 3 } }]);
    site.resolve(site.opened[0]!);
    for (const value of [1, 1]) site.rate(value, { at: NOON });
    expect(site.opened).toHaveLength(1);
    site.rate(1, { at: NOON });
    expect(site.opened).toHaveLength(2);
  });
  it('counts within its minutes whatever comes between, and no further', () => {
    const site = watchedSite([ruleOf('feedback.run', { count: 3, minutes: 10 })]);
    for (const [value, minute] of [[1, 0], [4, 1], [1, 5], [4, 6], [1, 11]] as const) site.rate(value, { at: NOON + minute * MINUTE });
    expect(site.opened).toEqual([]);
    site.rate(1, { at: NOON + 14 * MINUTE });
    expect(site.opened).toMatchObject([{ facts: { k: 3, minutes: 9 } }]);
  });
});

describe('feedback.praise', () => {
  it('wants so many positives with no negative among them', () => {
    const site = watchedSite([ruleOf('feedback.praise', { count: 5, minutes: 30 })]);
    for (const value of [4, 4, 4, 4, 1, 4, 4, 4, 4]) site.rate(value, { at: NOON });
    expect(site.opened).toEqual([]);
    site.rate(4, { at: NOON + 29 * MINUTE });
    expect(site.opened).toMatchObject([{ severity: 'low', facts: { n: 5, k: 0, minutes: 30 } }]);
  });
  it('forgets those that are older than its minutes', () => {
    const site = watchedSite([ruleOf('feedback.praise', { count: 3, minutes: 10 })]);
    for (let i = 0; i < 30; i++) site.rate(4, { at: NOON + i * 6 * MINUTE });
    expect(site.opened).toEqual([]);
  });
});

describe('feedback.rate', () => {
  it('raises when a place gets worse than it usually is, says by how much, and is over when it is as usual again', () => {
    const site = watchedSite([ruleOf('feedback.rate')], { usual: { n: 2_000, k: 200 } });
    for (let i = 0; i < 60; i++) site.rate(i % 10 === 0 ? 2 : 4, { at: NOON + i * MINUTE });
    expect(site.opened).toEqual([]);
    for (let i = 60; i < 75 && site.opened.length === 0; i++) site.rate(1, { at: NOON + i * MINUTE });
    expect(site.opened).toHaveLength(1);
    const { facts } = site.opened[0]!;
    expect(facts).toMatchObject({ baselineN: 2_000 });
    expect(facts!.baseline).toBeCloseTo(0.1, 2);
    expect(facts!.k! / facts!.n!).toBeGreaterThan(0.3);
    for (let i = 75; i < 150 && site.cleared.length === 0; i++) site.rate(4, { at: NOON + i * MINUTE });
    expect(site.cleared).toEqual([site.opened[0]!.id]);
  });
  it('waits after somebody was told, and not when nobody was', () => {
    const worsen = (told: boolean): number => {
      const site = watchedSite([ruleOf('feedback.rate', {}, { cooldownS: 3600 })], { groupS: 0 });
      for (let i = 0; i < 40; i++) {
        const before = site.opened.length;
        site.rate(1, { at: NOON + i * 30_000 });
        if (site.opened.length > before) { if (told) site.notice(site.opened.at(-1)!, NOON + i * 30_000); site.resolve(site.opened.at(-1)!); }
      }
      return site.opened.length;
    };
    expect(worsen(true)).toBe(1);
    expect(worsen(false)).toBeGreaterThan(1);
  });
});
