import type { Box } from '../readings.ts';

/** Share of what a face is off its prediction that is believed, for place and for speed: an alpha-beta filter (Kalata 1984). */
const PLACE_GAIN = 0.8;
const SPEED_GAIN = 0.4;
const SIZE_GAIN = 0.5;
/** How far a speed carries on without a face, ms: people who vanish behind somebody go on walking, but not for ever. */
const COAST_MS = 1_200;

/** Faces move by this many of their own sizes a second when people walk (1.4 m/s, a box of 0.18 m), which a new track knows nothing of yet. */
const UNKNOWN_SPEED = 8;
/** What a speed changes by in a second, in sizes: stopping and turning. */
const KNOWN_SPEED = 3;
const NEAR = 0.6;
const FAR = 2.5;
/** Sizes further apart than this are two faces; grows with time, as people come nearer. */
const SIZE_RATIO = Math.log(1.45);
const SIZE_RATIO_PER_S = Math.log(1.5);

/** Side of a square as large as the box, px. */
export const sizeOf = ({ width, height }: Box): number => Math.sqrt(Math.max(1, width * height));

/** Intersection over union, 0..1. */
export function overlapOf(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
}

/** Where one face is and how it moves: middle and size, by capture time. */
export class Motion {
  /** Middle of the face, px; how fast, px/ms. */
  x: number;
  y: number;
  vx = 0;
  vy = 0;
  size: number;
  /** Capture time of the last face, epoch ms. */
  at: number;
  #box: Box;
  #steps = 1;

  constructor(box: Box, at: number) {
    this.x = box.x + box.width / 2;
    this.y = box.y + box.height / 2;
    this.size = sizeOf(box);
    this.at = at;
    this.#box = box;
  }

  /** Where the face should be at `at`. */
  predict(at: number): Box {
    const carried = COAST_MS * (1 - Math.exp(-Math.max(0, at - this.at) / COAST_MS));
    const { width, height } = this.#box;
    return { x: this.x + this.vx * carried - width / 2, y: this.y + this.vy * carried - height / 2, width, height };
  }

  /** What it costs to say that this box is the face at `at`: 0 exactly as predicted; Infinity when it cannot be. */
  cost(box: Box, at: number): number {
    const seconds = Math.max(0, at - this.at) / 1000;
    const expected = this.predict(at);
    const size = sizeOf(box);
    const ratio = Math.abs(Math.log(size / this.size));
    if (ratio > SIZE_RATIO + SIZE_RATIO_PER_S * seconds) return Infinity;
    const scale = Math.max(size, this.size);
    const distance = Math.hypot(box.x + box.width / 2 - expected.x - expected.width / 2, box.y + box.height / 2 - expected.y - expected.height / 2) / scale;
    if (distance > Math.min(FAR, NEAR + (this.#steps < 2 ? UNKNOWN_SPEED : KNOWN_SPEED) * seconds)) return Infinity;
    return distance + 1.5 * ratio + 0.5 * (1 - overlapOf(expected, box));
  }

  /** Takes the face that was found. One that is not newer than the last is passed over. */
  update(box: Box, at: number): void {
    const dt = at - this.at;
    if (dt <= 0) return;
    const expected = this.predict(at);
    const offX = box.x + box.width / 2 - (expected.x + expected.width / 2);
    const offY = box.y + box.height / 2 - (expected.y + expected.height / 2);
    // The second face tells the speed for the first time: it is believed more than a correction is.
    const gain = this.#steps === 1 ? 0.9 : SPEED_GAIN;
    this.x = expected.x + expected.width / 2 + PLACE_GAIN * offX;
    this.y = expected.y + expected.height / 2 + PLACE_GAIN * offY;
    this.vx += gain * offX / dt;
    this.vy += gain * offY / dt;
    this.size += SIZE_GAIN * (sizeOf(box) - this.size);
    this.at = at;
    this.#box = box;
    this.#steps++;
  }
}
