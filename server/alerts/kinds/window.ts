import { MINUTE } from '../../../contract/index.ts';
import { AHEAD_MS } from './kind.ts';

/** Sums of the last minutes in at most this many steps, so that a state stays small whatever its window. */
const STEPS = 60;

/** One step of time and what was counted in it. */
export type Bucket = readonly [step: number, ...sums: number[]];

const stepMs = (minutes: number): number => Math.ceil(minutes / STEPS) * MINUTE;

/**
 * Adds to a window of `minutes` that ends at its newest step. What comes late is counted in its own step; what is older
 * than the window is not counted. Steps after `now` come from a clock that was set back since: they are dropped.
 */
export function addTo(buckets: readonly Bucket[], at: number, now: number, minutes: number, sums: readonly number[]): Bucket[] {
  const step = Math.floor(at / stepMs(minutes));
  const last = Math.max(step, Math.floor((now + AHEAD_MS) / stepMs(minutes)));
  const heard = buckets.filter(([one]) => one <= last);
  const end = Math.max(heard.at(-1)?.[0] ?? step, step);
  const kept = heard.filter(([one]) => one > end - stepsOf(minutes));
  if (step <= end - stepsOf(minutes)) return kept;
  const place = kept.findLastIndex(([one]) => one <= step);
  const before = kept[place];
  if (before?.[0] === step) return kept.with(place, [step, ...sums.map((more, i) => (before[i + 1] ?? 0) + more)]);
  return kept.toSpliced(place + 1, 0, [step, ...sums]);
}

const stepsOf = (minutes: number): number => Math.ceil((minutes * MINUTE) / stepMs(minutes));

/** The sum of column `i` (from 0). */
export const sumOf = (buckets: readonly Bucket[], i: number): number => buckets.reduce((sum, bucket) => sum + (bucket[i + 1] ?? 0), 0);

/** How much of the window has been heard of, 0..1: just after opening there is not much to judge by. */
export function filled(buckets: readonly Bucket[], minutes: number): number {
  const first = buckets[0]?.[0];
  return first === undefined ? 0 : Math.min(1, (buckets.at(-1)![0] - first + 1) / stepsOf(minutes));
}
