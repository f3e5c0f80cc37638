/** Ticks of the RTP clock per millisecond of video (RFC 7741 §4.1: 90 kHz). */
const TICKS_PER_MS = 90;
/** The least delay is looked for in this span and the one before, so that clock drift is followed. */
const SPAN_MS = 30_000;
/** A frame that would be this far from its arrival belongs to a restarted media clock. */
const MAX_APART_MS = 10_000;

/**
 * Turns RTP timestamps into wall time. The least-delayed frame anchors the stream (a minimum filter over
 * arrival − media time), so jitter in the network counts as lag and not as capture time. Without the sender's
 * absolute capture time the constant part of the delay stays unknown; on a local network it is about a
 * millisecond. The same arrivals always give the same times, so a replay gives the same windows.
 */
export class CaptureClock {
  #lastTimestamp: number | undefined;
  /** Media time since the first frame, ms, unwrapped. */
  #mediaMs = 0;
  #best = Number.POSITIVE_INFINITY;
  #bestBefore = Number.POSITIVE_INFINITY;
  #spanStart = 0;

  /**
   * @param timestamp RTP timestamp, 0..2^32-1, in decoding order: with B-frames it goes back and forth.
   * @param arrivedAt epoch ms at which the frame was complete.
   * @returns capture time, epoch ms (whole), never later than `arrivedAt`.
   */
  capturedAt(timestamp: number, arrivedAt: number): number {
    if (this.#lastTimestamp !== undefined) this.#mediaMs += ((timestamp - this.#lastTimestamp) | 0) / TICKS_PER_MS;
    this.#lastTimestamp = timestamp;
    const expected = this.#mediaMs + Math.min(this.#best, this.#bestBefore);
    if (Number.isFinite(expected) && Math.abs(arrivedAt - expected) > MAX_APART_MS) this.#restart();
    this.#observe(arrivedAt - this.#mediaMs, arrivedAt);
    return Math.floor(this.#mediaMs + Math.min(this.#best, this.#bestBefore));
  }

  #restart(): void {
    this.#best = Number.POSITIVE_INFINITY;
    this.#bestBefore = Number.POSITIVE_INFINITY;
  }

  #observe(offset: number, arrivedAt: number): void {
    if (arrivedAt - this.#spanStart > SPAN_MS) {
      this.#spanStart = arrivedAt;
      this.#bestBefore = this.#best;
      this.#best = offset;
    }
    this.#best = Math.min(this.#best, offset);
  }
}
