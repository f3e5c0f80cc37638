/** Pictures that a decoder may hold back: H.264 reorders at most 16 (ITU-T H.264 §A.3), and some are being decoded. */
const MAX_PENDING = 20;
/** A step back this far is a clock that was set, and not the order of pictures. */
const CLOCK_SET_MS = 10_000;

/**
 * Capture times of the pictures in a decoder. Pictures go in in decoding order and come out in the order of showing;
 * the decoder gives them their times in the order in which these went in, so the earliest that waits is the right one.
 */
export class PresentationTimes {
  readonly #pending: number[] = [];
  #last = Number.NEGATIVE_INFINITY;

  /** @param at epoch ms. */
  add(at: number): void {
    let place = this.#pending.length;
    while (place > 0 && this.#pending[place - 1]! > at) place--;
    this.#pending.splice(place, 0, at);
    // A frame that gave no picture leaves its time behind.
    if (this.#pending.length > MAX_PENDING) this.#pending.shift();
  }

  /** Time of the picture that came out, never before the one before it; undefined when none went in. */
  take(): number | undefined {
    const at = this.#pending.shift();
    if (at === undefined) return undefined;
    this.#last = at < this.#last && this.#last - at < CLOCK_SET_MS ? this.#last : at;
    return this.#last;
  }

  clear(): void { this.#pending.length = 0; }
}
