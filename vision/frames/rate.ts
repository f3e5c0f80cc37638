/** What the node did in the last second. */
export interface LoadOfSecond {
  /** Frames measured, and frames that were due and found no time. */
  measured: number;
  dropped: number;
  /** 95th percentile of the time from a decoded picture to its reading, ms. */
  waitMs: number;
}

/** Longer waits say that the machine cannot keep up; shorter ones that there is room. */
const TOO_LONG_MS = 160;
const SHORT_MS = 80;
/** Share of due frames that may be dropped before the rate falls. */
const TOO_MANY = 0.05;
const FALL = 0.8;
const RISE = 0.05;
/** Calm seconds before the rate rises by a step. */
const CALM_S = 3;

/**
 * The share of the wanted frame rate at which all cameras are measured. Falls fast when frames wait and comes back
 * slowly, for all cameras alike: frames are shed, cameras never. Pure: one step a second.
 */
export class RateControl {
  readonly #least: number;
  #share = 1;
  #calm = 0;

  /** @param fps the wanted rate; never below one frame a second. */
  constructor(fps: number) {
    this.#least = Math.min(1, 1 / fps);
  }

  get share(): number { return this.#share; }

  /** @returns the share from now on, 0..1. */
  step({ measured, dropped, waitMs }: LoadOfSecond): number {
    const due = measured + dropped;
    if (due > 0 && (dropped > TOO_MANY * due || waitMs > TOO_LONG_MS)) {
      this.#calm = 0;
      this.#share = Math.max(this.#least, this.#share * FALL);
    } else if (dropped === 0 && waitMs < SHORT_MS && ++this.#calm >= CALM_S) {
      this.#share = Math.min(1, this.#share + RISE);
    }
    return this.#share;
  }
}
