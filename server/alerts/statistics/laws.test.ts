import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedShare, type Baseline } from './baseline.ts';
import { atLeast } from './binomial.ts';
import { emptyRate, SILENCE, stepRate, type RateSettings, type RateState, type RateStep } from './rate.ts';

const SEED = 1999;
const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5, 9);
const rating = fc.record({ gap: fc.integer({ min: 0, max: 20 * MINUTE }), negative: fc.boolean() });
const ratings = fc.array(rating, { maxLength: 80 });
const baseline = fc.integer({ min: 0, max: 3000 }).chain((n) => fc.integer({ min: 0, max: n }).map((k): Baseline => ({ n, k })));
const settings = fc.record({ sensitivity: fc.constantFrom('calm', 'usual', 'keen'), minimum: fc.integer({ min: 3, max: 50 }) });

type Timed = { at: number; negative: boolean };
const timed = (list: readonly { gap: number; negative: boolean }[], from = START): Timed[] => {
  let at = from;
  return list.map(({ gap, negative }) => ({ at: (at += gap), negative }));
};
const run = (list: readonly Timed[], known: Baseline, how: RateSettings, keep: (state: RateState) => RateState = (state) => state): RateStep[] => {
  let state = emptyRate();
  return list.map((one) => {
    const step = stepRate(state, one, known, how);
    state = keep(step.state);
    return step;
  });
};
const alarms = (steps: readonly RateStep[]) => steps.map((step) => step.alarm);
const firstAlarm = (steps: readonly RateStep[]) => { const index = steps.findIndex((step) => step.alarm !== null); return index < 0 ? Infinity : index; };
const rows = (count: number, negative: boolean, gap = MINUTE): { gap: number; negative: boolean }[] => Array.from({ length: count }, () => ({ gap, negative }));
const USUAL = { sensitivity: 'usual', minimum: 4 } as const;
const KNOWN = { n: 560, k: 56 };

describe('laws of the rate', () => {
  it('keeping the state as JSON between ratings changes nothing, and the state given is not altered', () => {
    fc.assert(fc.property(ratings, baseline, settings, (list, known, how) => {
      const kept = run(timed(list), known, how, (state) => Object.freeze(JSON.parse(JSON.stringify(state)) as RateState));
      expect(kept).toEqual(run(timed(list), known, how));
      expect(JSON.stringify(kept.at(-1)?.state ?? '').length).toBeLessThan(220);
    }), { seed: SEED });
  });

  it('another epoch changes nothing', () => {
    fc.assert(fc.property(ratings, baseline, settings, fc.integer({ min: -50, max: 50 }), (list, known, how, years) => {
      expect(alarms(run(timed(list, START + years * 365 * 24 * 60 * MINUTE), known, how))).toEqual(alarms(run(timed(list), known, how)));
    }), { seed: SEED });
  });

  it('says nothing below the minimum, and says what it saw', () => {
    fc.assert(fc.property(ratings, baseline, settings, (list, known, how) => {
      run(timed(list), known, how).forEach(({ alarm }, index) => {
        if (alarm === null) return;
        expect(alarm.n).toBeGreaterThanOrEqual(how.minimum);
        const stretch = timed(list).slice(index + 1 - alarm.n, index + 1);
        expect(stretch).toHaveLength(alarm.n);
        expect(stretch.filter((one) => one.negative)).toHaveLength(alarm.k);
        expect(alarm.minutes).toBeCloseTo(((stretch.at(-1)?.at ?? 0) - (stretch[0]?.at ?? 0)) / MINUTE, 9);
        expect(alarm.k / alarm.n).toBeGreaterThan(expectedShare(known));
        expect(alarm.p).toBeCloseTo(atLeast(alarm.k, alarm.n, expectedShare(known)), 12);
      });
    }), { seed: SEED });
  });

  it('ratings turned negative never make the first alarm later', () => {
    let earlier = 0;
    fc.assert(fc.property(fc.array(fc.record({ gap: fc.nat(20 * MINUTE), negative: fc.boolean(), turned: fc.boolean() }), { maxLength: 80 }), fc.integer({ min: 100, max: 250 }), settings, (list, k, how) => {
      const worse = list.map((one) => ({ ...one, negative: one.negative || one.turned }));
      const [was, is] = [firstAlarm(run(timed(list), { n: 500, k }, how)), firstAlarm(run(timed(worse), { n: 500, k }, how))];
      expect(is).toBeLessThanOrEqual(was);
      if (is < was) earlier += 1;
    }), { seed: SEED, numRuns: 1000 });
    expect(earlier).toBeGreaterThan(10);
  });

  it('a keener setting is never later', () => {
    fc.assert(fc.property(ratings, settings, (list, { minimum }) => {
      const first = (sensitivity: RateSettings['sensitivity']) => firstAlarm(run(timed(list), KNOWN, { sensitivity, minimum }));
      expect(first('keen')).toBeLessThanOrEqual(first('usual'));
      expect(first('usual')).toBeLessThanOrEqual(first('calm'));
    }), { seed: SEED });
  });

  it('negatives alone always raise, other ratings alone never', () => {
    fc.assert(fc.property(baseline.filter(({ n, k }) => k <= n * 0.6), settings, fc.integer({ min: 0, max: 60 * MINUTE }), (known, how, gap) => {
      expect(firstAlarm(run(timed(rows(80, true, gap)), known, how))).toBeLessThan(80);
      expect(firstAlarm(run(timed(rows(80, false, gap)), known, how))).toBe(Infinity);
    }), { seed: SEED });
  });
});

