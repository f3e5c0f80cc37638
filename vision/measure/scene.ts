import type { Plane } from './picture.ts';

/** Blocks of a mark; each says in which direction the scene gets brighter there, or nothing. */
const COLUMNS = 40;
const ROWS = 30;
const BLOCKS = COLUMNS * ROWS;
/** Cells each way in a block, and readings each way in a cell. */
const CELLS = 4;
const WIDTH = COLUMNS * CELLS;
const HEIGHT = ROWS * CELLS;
/** Directions that a mark tells apart, 24° each; 0 stands for none, so that a block is half a byte. */
const DIRECTIONS = 15;
const STEP = 2 * Math.PI / DIRECTIONS;
/** Grey levels from cell to cell that count as an edge when the scene is learnt, and in a frame that is compared: light may fade. */
const LEARN_STRENGTH = 5;
const SEEN_STRENGTH = 1.5;
/** How much of a block's gradients must point the same way, 0..1. A thin line points both ways and says nothing. */
const LEARN_COHERENCE = 0.5;
const SEEN_COHERENCE = 0.25;
/** Edges of one kind are compared for themselves from this many on, and from this share of all. */
const MIN_GROUP = 30;
const MIN_GROUP_SHARE = 0.15;
/** By direction; the first stands for none. */
const COSINES = Float64Array.from({ length: DIRECTIONS + 1 }, (_, i) => Math.cos((i - 1) * STEP));
const SINES = Float64Array.from({ length: DIRECTIONS + 1 }, (_, i) => Math.sin((i - 1) * STEP));
/** First byte of an encoded mark. */
const FORMAT = 1;

/** Time over which a scene is learnt, ms, and the frames that it needs at least. */
export const LEARN_MS = 5_000;
const LEARN_FRAMES = 8;
/** Share of the frames in which a block must say something, and how alike (length of the mean direction). */
const STEADY_SHARE = 0.7;
const STEADY_LENGTH = 0.85;
/** Blocks with an edge below which a scene cannot be told from another. */
const MIN_BLOCKS = 24;
/** Least share of the edges seen that must be steady: below it the camera itself moves. */
const MIN_STEADY = 0.4;

/** Direction of each block, 1 to 15, or 0 for none. */
export type SceneDirections = Uint8Array;

/**
 * Reads where the edges of a scene are: 40×30 blocks, of each the direction of the mean gradient in steps of 24°.
 *
 * The mark is no picture and none can be made of it. A block keeps four bits: neither brightness, nor colour, nor how
 * strong an edge is, nor where in the block it lies; of 640×480 pixels, 600 bytes stay, and only what stood still for
 * five seconds is in them. A face in it would be two blocks wide.
 *
 * Directions are compared by the cosine of their difference (orientation correlation: Fitch, Kadyrov, Christmas and
 * Kittler, BMVC 2002). It does not ask how bright the light is; what somebody covers counts for nothing, where another
 * scene counts for and against alike: so the mean is about the share of the scene that is still in place.
 * One instance serves one thread and makes no garbage.
 */
export class SceneReader {
  readonly #cells = new Float32Array(WIDTH * HEIGHT);
  readonly #x = new Float32Array(BLOCKS);
  readonly #y = new Float32Array(BLOCKS);
  readonly #length = new Float32Array(BLOCKS);

