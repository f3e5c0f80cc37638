import { afterAll, describe, expect, it } from 'vitest';
import { percentile } from '../../../contract/statistics.ts';
import { alertsOf, byChance, delays, OPEN_MINUTES, perDay } from './testing/days.ts';
import { binomialWindow, either, halfOfFour, learning, otklik, threeIn15, type Watcher } from './testing/rules.ts';
import { beta, seeded } from './random.ts';

const DAYS = 1000;
const CHANGE = 180;
const RULES = { calm: () => otklik('calm'), usual: () => otklik('usual'), keen: () => otklik('keen'), window: () => binomialWindow(), both: () => either(otklik('usual'), binomialWindow()), '50% of >= 4 in 15 min': halfOfFour, '3 in 15 min': threeIn15 } satisfies Record<string, () => Watcher>;
type RuleName = keyof typeof RULES;
const OURS = ['calm', 'usual', 'keen'] as const;
const PEERS = ['50% of >= 4 in 15 min', '3 in 15 min'] as const;
/** `window`: a binomial window of 15 minutes at p < 0.01; `both`: that or `usual`. */
const NAMES = [...OURS, 'window', 'both', ...PEERS] as const;

/** Figures by their heading, then by rule; printed at the end and asserted where they are promises. */
const table = new Map<string, Map<string, number>>();
function note(heading: string, rule: string, figure: number): number {
  const row = table.get(heading) ?? new Map<string, number>();
  table.set(heading, row.set(rule, figure));
  return figure;
}
afterAll(() => {
  const lines = [...table].map(([heading, row]) => `${heading.padEnd(62)}${NAMES.map((name) => (row.get(name)?.toFixed(2) ?? '').padStart(9)).join('')}`);
  console.log([''.padEnd(62) + ['calm', 'usual', 'keen', 'window', 'both', '50% of 4', '3 in 15'].map((name) => name.padStart(9)).join(''), ...lines].join('\n'));
});

/** A grown place: 28 days of ratings at this hour, drawn anew for every day, so that the baseline is off as it is in life. */
const grown = (perHour: number, share: number) => byChance(3, DAYS, 28 * perHour, share);
const falseAlerts = (name: RuleName, perHour: number, share: number) => perDay(alertsOf(RULES[name](), { seed: 1, days: DAYS, perHour: () => perHour, share: () => share, baseline: grown(perHour, share) }));
function jump(name: RuleName, perHour: number, from: number, to: number) {
  const alerts = alertsOf(RULES[name](), { seed: 2, days: DAYS, perHour: () => perHour, share: (_, minute) => (minute < CHANGE ? from : to), baseline: grown(perHour, from) });
  const found = delays(alerts, CHANGE);
  return { median: percentile(found, 50), within2h: found.filter((minutes) => minutes <= 120).length / DAYS };
}

describe.each(NAMES)('%s', (name) => {
  it.each([[0.1, 6], [0.1, 20], [0.1, 60], [0.2, 6], [0.2, 20], [0.2, 60]])('false alerts a day at %f negatives and %i ratings an hour', (share, perHour) => {
    const figure = note(`false a day, ${share * 100} % negatives, ${perHour}/h`, name, falseAlerts(name, perHour, share));
    if (name === 'usual') expect(figure).toBeLessThanOrEqual(1);
    if (name === 'calm') expect(figure).toBeLessThanOrEqual(0.25);
    if (name === 'keen') expect(figure).toBeLessThanOrEqual(2);
  }, 60_000);

  it('minutes until 10 % is found to be 40 % at 60 an hour', () => {
    const { median } = jump(name, 60, 0.1, 0.4);
    note('median minutes, 10 to 40 %, 60/h', name, median);
    if (name === 'usual') expect(median).toBeLessThanOrEqual(12);
    if (name === 'keen') expect(median).toBeLessThanOrEqual(10);
    if (name === 'calm') expect(median).toBeLessThanOrEqual(17);
  }, 60_000);

  it.each([[0.1, 0.4], [0.2, 0.5]])('found within two hours, %f to %f at six an hour', (from, to) => {
    const { within2h, median } = jump(name, 6, from, to);
    note(`found in 2 h, ${from * 100} to ${to * 100} %, 6/h`, name, within2h);
    note(`median minutes, ${from * 100} to ${to * 100} %, 6/h`, name, median);
    if (name === 'usual' && from === 0.1) {
      expect(within2h).toBeGreaterThanOrEqual(0.7);
      expect(falseAlerts(name, 6, from)).toBeLessThanOrEqual(0.3);
    }
  }, 60_000);

  it.each([6, 60])('a small change, 10 to 20 % at %i an hour', (perHour) => {
    note(`found in 2 h, 10 to 20 %, ${perHour}/h`, name, jump(name, perHour, 0.1, 0.2).within2h);
  }, 60_000);
});

