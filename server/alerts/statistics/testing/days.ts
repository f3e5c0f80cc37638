import type { Baseline } from '../baseline.ts';
import { exponential, seeded, type Random } from '../random.ts';
import type { Watcher } from './rules.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
export const OPEN_MINUTES = 600;
const COOLDOWN = 15;

export interface Days {
  seed: number;
  days: number;
  /** Visitors who rate, an hour, at a minute of the open day. */
  perHour: (minute: number) => number;
  /** Share of negatives in truth, on a day at a minute. */
  share: (day: number, minute: number) => number;
  /** What the place knows of itself. */
  baseline: (day: number, minute: number) => Baseline;
  /** How often a visitor presses the same face. */
  presses?: (random: Random) => number;
}

/**
 * Minutes at which alerts went out, for each day. Ten-hour days with a night between, visitors as a Poisson process,
 * 15 minutes of cooldown after each alert.
 */
export function alertsOf(watch: Watcher, { seed, days, perHour, share, baseline, presses = () => 1 }: Days): number[][] {
  const random = seeded(seed);
  const busiest = Math.max(...Array.from({ length: OPEN_MINUTES }, (_, minute) => perHour(minute)));
  const next = () => exponential(random, 60 / busiest);
  return Array.from({ length: days }, (_, day) => {
    const sent: number[] = [];
    for (let minute = next(); minute < OPEN_MINUTES; minute += next()) {
      if (random() * busiest >= perHour(minute)) continue;
      const negative = random() < share(day, minute);
      for (let press = presses(random); press > 0; press -= 1) {
        if (watch(day * DAY + minute * MINUTE, negative, baseline(day, minute)) && minute - (sent.at(-1) ?? -Infinity) >= COOLDOWN) sent.push(minute);
      }
    }
    return sent;
  });
}

export const perDay = (alerts: readonly number[][]): number => alerts.reduce((sum, day) => sum + day.length, 0) / alerts.length;

/** Minutes from a change to the first alert after it, for each day; Infinity: not on that day. */
export const delays = (alerts: readonly number[][], change: number): number[] => alerts.map((day) => (day.find((minute) => minute >= change) ?? Infinity) - change);

/** For each day another baseline of `n` ratings whose true share is `share`: as wrong as chance makes it. */
export function byChance(seed: number, days: number, n: number, share: number): (day: number) => Baseline {
  const random = seeded(seed);
  const drawn = Array.from({ length: days }, () => ({ n, k: Array.from({ length: n }, () => random() < share).filter(Boolean).length }));
  return (day) => drawn[day] ?? { n: 0, k: 0 };
}