describe('clocks', () => {
  const rubbish = fc.oneof(fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -1, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MAX_SAFE_INTEGER), fc.double(), fc.integer());

  it('of any kind leave finite numbers behind, and no alarm without its ratings', () => {
    fc.assert(fc.property(fc.array(fc.record({ at: rubbish, negative: fc.boolean() }), { maxLength: 60 }), fc.record({ n: fc.double(), k: fc.double() }), settings, (list, known, how) => {
      let heard = 0;
      for (const [index, step] of run(list, known, how).entries()) {
        if (list[index]?.negative === true) heard += 1;
        const { last, recovery, ...numbers } = step.state;
        for (const value of [last ?? 0, recovery ?? 0, ...Object.values(numbers).map(Number)]) expect(Number.isFinite(value)).toBe(true);
        expect(step.state.gap).toBeGreaterThanOrEqual(0);
        if (step.alarm === null) continue;
        expect(step.alarm.minutes).toBeGreaterThanOrEqual(0);
        for (const value of Object.values(step.alarm)) expect(Number.isFinite(value)).toBe(true);
        expect(step.alarm.k).toBeLessThanOrEqual(heard);
        heard -= step.alarm.k;
      }
    }), { seed: SEED, numRuns: 1000 });
  });

  it('that jump raise nothing by themselves: with any times, nothing but negatives can', () => {
    fc.assert(fc.property(fc.array(rubbish, { maxLength: 60 }), settings, (times, how) => {
      expect(firstAlarm(run(times.map((at) => ({ at, negative: false })), KNOWN, how))).toBe(Infinity);
    }), { seed: SEED });
  });

  it('that jump by years, and back, only start the sum anew', () => {
    const before = timed(rows(3, true));
    const future = { at: START + 1e11, negative: true };
    const after = timed(rows(4, true), START + 10 * MINUTE);
    const steps = run([...before, future, ...after], KNOWN, USUAL);
    expect(firstAlarm(steps.slice(0, 7))).toBe(Infinity);
    expect(steps[3]?.state).toMatchObject({ n: 1, k: 1, last: future.at });
    expect(steps.at(-1)?.alarm).toMatchObject({ n: 4, k: 4, minutes: 3 });
  });

  it('out of order and equal times count as now', () => {
    const list = [0, 5, 3, 3, 1].map((minute) => ({ at: START + minute * MINUTE, negative: true }));
    const first = run(list, KNOWN, USUAL).find((step) => step.alarm !== null)?.alarm;
    expect(first).toMatchObject({ n: 4, k: 4, minutes: 5 });
  });

  it('ratings without a time are passed over', () => {
    const first = stepRate(emptyRate(), { at: START, negative: true }, KNOWN, USUAL).state;
    expect(stepRate(first, { at: Number.NaN, negative: true }, KNOWN, USUAL)).toEqual({ state: first, alarm: null, calm: false });
  });

  it('a night forgets the stretch of the evening; a lull of three hours does not', () => {
    const evening = run(timed(rows(3, true)), KNOWN, USUAL).at(-1)?.state ?? emptyRate();
    const at = (evening.last ?? 0) + SILENCE;
    expect(stepRate(evening, { at: at - MINUTE, negative: true }, KNOWN, USUAL).alarm).toMatchObject({ n: 4, k: 4 });
    const morning = stepRate(evening, { at, negative: true }, KNOWN, USUAL);
    expect(morning.alarm).toBeNull();
    expect(morning.state).toMatchObject({ n: 1, k: 1, since: at, gap: evening.gap });
  });
});