describe.each(['usual'] as const)('other shares and minimums, %s', (name) => {
  it.each([[0.01, 60], [0.03, 60], [0.4, 60], [0.4, 6]])('false alerts a day at %f negatives and %i ratings an hour', (share, perHour) => {
    const figure = note(`false a day, ${share * 100} % negatives, ${perHour}/h`, name, falseAlerts(name, perHour, share));
    expect(figure).toBeLessThanOrEqual(1);
  }, 60_000);

  it.each([3, 6, 10])('a minimum of %i ratings at six an hour', (minimum) => {
    const days = { seed: 2, days: DAYS, perHour: () => 6, baseline: grown(6, 0.1) };
    note(`minimum ${minimum}: false a day, 10 %, 6/h`, name, perDay(alertsOf(otklik(name, minimum), { ...days, share: () => 0.1 })));
    const found = delays(alertsOf(otklik(name, minimum), { ...days, share: (_, minute) => (minute < CHANGE ? 0.1 : 0.4) }), CHANGE);
    note(`minimum ${minimum}: found in 2 h, 10 to 40 %, 6/h`, name, found.filter((minutes) => minutes <= 120).length / DAYS);
  }, 60_000);
});

describe.each(OURS)('a young place, %s', (name) => {
  it.each([[0.1, 0], [0.1, 10], [0.1, 50], [0.2, 0], [0.2, 10], [0.2, 50], [0.3, 0], [0.3, 10], [0.3, 50]])('%f negatives, known from %i ratings', (share, n) => {
    const figure = perDay(alertsOf(RULES[name](), { seed: 4, days: DAYS, perHour: () => 20, share: () => share, baseline: byChance(5, DAYS, n, share) }));
    note(`young: false a day, ${share * 100} %, 20/h, known from ${n}`, name, figure);
    if (name === 'usual') expect(figure).toBeLessThanOrEqual(1);
  }, 60_000);

  it.each([0, 10, 50])('found within two hours, 10 to 40 %%, known from %i ratings', (n) => {
    const alerts = alertsOf(RULES[name](), { seed: 10, days: DAYS, perHour: () => 20, share: (_, minute) => (minute < CHANGE ? 0.1 : 0.4), baseline: byChance(11, DAYS, n, 0.1) });
    note(`young: found in 2 h, 10 to 40 %, 20/h, known from ${n}`, name, delays(alerts, CHANGE).filter((minutes) => minutes <= 120).length / DAYS);
  }, 60_000);

  it.each([0.1, 0.2, 0.3])('%f negatives, its first weeks by its own ratings', (share) => {
    const places = Array.from({ length: 25 }, (_, place) => alertsOf(learning(RULES[name]()), { seed: 100 + place, days: 21, perHour: () => 20, share: () => share, baseline: () => ({ n: 0, k: 0 }) }));
    const during = (from: number, to: number) => perDay(places.flatMap((days) => days.slice(from, to)));
    note(`young: false a day on day 1, ${share * 100} %, 20/h`, name, during(0, 1));
    const week = note(`young: false a day on days 2 to 7, ${share * 100} %, 20/h`, name, during(1, 7));
    const later = note(`young: false a day on days 8 to 21, ${share * 100} %, 20/h`, name, during(7, 21));
    if (name === 'usual') expect(Math.max(during(0, 1), week, later)).toBeLessThanOrEqual(1);
  }, 60_000);
});