  /** Directions as a scene is learnt from them. */
  directions(plane: Plane): SceneDirections {
    this.#read(plane);
    const found = new Uint8Array(BLOCKS);
    for (let i = 0; i < BLOCKS; i++) {
      if (this.#says(i, LEARN_STRENGTH, LEARN_COHERENCE)) found[i] = quantised(this.#x[i]!, this.#y[i]!);
    }
    return found;
  }

  /**
   * How well the picture fits a learnt scene, 0..1. Edges that run across and edges that run upwards are compared for
   * themselves and the worse counts: a camera that turns along its shelves still sees the shelves' edges where they were.
   */
  fit(plane: Plane, scene: SceneDirections): number {
    this.#read(plane);
    const known = [0, 0];
    const alike = [0, 0];
    for (let i = 0; i < BLOCKS; i++) {
      const direction = scene[i]!;
      if (direction === 0) continue;
      const cos = COSINES[direction]!;
      const sin = SINES[direction]!;
      const group = Math.abs(cos) > Math.abs(sin) ? 0 : 1;
      known[group]!++;
      if (!this.#says(i, SEEN_STRENGTH, SEEN_COHERENCE)) continue;
      const x = this.#x[i]!;
      const y = this.#y[i]!;
      alike[group]! += (cos * x + sin * y) / Math.sqrt(x * x + y * y);
    }
    const all = known[0]! + known[1]!;
    if (all === 0) return 0;
    const shares = known.flatMap((count, group) => (count >= MIN_GROUP && count >= MIN_GROUP_SHARE * all ? [alike[group]! / count] : []));
    return Math.max(0, Math.min(1, (alike[0]! + alike[1]!) / all, ...shares));
  }

  #says(block: number, strength: number, coherence: number): boolean {
    const x = this.#x[block]!;
    const y = this.#y[block]!;
    const length = Math.sqrt(x * x + y * y);
    return length >= strength * CELLS * CELLS && length >= coherence * this.#length[block]!;
  }

  #read(plane: Plane): void {
    readCells(plane, this.#cells);
    this.#x.fill(0);
    this.#y.fill(0);
    this.#length.fill(0);
    for (let row = 0; row < HEIGHT; row++) {
      const up = Math.max(0, row - 1) * WIDTH;
      const down = Math.min(HEIGHT - 1, row + 1) * WIDTH;
      const here = row * WIDTH;
      const blocks = Math.floor(row / CELLS) * COLUMNS;
      for (let column = 0; column < WIDTH; column++) {
        const x = (this.#cells[here + Math.min(WIDTH - 1, column + 1)]! - this.#cells[here + Math.max(0, column - 1)]!) / 2;
        const y = (this.#cells[down + column]! - this.#cells[up + column]!) / 2;
        const block = blocks + (column / CELLS | 0);
        this.#x[block]! += x;
        this.#y[block]! += y;
        this.#length[block]! += Math.sqrt(x * x + y * y);
      }
    }
  }
}

/** Means of four readings spread over each cell: the cost does not grow with the picture's size. */
function readCells({ data, width, height, stride }: Plane, cells: Float32Array): void {
  for (let row = 0; row < HEIGHT; row++) {
    const top = Math.floor((row + 0.25) * height / HEIGHT) * stride;
    const bottom = Math.floor((row + 0.75) * height / HEIGHT) * stride;
    for (let column = 0; column < WIDTH; column++) {
      const left = Math.floor((column + 0.25) * width / WIDTH);
      const right = Math.floor((column + 0.75) * width / WIDTH);
      cells[row * WIDTH + column] = (data[top + left]! + data[top + right]! + data[bottom + left]! + data[bottom + right]!) / 4;
    }
  }
}

function quantised(x: number, y: number): number {
  const turns = Math.atan2(y, x) / STEP;
  return (Math.round(turns) + DIRECTIONS) % DIRECTIONS + 1;
}

/** A scene as it is kept: base64 of a format byte and four bits a block. */
export function encodeScene(scene: SceneDirections): string {
  const bytes = new Uint8Array(1 + BLOCKS / 2);
  bytes[0] = FORMAT;
  for (let i = 0; i < BLOCKS; i += 2) bytes[1 + i / 2] = scene[i]! << 4 | scene[i + 1]!;
  return Buffer.from(bytes).toString('base64');
}

/** Null when the mark is not one of ours, or says too little to know a scene by: it is learnt anew then. */
export function decodeScene(mark: string): SceneDirections | null {
  const bytes = Buffer.from(mark, 'base64');
  if (bytes.length !== 1 + BLOCKS / 2 || bytes[0] !== FORMAT) return null;
  const scene = new Uint8Array(BLOCKS);
  for (let i = 0; i < BLOCKS; i += 2) {
    scene[i] = bytes[1 + i / 2]! >> 4;
    scene[i + 1] = bytes[1 + i / 2]! & 15;
  }
  return edgesOf(scene) >= MIN_BLOCKS ? scene : null;
}

const edgesOf = (scene: SceneDirections): number => scene.reduce((count, direction) => count + (direction > 0 ? 1 : 0), 0);

/** Learns the scene of one camera from the frames of five seconds: what moves, flickers or is noise does not stay. */
export class SceneLearner {
  readonly #x = new Float32Array(BLOCKS);
  readonly #y = new Float32Array(BLOCKS);
  readonly #seen = new Uint16Array(BLOCKS);
  #frames = 0;
  #edges = 0;
  #since = 0;
  #last = 0;

  /**
   * @param at capture time, ms.
   * @returns the scene when it is known. A camera that moves meanwhile, or shows nothing with an edge, is looked at for another five seconds.
   */
  add(at: number, directions: SceneDirections): SceneDirections | null {
    if (this.#frames > 0 && (at < this.#last || at - this.#last > LEARN_MS)) this.#restart();
    if (this.#frames === 0) this.#since = at;
    this.#last = at;
    this.#frames++;
    for (let i = 0; i < BLOCKS; i++) {
      const direction = directions[i]!;
      if (direction === 0) continue;
      this.#seen[i]!++;
      this.#edges++;
      this.#x[i]! += COSINES[direction]!;
      this.#y[i]! += SINES[direction]!;
    }
    if (at - this.#since < LEARN_MS || this.#frames < LEARN_FRAMES) return null;
    const scene = this.#steady();
    const steady = edgesOf(scene);
    const enough = steady >= MIN_BLOCKS && steady >= MIN_STEADY * this.#edges / this.#frames;
    this.#restart();
    return enough ? scene : null;
  }

  #steady(): SceneDirections {
    const scene = new Uint8Array(BLOCKS);
    for (let i = 0; i < BLOCKS; i++) {
      const seen = this.#seen[i]!;
      const length = Math.hypot(this.#x[i]!, this.#y[i]!);
      if (seen >= STEADY_SHARE * this.#frames && length >= STEADY_LENGTH * seen) scene[i] = quantised(this.#x[i]!, this.#y[i]!);
    }
    return scene;
  }

  #restart(): void {
    this.#x.fill(0);
    this.#y.fill(0);
    this.#seen.fill(0);
    this.#frames = 0;
    this.#edges = 0;
  }
}
