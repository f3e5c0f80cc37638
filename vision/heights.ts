/** Faces remembered, and for how long, ms. */
const MAX_FACES = 120;
const KEEP_MS = 60_000;
/** Of the faces of late the quarter that is smaller may be lost: those in the background. */
const SMALLER = 0.25;

/** How large the faces in view of one camera are, for choosing a layer that shows them large enough. Pure: time is an argument. */
export class FaceHeights {
  #faces: { at: number; share: number }[] = [];

  /** @param share height of the face as a share of the picture's. @param at capture time, ms. */
  add(at: number, share: number): void {
    this.#faces.push({ at, share });
    if (this.#faces.length > MAX_FACES) this.#faces = this.#faces.slice(-MAX_FACES / 2);
  }

  /** Share of the picture's height that three of four faces of the last minute had at least; null without faces. */
  typical(now: number): number | null {
    const shares = this.#faces.filter(({ at }) => now - at < KEEP_MS).map(({ share }) => share).sort((a, b) => a - b);
    return shares[Math.floor(shares.length * SMALLER)] ?? null;
  }
}
