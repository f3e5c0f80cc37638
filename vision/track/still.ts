import type { Box } from '../readings.ts';
import { sizeOf } from './motion.ts';

/** As long as the least living of visitors would stand like a poster. */
export const STILL_MS = 60_000;
/** Means over this long: the detector's noise goes, a person's sway stays. */
const BLOCK_MS = 2_000;
const BLOCKS = STILL_MS / BLOCK_MS;
/** A poster is hidden by people who pass: some blocks may be empty. */
const LEAST_BLOCKS = Math.ceil(BLOCKS * 2 / 3);
/** Readings of a block that is worth anything. */
const LEAST_READINGS = 3;
// Measured with the detector on photographs that stand still, faces of 40 to 85 px, through VP8: with sensor noise of
// up to four grey levels and flickering light the means keep to .009 (place) and .013 (size) at 1.5 Mbit/s, to .022 and
// .032 at 0.3; single readings scatter by .002 to .011; the mood's means keep to .13 and .20. A standing person's head
// sways by .025 to .04 of a face (5 to 8 mm, standard deviation), in the means a range of .05 to .10.
/** Range of place that the means of a still face keep to, in sizes, but for the farthest tenth at either end. */
const STILL_PLACE = 0.014;
/** The same of its size. */
const STILL_SIZE = 0.03;
/** How far single readings scatter within two seconds, in sizes: what pans to and fro has still means and wide scatter. */
const STILL_SCATTER = 0.0125;
/** Range of the mood's means: a face that plays is no poster, however still it is held. */
const STILL_MOOD = 0.25;
/** A mean this far from the spot, in sizes, or readings that scatter as far, are no poster's. */
const MOVED = 0.05;
/** Nor are means that range so far within ten seconds: a person's head never rests for so long. */
const STIRRED = 0.035;
const STIR_BLOCKS = 5;

/** Means of one stretch of two seconds. */
interface Block { at: number; n: number; x: number; y: number; size: number; mood: number; moods: number; scatter: number }
interface Sums { from: number; n: number; x: number; y: number; size: number; xx: number; yy: number; mood: number; moods: number }

/** A place in the picture where something still looks like a face: middle and size, px. */
export interface Spot { x: number; y: number; size: number; seenAt: number }

/** Watches one face for a minute: does it stand as still as nothing that lives? */
export class StillWatch {
  #blocks: Block[] = [];
  #sums: Sums | undefined;
  #origin: { x: number; y: number } | undefined;

  /** @param mood of the face in this frame, −1..1, or null where it was not read. @returns whether a stretch is complete. */
  add(at: number, box: Box, mood: number | null): boolean {
    const complete = this.#sums !== undefined && at - this.#sums.from >= BLOCK_MS;
    if (complete) this.#close();
    this.#origin ??= { x: box.x, y: box.y };
    // Counted from the first place: squares of small numbers keep their digits.
    const x = box.x + box.width / 2 - this.#origin.x;
    const y = box.y + box.height / 2 - this.#origin.y;
    const sums = this.#sums ??= { from: at, n: 0, x: 0, y: 0, size: 0, xx: 0, yy: 0, mood: 0, moods: 0 };
    sums.n++;
    sums.x += x;
    sums.y += y;
    sums.xx += x * x;
    sums.yy += y * y;
    sums.size += sizeOf(box);
    if (mood !== null) { sums.mood += mood; sums.moods++; }
    return complete;
  }

