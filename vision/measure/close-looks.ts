import type { Box } from '../readings.ts';
import { overlap, suppress, type FaceBox } from './detector.ts';
import { DEFAULT_GATE } from './gate.ts';
import type { Region } from './picture.ts';

/** Largest part that a close look takes, px: in it a face of 40 px is large enough for nine of ten to be found. */
const MAX_WIDTH = 680;
const MAX_HEIGHT = 500;
/** How far parts overlap, px: a face on the border of one is whole in the next. */
const OVERLAP = 80;
/** A picture up to this high, px, and 4/3 as wide, shows most faces of 40 px as it is: the others are looked for at leisure. */
const ENOUGH = 540;
/** In a picture up to this high nothing is found by a closer look: the detector sees nearly all of its pixels. */
const ALL_SEEN = 300;
/** In pictures that show enough, and while somebody sets a camera up, parts are at most this share of what is searched. */
const SMALLER_SHARE = 0.625;
/** Faces below this share of the height searched are those that the look at all of it may miss. */
const SMALL = 0.085;
/** Px from which a small face may be read, now or a step nearer. */
const READABLE = 0.8 * DEFAULT_GATE.minPixels;
/** A part in which a small face was found is looked at again and again for so long, ms of capture time. */
const BUSY_MS = 2_500;
/** Parts with readable faces, and with none but those too small for it, that are looked at in one frame; of more each has its turn. */
const MAX_READABLE = 3;
const MAX_TINY = 1;
/** One more part is looked at in every so many frames while parts are busy, as somebody may come elsewhere; and in a picture that shows enough. */
const SWEEP_EVERY = 2;
const LEISURE_EVERY = 8;
/** Frames over which looks are averaged. */
const RATE_FRAMES = 50;
/** Faces that are larger, in heights of the part, are found by the look at the whole. */
const MAX_SHARE = 0.4;
/** Px from a part's border within which a face counts as cut by it. */
const BORDER = 2;
/** Share of a box inside another from which it is a piece of that face, unless the two overlap as two looks at one face do. */
const PIECE = 0.6;
const SAME_FACE = 0.3;

/** Parts of a region, row by row. `every`: frames from one to the next while nothing is known. */
interface Grid { columns: number; rows: number; width: number; height: number; every: number }

/**
 * Which parts of one camera's picture are looked at more closely. The detector sees every picture at 320×240, where
 * small faces get lost; so one part after the other is looked at besides the whole, and those that have small faces
 * again and again. Pure: time comes with the frames.
 */
export class CloseLooks {
  #rate = 0;
  #key = '';
  #next = 0;
  #frames = 0;
  /** Parts and when a face was found there, ms: one that can be read, one that is too small for it. */
  readonly #readable = new Map<number, number>();
  readonly #tiny = new Map<number, number>();

  /**
   * Parts for a frame captured at `at`; none where the whole shows all there is.
   * @param searched what is searched in the frame, px. @param setup somebody is setting the camera up.
   */
  take(at: number, searched: Region, setup: boolean): Region[] {
    const parts = this.#partsFor(at, searched, setup);
    this.#rate += (parts.length - this.#rate) / RATE_FRAMES;
    return parts;
  }

