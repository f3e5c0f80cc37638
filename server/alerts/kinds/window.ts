import { MINUTE } from '../../../contract/index.ts';

/** Sums of the last minutes in at most this many steps, so that a state stays small whatever its window. */
const STEPS = 60;

/** One step of time and what was counted in it. */
export type Bucket = readonly [step: number, ...sums: number[]];

const stepMs = (minutes: number): number => Math.ceil(minutes / STEPS) * MINUTE;

/**
 * Adds to a window of `minutes` that ends at `at` or at its newest step. Steps that have left the window are dropped;
 * what comes late is counted in its own step, and what is older than the window or from a clock that was ahead is not.
 */
export function addTo(buckets: readonly Bucket[], at: number, minutes: number, sums: readonly number[]): Bucket[] {
  const step = Math.floor(at / stepMs(minutes));
  const steps = stepsOf(minutes);
  const newest = buckets.at(-1)?.[0] ?? step;
  // The clock went back by more than the window: what is kept comes from a time that is not now.
  if (newest - step >= 2 * steps) return [[step, ...sums]];
  const end = Math.max(newest, step);
  const kept = buckets.filter(([one]) => one > end - steps);
  if (step <= end - steps) return kept;
  const at_ = kept.findLastIndex(([one]) => one <= step);
  const before = kept[at_];
  if (before?.[0] === step) return kept.with(at_, [step, ...sums.map((more, i) => (before[i + 1] ?? 0) + more)]);
  return kept.toSpliced(at_ + 1, 0, [step, ...sums]);
}

const stepsOf = (minutes: number): number => Math.ceil((minutes * MINUTE) / stepMs(minutes));

/** The sum of column `i` (from 0). */
export const sumOf = (buckets: readonly Bucket[], i: number): number => buckets.reduce((sum, bucket) => sum + (bucket[i + 1] ?? 0), 0);

/** How much of the window has been heard of, 0..1: just after opening there is not much to judge by. */
export function filled(buckets: readonly Bucket[], minutes: number): number {
  const first = buckets[0]?.[0];
  return first === undefined ? 0 : Math.min(1, (buckets.at(-1)![0] - first + 1) / stepsOf(minutes));
}
