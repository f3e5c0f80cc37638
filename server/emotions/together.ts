import { TOGETHER_WITH, dayOf, type Estimate, type Together } from '../../contract/index.ts';
import { zoneOffsets } from './clocks.ts';
import { fisherEstimate, pearson, UNKNOWN } from './estimates.ts';
import type { DutySpan } from './repository.ts';

const HOUR = 3600_000;
/** Fewer hours say nothing. */
export const LEAST_HOURS = 24;

/** A measure by the hour (epoch ms of its start). An hour without a value has none, which is not 0. */
export type Hourly = ReadonlyMap<number, number>;
export type Measures = Record<(typeof TOGETHER_WITH)[number], Hourly>;

interface Deviation { value: number; size: number }

/** Each hour less the mean of all hours of the same weekday and time of day; those that are alone of their kind have no usual value. */
export function deviations(hours: Hourly, timezone: string, offset = zoneOffsets(timezone)): Map<number, Deviation> {
  const groups = new Map<number, [number, number][]>();
  for (const [at, value] of hours) {
    const local = Math.floor((at + offset(at)) / HOUR);
    const group = ((local % 168) + 168) % 168;
    const known = groups.get(group);
    if (known) known.push([at, value]);
    else groups.set(group, [[at, value]]);
  }
  const found = new Map<number, Deviation>();
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const mean = group.reduce((sum, [, value]) => sum + value, 0) / group.length;
    for (const [at, value] of group) found.set(at, { value: value - mean, size: group.length });
  }
  return found;
}

/** Correlation of a column's hours with the next ones, as far as both are there; 0 when too few are. */
function persistence(at: readonly number[], values: readonly number[]): number {
  const place = new Map(at.map((hour, i) => [hour, i]));
  const pairs = at.flatMap((hour, i) => { const next = place.get(hour + HOUR); return next === undefined ? [] : [[values[i]!, values[next]!] as const]; });
  return pairs.length < 8 ? 0 : pearson(pairs.map(([a]) => a), pairs.map(([, b]) => b)) ?? 0;
}

/**
 * Pearson's r of two measures' deviations with Fisher's interval. Hours are fewer than they look: taking usual values away
 * costs each hour 1 / (hours of its kind), and hours that follow each other are alike, so that n counts as
 * n (1 − ab) / (1 + ab) with a and b the two persistences.
 * Source: M. S. Bartlett, "Some aspects of the time-correlation problem in regard to tests of significance", Journal of the Royal Statistical Society 98 (1935), 536–543.
 * @param lag hours from the measure to the mood
 */
export function correlation(mood: ReadonlyMap<number, Deviation>, measure: ReadonlyMap<number, Deviation>, isWithin: (at: number) => boolean, lag: number): { n: number; estimate: Estimate } {
  const at = [...measure.keys()].filter((hour) => isWithin(hour) && mood.has(hour + lag * HOUR)).sort((a, b) => a - b);
  const n = at.length;
  if (n < LEAST_HOURS) return { n, estimate: UNKNOWN };
  const x = at.map((hour) => measure.get(hour)!.value);
  const y = at.map((hour) => mood.get(hour + lag * HOUR)!.value);
  const r = pearson(x, y);
  if (r === null) return { n, estimate: UNKNOWN };
  const free = at.reduce((sum, hour) => sum + 1 - 1 / Math.min(measure.get(hour)!.size, mood.get(hour + lag * HOUR)!.size), 0);
  const alike = Math.max(0, persistence(at, x) * persistence(at, y));
  return { n, estimate: fisherEstimate(r, (free * (1 - alike)) / (1 + alike)) };
}

/**
 * Does mood move with other measures. Hours before `from` only tell what is usual. What moves together need not cause
 * each other, and of ten numbers with 95 % intervals one leaves out 0 by chance in four reports of ten.
 */
export function togetherOf(mood: Hourly, measures: Measures, site: string, range: { from: number; to: number }, timezone: string): Together {
  const isWithin = (at: number): boolean => at >= Math.floor(range.from / HOUR) * HOUR && at < range.to;
  const offset = zoneOffsets(timezone);
  const usual = deviations(mood, timezone, offset);
  return {
    site, ...range, hours: [...mood.keys()].filter(isWithin).length,
    rows: TOGETHER_WITH.map((name) => {
      const measure = deviations(measures[name], timezone, offset);
      const same = correlation(usual, measure, isWithin, 0);
      return { with: name, n: same.n, same: same.estimate, later: correlation(usual, measure, isWithin, 1).estimate };
    }),
  };
}

/** People and receipts counted in an hour. */
export interface CountedHour { in: number; out: number; receipts: number }

/** Mean of the people inside at an hour's start and end: who came less who went since the day began, never below none. */
export function insideByHour(counted: ReadonlyMap<number, CountedHour>, timezone: string): Map<number, number> {
  const found = new Map<number, number>();
  let day = { start: 0, end: 0 };
  let inside = 0;
  for (const [at, { in: came, out }] of [...counted].sort(([a], [b]) => a - b)) {
    if (at >= day.end || at < day.start) { day = dayOf(timezone, at); inside = 0; }
    const after = Math.max(0, inside + came - out);
    found.set(at, (inside + after) / 2);
    inside = after;
  }
  return found;
}

/** People on duty in the mean of each hour that somebody was. `until` (epoch ms): what is not over ends there. */
export function dutyByHour(spans: readonly DutySpan[], from: number, until: number): Map<number, number> {
  const found = new Map<number, number>();
  for (const { since, until: end } of spans) {
    const last = Math.min(until, end ?? until);
    for (let at = Math.floor(Math.max(from, since) / HOUR) * HOUR; at < last; at += HOUR) {
      const share = (Math.min(last, at + HOUR) - Math.max(since, at)) / HOUR;
      if (share > 0) found.set(at, (found.get(at) ?? 0) + share);
    }
  }
  return found;
}
