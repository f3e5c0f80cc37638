import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedFalsePerDay, type UsualHour } from './false-alerts.ts';
import { alertsOf, byChance, perDay } from './testing/days.ts';
import { otklik } from './testing/rules.ts';
import type { Sensitivity } from './rate.ts';

const opened = (perHour: number, share: number, n = 28 * perHour): UsualHour[] => Array.from({ length: 24 }, (_, hour) => (hour >= 9 && hour < 19 ? { perHour, share, n } : { perHour: 0, share: 0, n: 0 }));
const expected = (hours: readonly UsualHour[], sensitivity: Sensitivity = 'usual', cooldownS = 900) => expectedFalsePerDay({ hours, sensitivity, minimum: 4, cooldownS });

describe('expected false alerts', () => {
  it.each([['usual', 6, 0.1], ['usual', 20, 0.2], ['usual', 60, 0.1], ['keen', 20, 0.1], ['calm', 20, 0.2]] as const)('agree with a long simulation: %s, %i an hour, %f', (sensitivity, perHour, share) => {
    const days = 1000;
    const long = perDay(alertsOf(otklik(sensitivity), { seed: 31, days, perHour: () => perHour, share: () => share, baseline: byChance(32, days, 28 * perHour, share) }));
    const quick = expected(opened(perHour, share), sensitivity);
    console.log(`expected ${quick.toFixed(3)}, simulated at length ${long.toFixed(3)} (${sensitivity}, ${perHour}/h, ${share})`);
    expect(Math.abs(quick - long)).toBeLessThan(0.06 + 0.2 * long);
  });

  it('are repeatable, none at a place without ratings, and more for a keener rule', () => {
    expect(expected(opened(20, 0.1))).toBe(expected(opened(20, 0.1)));
    expect(expected(opened(0, 0.1))).toBe(0);
    expect(expected([])).toBe(0);
    expect(expected(opened(20, 0.1), 'calm')).toBeLessThan(expected(opened(20, 0.1)));
    expect(expected(opened(20, 0.1))).toBeLessThan(expected(opened(20, 0.1), 'keen'));
  });

  it('are held down by a cooldown', () => {
    expect(expected(opened(60, 0.1), 'keen', 86_400)).toBeLessThan(0.9 * expected(opened(60, 0.1), 'keen', 0));
  });

  it('stay near one a day at a place that was opened today', () => {
    for (const perHour of [6, 20, 60]) expect(expected(opened(perHour, 0.1, 0))).toBeLessThanOrEqual(1.1);
  });

  it.each([1, 6, 60, 1000, 100_000])('take at most 100 ms of a processor at %i ratings an hour round the clock', (perHour) => {
    const hours = Array.from({ length: 24 }, () => ({ perHour, share: 0.1, n: 28 * perHour }));
    const spent = Array.from({ length: 5 }, () => {
      const before = process.cpuUsage();
      expected(hours);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    expect(Math.min(...spent)).toBeLessThan(100);
  });

  it('are a finite number, not below 0, for any input', () => {
    const any = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, 1e12));
    fc.assert(fc.property(fc.array(fc.record({ perHour: any, share: any, n: any }), { maxLength: 30 }), any, fc.integer({ min: 3, max: 50 }), (hours, cooldownS, minimum) => {
      const figure = expectedFalsePerDay({ hours, cooldownS, minimum, sensitivity: 'keen' });
      expect(Number.isFinite(figure)).toBe(true);
      expect(figure).toBeGreaterThanOrEqual(0);
    }), { seed: 1999, numRuns: 40 });
  });
});
