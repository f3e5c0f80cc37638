import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { CameraLine, CameraSetup } from '../contract/index.ts';
import { CameraBudget, Overload, type Work } from './capacity.ts';
import { testSetup } from './testing/setup.ts';

const line: CameraLine = { from: [0, 0.5], to: [1, 0.5], inward: 'left', reentryS: 0, groupS: 0 };
const reading = testSetup('reads');
const counting = testSetup('counts', { counting: true, line });
const work = (setup: CameraSetup | undefined, looks = 0): Work => ({ setup, looks });
const many = (setup: CameraSetup | undefined, n: number, looks = 0): Work[] => Array.from({ length: n }, () => work(setup, looks));
/** A machine of two cores as one was measured: a frame takes 20 ms of a core, a search for people 125 ms, a closer look 8 ms. */
const SPEED = { framesPerSecond: 100, peoplePerSecond: 16, looksPerSecond: 250 };
const RATES = { fps: 5, peopleFps: 2 };

describe('cameras that a node takes', () => {
  it.each([[120, 5, 14], [60, 5, 7], [60, 1, 36], [2, 5, 4], [0, 5, 4], [1e9, 1, 1000], [Number.NaN, 5, 4], [Number.POSITIVE_INFINITY, 5, 4]])(
    '%d frames/s are enough at %d frames/s for %d', (framesPerSecond, fps, cameras) => {
      expect(CameraBudget.measured({ framesPerSecond, peoplePerSecond: 0, looksPerSecond: 0 }, { fps, peopleFps: 2 }).room([])).toBe(cameras);
    });

  it('are fewer where people are counted: that takes the time of several that read faces', () => {
    const budget = CameraBudget.measured(SPEED, RATES);
    // 2 searches of 62.5 ms (two cores) against 5 frames of 10 ms.
    expect(budget.counting).toBeCloseTo(2.5, 9);
    expect(budget.needs(work(counting))).toBeCloseTo(3.5, 9);
    expect(budget.needs(work({ ...counting, emotions: false }))).toBeCloseTo(2.5, 9);
    expect([budget.room([]), budget.room(many(reading, 5)), budget.room([work(counting)]), budget.room(many(counting, 3))]).toEqual([12, 7, 8, 1]);
  });

  it('count as reading while nobody has set them up, or no line is drawn', () => {
    const budget = CameraBudget.measured(SPEED, RATES);
    expect([undefined, { ...counting, line: null }, { ...counting, counting: false }, testSetup('new', { version: 0 })].map((setup) => budget.needs(work(setup)))).toEqual([1, 1, 1, 1]);
  });

  it('are fewer where their pictures take closer looks, but for those that read no faces', () => {
    const budget = CameraBudget.measured(SPEED, RATES);
    expect(budget.needs(work(reading, 2))).toBeCloseTo(1.8, 9);
    expect(budget.needs(work(counting, 2))).toBeCloseTo(1.8 + 2.5, 9);
    expect(budget.needs(work({ ...counting, emotions: false }, 2))).toBeCloseTo(2.5, 9);
    expect([budget.room(many(reading, 5)), budget.room(many(reading, 5, 2))]).toEqual([7, 3]);
  });

  it('are four at least, whatever they do: a load above 1 says that frames will be shed', () => {
    const budget = CameraBudget.measured({ framesPerSecond: 20, peoplePerSecond: 3, looksPerSecond: 50 }, RATES);
    expect(budget.room(many(counting, 3))).toBe(1);
    expect(budget.load(many(counting, 3))).toBeGreaterThan(3);
    expect(budget.room(many(counting, 4))).toBe(0);
    expect(CameraBudget.measured(SPEED, RATES).load(many(reading, 6))).toBeCloseTo(0.5, 9);
  });

  it('never have room for less than nothing, over any mixture', () => {
    const budget = CameraBudget.measured(SPEED, RATES);
    for (let n = 0; n < 40; n++) {
      const taken = [...many(counting, n % 7), ...many(reading, n), ...many(undefined, n % 3)];
      const room = budget.room(taken);
      expect(room).toBeGreaterThanOrEqual(0);
      if (room > 0 && taken.length >= 4) expect(budget.load([...taken, ...many(reading, room)])).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  it('are as many as somebody said, whatever they do', () => {
    const budget = CameraBudget.fixed(2);
    expect([budget.room([]), budget.room([work(counting, 3)]), budget.room(many(counting, 2))]).toEqual([2, 1, 0]);
    expect(budget.load(many(counting, 2, 1))).toBe(1);
  });

  it('that need too much are said once, and once when they do no more', () => {
    const lines: string[] = [];
    const overload = new Overload(pino({ level: 'info' }, { write: (text: string) => { lines.push(text); } }));
    for (const load of [0.5, 1, 1.2, 3, 0.98, 0.9, 0.8, 0.99, 1.01]) overload.watch(load, 4);
    expect(lines.map((text) => (JSON.parse(text) as { level: number; load: number })).map(({ level, load }) => [level, load])).toEqual([[40, 1.2], [30, 0.9], [40, 1.01]]);
  });
});
