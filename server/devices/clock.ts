/** Samples that an estimate rests on. */
export const CLOCK_SAMPLES = 8;
/** Offsets below this are not corrected: a device's clock is set to about a second, and networks take their share. */
export const CORRECT_FROM_MS = 1_500;
/** A clock that jumped forwards shows as samples larger than all before by more than any network delay. */
const JUMP_MS = 10_000;
const AGREE_MS = 2_000;

/**
 * Adds `received − sentAt` (ms; the device's clock offset plus the network's delay) to a device's samples, newest last.
 * When the two newest agree on an offset far above the others, the clock was set, and only they count.
 */
export function addClockSample(samples: readonly number[], sample: number): number[] {
  const all = [...samples, Math.round(sample)].slice(-CLOCK_SAMPLES);
  const newest = all.slice(-2);
  const older = all.slice(0, -2);
  const [a, b] = newest;
  const jumped = older.length > 0 && a !== undefined && b !== undefined && Math.abs(a - b) <= AGREE_MS && Math.min(a, b) - Math.max(...older) > JUMP_MS;
  return jumped ? newest : all;
}

/**
 * Estimated offset: hub's clock minus device's, ms; null without samples. The sample with the least delay is the best
 * one (the minimum filter of NTP, RFC 5905 §10), as delay only ever adds.
 */
export const estimateOffset = (samples: readonly number[]): number | null => (samples.length === 0 ? null : Math.min(...samples));

/** What to add to the device's times, ms: nothing while the offset is too small to tell from delay. */
export const correction = (offset: number | null): number => (offset === null || Math.abs(offset) < CORRECT_FROM_MS ? 0 : offset);