  /** The spot, when the last minute was as still as a picture; null otherwise. */
  still(): Spot | null {
    const blocks = this.#blocks;
    const last = blocks.at(-1);
    if (!last || blocks.length < LEAST_BLOCKS || last.at + BLOCK_MS - blocks[0]!.at < STILL_MS) return null;
    const size = median(blocks.map((block) => block.size));
    const calm = innerRange(blocks.map(({ x }) => x)) <= STILL_PLACE * size && innerRange(blocks.map(({ y }) => y)) <= STILL_PLACE * size
      && innerRange(blocks.map((block) => block.size)) <= STILL_SIZE * size && median(blocks.map(({ scatter }) => scatter)) <= STILL_SCATTER * size;
    const moods = blocks.filter((block) => block.moods > 0).map(({ mood }) => mood);
    if (!calm || (moods.length >= LEAST_BLOCKS && innerRange(moods) > STILL_MOOD)) return null;
    return { x: this.#origin!.x + median(blocks.map(({ x }) => x)), y: this.#origin!.y + median(blocks.map(({ y }) => y)), size, seenAt: last.at };
  }

  /** Whether the latest stretches lie elsewhere than the spot, or move as only what lives does. */
  leftSpot(spot: Spot): boolean {
    const last = this.#blocks.at(-1);
    if (!last || !this.#origin) return false;
    const off = Math.max(Math.abs(last.x + this.#origin.x - spot.x), Math.abs(last.y + this.#origin.y - spot.y), Math.abs(last.size - spot.size) / 2);
    if (off > MOVED * spot.size || last.scatter > MOVED * spot.size) return true;
    const latest = this.#blocks.slice(-STIR_BLOCKS);
    return Math.max(range(latest.map(({ x }) => x)), range(latest.map(({ y }) => y))) > STIRRED * spot.size;
  }

  #close(): void {
    const { from, n, x, y, size, xx, yy, mood, moods } = this.#sums!;
    this.#sums = undefined;
    if (n < LEAST_READINGS) return;
    const scatter = Math.sqrt(Math.max(0, (xx - x * x / n + yy - y * y / n) / (n - 1)));
    this.#blocks.push({ at: from, n, x: x / n, y: y / n, size: size / n, mood: moods > 0 ? mood / moods : 0, moods, scatter });
    this.#blocks = this.#blocks.filter(({ at }) => at > from - STILL_MS).slice(-BLOCKS);
  }
}

const range = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);

/** From the tenth to the ninetieth percentile. */
function innerRange(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const cut = Math.floor(sorted.length / 10);
  return sorted[sorted.length - 1 - cut]! - sorted[cut]!;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** How long a face may be hidden and still be the one whose stillness was watched, ms: people pass in front of posters. */
const HIDDEN_MS = 20_000;

/** Watches of faces that vanished, for a face that appears in the same place soon: whether a place is still is no matter of who is in it. */
export class HiddenWatches {
  #kept: { watch: StillWatch; spot: Spot }[] = [];

  keep(watch: StillWatch, spot: Spot): void {
    this.#kept = [...this.#kept.filter(({ spot: other }) => spot.seenAt - other.seenAt < HIDDEN_MS), { watch, spot }].slice(-MAX_SPOTS);
  }

  /** The watch to go on with, taken out; null when nothing vanished there. */
  take(at: number, box: Box): StillWatch | null {
    const index = this.#kept.findLastIndex(({ spot }) => Math.abs(at - spot.seenAt) < HIDDEN_MS && near(spot, box.x + box.width / 2, box.y + box.height / 2, sizeOf(box)));
    return index < 0 ? null : this.#kept.splice(index, 1)[0]!.watch;
  }

  clear(): void { this.#kept = []; }
}

const MAX_SPOTS = 32;
/** A shop's night, in which it is too dark to see the poster. */
const REMEMBER_MS = 24 * 3_600_000;
/** How near the first look must be to be taken for the poster again, in sizes: one reading scatters more than a mean. */
const SAME_PLACE = 0.15;
const SAME_SIZE = Math.log(1.2);

/** Where posters and screens hang, so that one that was hidden for a while is not read for another minute. Bounded. */
export class SpotMemory {
  #spots: Spot[] = [];

  get count(): number { return this.#spots.length; }

  /** A spot near an old one takes its place. */
  remember(spot: Spot): void {
    this.#spots = [...this.#spots.filter((other) => !near(other, spot.x, spot.y, spot.size)), spot].slice(-MAX_SPOTS);
  }

  /** The remembered spot at which a face that appears now would be; null when it appears elsewhere. */
  at(at: number, box: Box): Spot | null {
    this.#spots = this.#spots.filter(({ seenAt }) => Math.abs(at - seenAt) <= REMEMBER_MS);
    return this.#spots.find((spot) => near(spot, box.x + box.width / 2, box.y + box.height / 2, sizeOf(box))) ?? null;
  }
}

function near(spot: Spot, x: number, y: number, size: number): boolean {
  return Math.max(Math.abs(x - spot.x), Math.abs(y - spot.y)) <= SAME_PLACE * spot.size && Math.abs(Math.log(size / spot.size)) <= SAME_SIZE;
}
