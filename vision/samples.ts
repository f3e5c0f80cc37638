import type { EmotionSample, EmotionShares } from '../contract/index.ts';
import { EMOTIONS, moodOf } from '../contract/index.ts';
import type { TrackedFace } from './readings.ts';

/** Mean of the faces of one frame; null without faces. */
export function meanShares(faces: readonly EmotionShares[]): EmotionShares | null {
  if (faces.length === 0) return null;
  const mean: EmotionShares = { angry: 0, disgust: 0, fear: 0, happy: 0, sad: 0, surprise: 0, neutral: 0 };
  for (const emotion of EMOTIONS) mean[emotion] = Math.min(1, faces.reduce((sum, face) => sum + face[emotion], 0) / faces.length);
  return mean;
}

/** Whether a face is a visitor's that was read: no poster, no mirror image, nobody behind a mask. */
export const isVisitor = ({ discount, staff, smoothed }: TrackedFace): boolean => discount === null && !staff && smoothed !== null;

/** How many visitors a sample counts, with the mean of their smoothed shares and its mood; null without any. */
export function sampleMood(faces: readonly TrackedFace[]): Pick<EmotionSample, 'faces' | 'shares' | 'mood'> {
  const read = faces.flatMap((face) => (isVisitor(face) && face.smoothed ? [face.smoothed] : []));
  const shares = meanShares(read);
  return { faces: read.length, shares, mood: shares === null ? null : moodOf(shares) };
}

/** Events a second over the last `spanMs`. Pure: time is an argument, ms. */
export class RateMeter {
  readonly #spanMs: number;
  #times: number[] = [];

  constructor(spanMs = 3_000) {
    this.#spanMs = spanMs;
  }

  add(now: number): void {
    this.#times.push(now);
    this.#forget(now);
  }

  rate(now: number): number {
    this.#forget(now);
    return this.#times.length / (this.#spanMs / 1000);
  }

  #forget(now: number): void {
    const first = this.#times.findIndex((time) => time > now - this.#spanMs);
    this.#times = first < 0 ? [] : first === 0 ? this.#times : this.#times.slice(first);
  }
}

/** The latest lags, for percentiles. */
export class LagMeter {
  readonly #size: number;
  #lags: number[] = [];

  constructor(size = 600) {
    this.#size = size;
  }

  add(lagMs: number): void {
    this.#lags.push(lagMs);
    if (this.#lags.length > this.#size) this.#lags = this.#lags.slice(-this.#size / 2);
  }

  /** Nearest-rank percentile; `share` 0..1; 0 while nothing was measured. */
  percentile(share: number): number {
    if (this.#lags.length === 0) return 0;
    const sorted = this.#lags.toSorted((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  }
}

const EVERY_MS = 100;
const MAX_BATCH = 200;

/** Collects samples and hands them on at most every 100 ms: at once after a pause, together when they come fast. */
export class SampleBatcher {
  readonly #send: (samples: EmotionSample[]) => void;
  #waiting: EmotionSample[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (samples: EmotionSample[]) => void) {
    this.#send = send;
  }

  add(sample: EmotionSample): void {
    this.#waiting.push(sample);
    // Samples are ephemeral: of too many the oldest matter least.
    if (this.#waiting.length > MAX_BATCH) this.#waiting.shift();
    if (this.#timer === undefined) this.#flush();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
  }

  #flush(): void {
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => this.#flush(), EVERY_MS);
    this.#send(this.#waiting.splice(0));
  }
}
