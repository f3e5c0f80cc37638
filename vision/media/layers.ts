/** Faces should be at least this high in the picture that is measured, pixels: the gate leaves those below 40 out. */
export const WANTED_FACE_PX = 60;
/** Without a face in view a picture of this many lines is enough to find one. */
export const LEAST_LINES = 360;
/** A smaller layer is taken when faces stay this much larger than wanted in it, so that no face sits on the edge. */
const SPARE = 1.25;
/** How long a layer must have been too small, or a smaller one enough, before another is taken, ms. */
const UP_MS = 2_000;
const DOWN_MS = 10_000;

/**
 * The lowest layer of a simulcast in which faces are large enough to be read; the best one when they are in none; without
 * faces the lowest of 360 lines or more.
 * @param lines heights of the layers, lowest layer first.
 * @param faceShare median height of faces as a share of the picture's height, 0..1; null without faces.
 * @param spare factor by which faces must be larger than wanted.
 */
export function usefulLayer(lines: readonly number[], faceShare: number | null, spare = 1): number {
  const enough = lines.findIndex((height) => (faceShare === null ? height >= LEAST_LINES : height * faceShare >= WANTED_FACE_PX * spare));
  return enough >= 0 ? enough : Math.max(0, lines.length - 1);
}

/** Chooses a layer as faces come near and go away, without changing to and fro. Time is monotonic ms, by the caller. */
export class LayerChoice {
  #layer: number | undefined;
  #wish: { layer: number; since: number } | undefined;

  /** @returns the layer to take from now on. */
  update(lines: readonly number[], faceShare: number | null, now: number): number {
    this.#layer ??= usefulLayer(lines, faceShare);
    this.#layer = Math.min(this.#layer, Math.max(0, lines.length - 1));
    const up = usefulLayer(lines, faceShare);
    const wish = up > this.#layer ? up : Math.min(this.#layer, usefulLayer(lines, faceShare, SPARE));
    if (wish === this.#layer) { this.#wish = undefined; return this.#layer; }
    // A wish that grows or shrinks on the same side is the same wish.
    if (!this.#wish || Math.sign(wish - this.#layer) !== Math.sign(this.#wish.layer - this.#layer)) this.#wish = { layer: wish, since: now };
    else this.#wish.layer = wish;
    if (now - this.#wish.since < (wish > this.#layer ? UP_MS : DOWN_MS)) return this.#layer;
    this.#layer = wish;
    this.#wish = undefined;
    return wish;
  }
}

/**
 * Heights of a simulcast's layers, of which only those that were seen are known: each layer is taken to be twice as high
 * as the one below it.
 * @param seen height by layer, where known. @returns undefined while none is known.
 */
export function layerLines(count: number, seen: ReadonlyMap<number, number>): number[] | undefined {
  if (seen.size === 0) return undefined;
  return Array.from({ length: count }, (_, layer) => {
    const nearest = [...seen.keys()].reduce((best, other) => (Math.abs(other - layer) < Math.abs(best - layer) ? other : best));
    return seen.get(nearest)! * 2 ** (layer - nearest);
  });
}