  /** Closer looks at a frame, in the mean of some ten seconds, beyond those that any camera gets. */
  get extra(): number { return Math.max(0, this.#rate - 1 / LEISURE_EVERY); }

  #partsFor(at: number, searched: Region, setup: boolean): Region[] {
    const grid = this.#gridOf(searched, setup);
    if (!grid) return [];
    const readable = recent(this.#readable, at);
    const tiny = recent(this.#tiny, at).filter((part) => !readable.includes(part));
    const parts = new Set([...inTurn(readable, MAX_READABLE, this.#frames), ...inTurn(tiny, MAX_TINY, this.#frames)]);
    const every = parts.size > 0 ? SWEEP_EVERY : grid.every;
    if (this.#frames++ % every === 0) parts.add(this.#next++ % (grid.columns * grid.rows));
    return [...parts].map((part) => regionOf(part, grid, searched));
  }

  /** Takes the faces of people that were found in that frame: where small ones are it will be looked again. */
  found(at: number, searched: Region, setup: boolean, faces: readonly Box[]): void {
    const grid = this.#gridOf(searched, setup);
    if (!grid) return;
    for (const face of faces) {
      if (face.height < SMALL * searched.height) (face.height < READABLE ? this.#tiny : this.#readable).set(partOf(face, grid, searched), at);
    }
  }

  #gridOf(searched: Region, setup: boolean): Grid | undefined {
    const key = `${searched.x} ${searched.y} ${searched.width} ${searched.height} ${setup}`;
    if (key !== this.#key) {
      this.#key = key;
      this.#next = 0;
      this.#readable.clear();
      this.#tiny.clear();
    }
    return gridOver(searched, setup);
  }
}

/** Parts in which a face was found of late; forgets the others. Time that leaps back starts anew. */
function recent(seen: Map<number, number>, at: number): number[] {
  for (const [part, last] of seen) if (Math.abs(at - last) > BUSY_MS) seen.delete(part);
  return [...seen.keys()];
}

/** So many of the parts, others in the next turn where there are more. */
const inTurn = (parts: readonly number[], most: number, turn: number): number[] => (
  Array.from({ length: Math.min(most, parts.length) }, (_, i) => parts[(turn * most + i) % parts.length]!));

/** All parts that a picture is looked at in one after the other; none where the whole shows all there is. */
export function partsOf(searched: Region): Region[] {
  const grid = gridOver(searched, false);
  return grid ? Array.from({ length: grid.columns * grid.rows }, (_, part) => regionOf(part, grid, searched)) : [];
}

function gridOver(searched: Region, setup: boolean): Grid | undefined {
  const fits = (high: number): boolean => searched.height <= high && searched.width <= high * 4 / 3;
  if (!setup && fits(ALL_SEEN)) return undefined;
  const share = setup || fits(ENOUGH) ? SMALLER_SHARE : 1;
  const columns = count(searched.width, Math.min(MAX_WIDTH, share * searched.width));
  const rows = count(searched.height, Math.min(MAX_HEIGHT, share * searched.height));
  return {
    columns, rows, width: (searched.width + (columns - 1) * OVERLAP) / columns, height: (searched.height + (rows - 1) * OVERLAP) / rows,
    every: !setup && fits(ENOUGH) ? LEISURE_EVERY : 1,
  };
}

/** Parts that a length needs; each is larger than the overlap by a half at least. */
const count = (length: number, most: number): number => (length <= most ? 1 : Math.max(1, Math.ceil((length - OVERLAP) / (Math.max(1.5 * OVERLAP, most) - OVERLAP))));

function regionOf(part: number, { columns, width, height }: Grid, searched: Region): Region {
  const even = (value: number): number => 2 * Math.round(value / 2);
  const x = even(searched.x + (part % columns) * (width - OVERLAP));
  const y = even(searched.y + Math.floor(part / columns) * (height - OVERLAP));
  return { x, y, width: Math.min(even(width), searched.x + searched.width - x), height: Math.min(even(height), searched.y + searched.height - y) };
}

/** The part in whose middle the face is nearest. */
function partOf(face: Box, { columns, rows, width, height }: Grid, searched: Region): number {
  const at = (middle: number, origin: number, step: number, size: number, most: number): number => Math.max(0, Math.min(most - 1, Math.round((middle - origin - size / 2) / step)));
  const column = at(face.x + face.width / 2, searched.x, width - OVERLAP, width, columns);
  return at(face.y + face.height / 2, searched.y, height - OVERLAP, height, rows) * columns + column;
}

/** A face and the part of the picture in which it was found. */
export interface Look { region: Region; faces: readonly FaceBox[] }

/**
 * The faces of several looks at one frame, each once. Of a closer look those count that are small in it and whole: a
 * large face beside its border would be found a second time, as a piece. A face that the whole shows large enough keeps
 * its box, which would else leap from frame to frame.
 * @param whole the look at all that is searched.
 */
export function mergeLooks(whole: Look, closer: readonly Look[]): { face: FaceBox; region: Region }[] {
  const regions = new Map<FaceBox, Region>(whole.faces.map((face) => [face, whole.region]));
  for (const { region, faces } of closer) {
    for (const face of faces) {
      if (face.height > MAX_SHARE * region.height || isCut(face, region, whole.region)) continue;
      if (whole.faces.some((known) => (overlap(known, face) > SAME_FACE ? known.height >= SMALL * whole.region.height : insideShare(face, known) > PIECE))) continue;
      regions.set(face, region);
    }
  }
  const byScore = [...regions.keys()].sort((a, b) => b.score - a.score);
  return suppress(byScore).map((face) => ({ face, region: regions.get(face)! }));
}

/** Whether the face reaches a border of the part that is none of what is searched. */
function isCut(face: Box, part: Region, searched: Region): boolean {
  return (part.x > searched.x && face.x < part.x + BORDER)
    || (part.y > searched.y && face.y < part.y + BORDER)
    || (part.x + part.width < searched.x + searched.width && face.x + face.width > part.x + part.width - BORDER)
    || (part.y + part.height < searched.y + searched.height && face.y + face.height > part.y + part.height - BORDER);
}

function insideShare(face: Box, other: Box): number {
  const width = Math.min(face.x + face.width, other.x + other.width) - Math.max(face.x, other.x);
  const height = Math.min(face.y + face.height, other.y + other.height) - Math.max(face.y, other.y);
  return width > 0 && height > 0 ? width * height / (face.width * face.height) : 0;
}