describe.each([...OURS, ...PEERS])('what is not as in the book, %s', (name) => {
  const base = { seed: 6, days: DAYS, perHour: () => 20, share: () => 0.1, baseline: grown(20, 0.1) };
  /** A morning of 6 an hour, a noon of 60, an evening of 20. */
  const perHour = (minute: number) => (minute < 180 ? 6 : minute < 330 ? 60 : 20);

  it('volume changes over the day', () => {
    const quiet = note('changing volume 6, 60, 20/h: false a day, 10 %', name, perDay(alertsOf(RULES[name](), { ...base, perHour })));
    const share = (_: number, minute: number) => (perHour(minute) === 60 ? 0.2 : 0.1);
    const usual = [byChance(7, DAYS, 28 * 20, 0.1), byChance(8, DAYS, 28 * 60, 0.2)] as const;
    const both = note('changing volume and share (noon 20 %): false a day', name, perDay(alertsOf(RULES[name](), { ...base, perHour, share, baseline: (day, minute) => usual[perHour(minute) === 60 ? 1 : 0](day) })));
    if (name === 'usual') expect(Math.max(quiet, both)).toBeLessThanOrEqual(1);
  }, 60_000);

  it('three times the volume of other days', () => {
    const figure = note('three times the usual volume (60/h for 20/h): false a day', name, perDay(alertsOf(RULES[name](), { ...base, perHour: () => 60 })));
    if (name === 'usual') expect(figure).toBeLessThanOrEqual(1);
  }, 60_000);

  it('days that differ by more than chance', () => {
    const random = seeded(9);
    const days = Array.from({ length: DAYS }, () => beta(random, 5.5, 49.5));
    note('days that differ (10 +- 4 %), 20/h: alerts a day', name, perDay(alertsOf(RULES[name](), { ...base, share: (day) => days[day] ?? 0.1 })));
  }, 60_000);

  it('one visitor in ten presses the same face three times', () => {
    note('one visitor in ten presses three times, 20/h: false a day', name, perDay(alertsOf(RULES[name](), { ...base, presses: (random) => (random() < 0.1 ? 3 : 1) })));
  }, 60_000);

  it('one rating an hour', () => {
    note('false a day, 10 % negatives, 1/h', name, falseAlerts(name, 1, 0.1));
    note('found by the end of the day (7 h), 10 to 40 %, 1/h', name, delays(alertsOf(RULES[name](), { ...base, perHour: () => 1, share: (_, minute) => (minute < CHANGE ? 0.1 : 0.4), baseline: grown(1, 0.1) }), CHANGE).filter(Number.isFinite).length / DAYS);
  }, 60_000);
});

describe('recovery', () => {
  it.each([[6, 120], [20, 60], [60, 30]])('is told at %i an hour within %i minutes, and seldom while all is bad', (perHour, soon) => {
    const bad = { from: 60, to: 240 };
    const times: number[] = [];
    let wrong = 0;
    for (let day = 0; day < 300; day += 1) {
      let raised = Infinity;
      let told: number | null = null;
      const watch = otklik('usual', 4, (step, at) => {
        const minute = at / 60_000;
        if (step.alarm !== null && raised === Infinity) raised = minute;
        if (step.calm && raised < bad.to && told === null) told = minute;
      });
      alertsOf(watch, { seed: 1000 + day, days: 1, perHour: () => perHour, share: (_, minute) => (minute >= bad.from && minute < bad.to ? 0.4 : 0.1), baseline: () => ({ n: 28 * perHour, k: 2.8 * perHour }) });
      if (raised < bad.from || raised > bad.to) continue;
      if (told !== null && told < bad.to) wrong += 1;
      else times.push((told ?? OPEN_MINUTES) - bad.to);
    }
    const median = note(`recovery told after, median minutes, ${perHour}/h`, 'usual', percentile(times, 50));
    const early = note(`recovery told while still bad (up to 3 h), share, ${perHour}/h`, 'usual', wrong / (wrong + times.length));
    expect(times.length).toBeGreaterThan(50);
    expect(median).toBeLessThanOrEqual(soon);
    expect(early).toBeLessThanOrEqual(0.25);
  }, 60_000);
});