describe('recovery', () => {
  const raised = () => run(timed(rows(8, true)), KNOWN, USUAL).find((step) => step.alarm !== null);

  it('is never told of a place where nothing was raised', () => {
    expect(run(timed(rows(60, false)), KNOWN, USUAL).some((step) => step.calm)).toBe(false);
  });

  it('is told once the ratings since speak for usual, and stands until the next alarm', () => {
    let state = raised()?.state ?? emptyRate();
    const next = (negative: boolean) => {
      const step = stepRate(state, { at: (state.last ?? 0) + MINUTE, negative }, KNOWN, USUAL);
      state = step.state;
      return step;
    };
    expect(next(false).calm).toBe(false);
    let needed = 1;
    while (!next(false).calm && needed < 100) needed += 1;
    expect(needed).toBeGreaterThan(8);
    expect(needed).toBeLessThan(30);
    expect(next(true).calm).toBe(true);
    const again = Array.from({ length: 10 }, () => next(true)).find((step) => step.alarm !== null);
    expect(again?.calm).toBe(false);
    expect(next(false).calm).toBe(false);
  });

  it('is told after a night: what was raised then is over', () => {
    const state = raised()?.state ?? emptyRate();
    expect(stepRate(state, { at: (state.last ?? 0) + 10 * 60 * MINUTE, negative: true }, KNOWN, USUAL).calm).toBe(true);
  });
});

describe('what is expected of a place', () => {
  it('is between what was seen and a fifth, nearer to what was seen the more there is', () => {
    expect(expectedShare({ n: 0, k: 0 })).toBeCloseTo(0.2, 12);
    expect(expectedShare({ n: 10, k: 0 })).toBeCloseTo(0.1, 12);
    fc.assert(fc.property(baseline.filter(({ n }) => n > 0), (known) => {
      const seen = known.k / known.n;
      expect(Math.abs(expectedShare(known) - seen)).toBeLessThanOrEqual(Math.abs(0.2 - seen));
      const ten = expectedShare({ n: known.n * 10, k: known.k * 10 });
      expect(Math.abs(ten - seen)).toBeLessThanOrEqual(Math.abs(expectedShare(known) - seen) + 1e-12);
    }), { seed: SEED });
  });
});

describe('the binomial tail', () => {
  it.each([[3, 4, 0.1, 0.0037], [2, 4, 0.1, 0.0523], [4, 4, 0.5, 0.0625], [0, 9, 0.3, 1], [5, 4, 0.3, 0], [600, 1000, 0.5, 1.36e-10]])('%i of %i at %f', (k, n, share, p) => {
    expect(atLeast(k, n, share) / (p || 1)).toBeCloseTo(p === 0 ? 0 : 1, 2);
  });
  it('falls with k and sums to one', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 400 }), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (n, share) => {
      let before = 1;
      for (let k = 0; k <= n; k += 1) {
        const p = atLeast(k, n, share);
        expect(p).toBeLessThanOrEqual(before + 1e-9);
        before = p;
      }
      expect(atLeast(1, n, share)).toBeCloseTo(1 - (1 - share) ** n, 8);
      expect(before).toBeCloseTo(share ** n, 8);
    }), { seed: SEED, numRuns: 50 });
  });
});
