import { EMOTIONS, type EmotionShares } from '../../contract/index.ts';
import type { FaceReading } from '../readings.ts';
import { sizeOf } from './motion.ts';

/** How long a face must move as the mirror of another. */
export const MIRROR_MS = 3_000;
/** What is looked back at: long enough for several turns of a swaying body. */
const SPAN_MS = 6_000;
const MAX_POINTS = 90;
const LEAST_POINTS = 10;
/** Least sideways movement in all, in face sizes: who hardly moves has no mirror image that could be told. */
const LEAST_PATH = 0.25;
/** How far the mirrored path may be off, as a share of its own scatter and in face sizes (the detector's noise). */
const OFF_SHARE = 0.2;
const OFF_SIZE = 0.04;
/** The same up and down, where people move less: a walking head bobs by .03 to .06. */
const OFF_HEIGHT = 0.02;
/** Sideways movement of the image against the person's, beside their sizes: 1 for a mirror on a side wall, other angles differ. */
const RATIO = Math.log(1.7);
/** A movement that only goes one way is two people passing, unless speed and looks agree too. */
const LEAST_TURNS = 2;
const STRICT_RATIO = Math.log(1.08);
const STRICT_LOOKS = 0.15;

interface Point { at: number; x: number; y: number; size: number; shares: EmotionShares | null }

/** The last seconds of one face, to be compared with another's. */
export class Path {
  #points: Point[] = [];

  get points(): readonly Point[] { return this.#points; }

  add(at: number, { box, shares }: FaceReading): void {
    this.#points.push({ at, x: box.x + box.width / 2, y: box.y + box.height / 2, size: sizeOf(box), shares });
    if (this.#points[0]!.at < at - SPAN_MS || this.#points.length > MAX_POINTS) this.#points = this.#points.filter((point) => point.at >= at - SPAN_MS).slice(-MAX_POINTS);
  }
}

/**
 * Whether two faces have moved as mirror images of each other for three seconds: one to the left while the other goes
 * to the right by as much for its size, both alike up and down, over the same frames. Two people who walk towards
 * each other do so too for a moment; what tells them apart is turning back and forth together, or else the same
 * speed and the same look all the way.
 */
export function mirrors(a: Path, b: Path): boolean {
  const pairs = inCommon(a.points, b.points);
  if (pairs.length < LEAST_POINTS || pairs.at(-1)!.a.at - pairs[0]!.a.at < MIRROR_MS) return false;
  const xs = line(pairs.map((pair) => pair.a.x), pairs.map((pair) => pair.b.x));
  const sizeA = mean(pairs.map((pair) => pair.a.size));
  const sizeB = mean(pairs.map((pair) => pair.b.size));
  if (xs.slope >= 0 || xs.spreadA * 3 < LEAST_PATH * sizeA || xs.spreadB * 3 < LEAST_PATH * sizeB) return false;
  if (xs.off > Math.max(OFF_SHARE * xs.spreadB, OFF_SIZE * sizeB)) return false;
  const ratio = Math.abs(Math.log(-xs.slope * sizeA / sizeB));
  if (ratio > RATIO || !alikeUpAndDown(pairs, sizeA, sizeB)) return false;
  return turns(pairs.map((pair) => pair.a.x), 0.1 * sizeA) >= LEAST_TURNS || (ratio <= STRICT_RATIO && looksApart(pairs) <= STRICT_LOOKS);
}

interface Pair { a: Point; b: Point }

function inCommon(a: readonly Point[], b: readonly Point[]): Pair[] {
  const byTime = new Map(b.map((point) => [point.at, point]));
  return a.flatMap((point) => {
    const other = byTime.get(point.at);
    return other ? [{ a: point, b: other }] : [];
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Least squares of b over a: slope, standard deviations of both, and of what is left of b. */
function line(a: readonly number[], b: readonly number[]): { slope: number; spreadA: number; spreadB: number; off: number } {
  const middleA = mean(a);
  const middleB = mean(b);
  let aa = 0, ab = 0, bb = 0;
  a.forEach((value, i) => {
    aa += (value - middleA) ** 2;
    ab += (value - middleA) * (b[i]! - middleB);
    bb += (b[i]! - middleB) ** 2;
  });
  const slope = aa > 0 ? ab / aa : 0;
  return { slope, spreadA: Math.sqrt(aa / a.length), spreadB: Math.sqrt(bb / a.length), off: Math.sqrt(Math.max(0, bb - slope * ab) / a.length) };
}

/** A mirror turns left and right, not up and down. Where nobody moves up or down there is nothing to compare. */
function alikeUpAndDown(pairs: readonly Pair[], sizeA: number, sizeB: number): boolean {
  const ys = line(pairs.map((pair) => pair.a.y), pairs.map((pair) => pair.b.y));
  if (ys.spreadA < OFF_HEIGHT * sizeA && ys.spreadB < OFF_HEIGHT * sizeB) return true;
  return ys.slope > 0 && ys.off <= Math.max(2 * OFF_SHARE * ys.spreadB, OFF_HEIGHT * sizeB);
}

/** How often the direction changes by more than `least` px. */
function turns(values: readonly number[], least: number): number {
  let count = 0;
  let direction = 0;
  let extreme = values[0]!;
  for (const value of values) {
    const off = value - extreme;
    if (direction === 0) { if (Math.abs(off) > least) { direction = Math.sign(off); extreme = value; } continue; }
    if (off * direction > 0) extreme = value;
    else if (Math.abs(off) > least) { direction = -direction; extreme = value; count++; }
  }
  return count;
}

/** Mean total variation between what both faces show, 0..1; 1 where too little was read. */
function looksApart(pairs: readonly Pair[]): number {
  const read = pairs.filter(({ a, b }) => a.shares !== null && b.shares !== null);
  if (read.length < LEAST_POINTS) return 1;
  return mean(read.map(({ a, b }) => EMOTIONS.reduce((sum, emotion) => sum + Math.abs(a.shares![emotion] - b.shares![emotion]), 0) / 2));
}
