import { EMOTIONS, type EmotionShares } from '../../contract/index.ts';

/** Time constant: one misread frame of five a second moves the shares by a fifth, a smile shows within a second. */
export const SMOOTHING_MS = 1_000;
/** What the first reading stands for: the time between two measured frames. */
const FIRST_MS = 200;

/**
 * Exponential smoothing of one person's shares, weighted by capture time, so that a camera measured twice as often
 * gives the same. Normalised by the weights seen so far: the first reading counts no more than those after it.
 */
export class ShareSmoother {
  readonly #sums: EmotionShares = { angry: 0, disgust: 0, fear: 0, happy: 0, sad: 0, surprise: 0, neutral: 0 };
  #weight = 0;
  #at: number | undefined;

  /** @param at capture time, epoch ms; one not newer than the last counts as a moment after it. @returns shares that sum to 1 as the readings do. */
  add(at: number, shares: EmotionShares): EmotionShares {
    const passed = this.#at === undefined ? FIRST_MS : Math.max(1, at - this.#at);
    const fresh = 1 - Math.exp(-passed / SMOOTHING_MS);
    this.#at = Math.max(at, this.#at ?? at);
    this.#weight = this.#weight * (1 - fresh) + fresh;
    const smooth = { ...this.#sums };
    for (const emotion of EMOTIONS) {
      this.#sums[emotion] = this.#sums[emotion] * (1 - fresh) + shares[emotion] * fresh;
      smooth[emotion] = Math.max(0, Math.min(1, this.#sums[emotion] / this.#weight));
    }
    return smooth;
  }
}
