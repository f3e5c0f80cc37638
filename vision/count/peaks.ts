import type { PersonBox } from '../readings.ts';
import { overlap } from '../measure/detector.ts';
import type { Region } from '../measure/picture.ts';

/**
 * What the network says of a square picture of `side` pixels, cell by cell, row after row: `heat` has the chance that
 * the middle of something of each class is here, `boxes` how many pixels its box reaches left, up, right and down.
 */
export interface Heads { width: number; height: number; classes: number; side: number; heat: Float32Array; boxes: Float32Array }

/** The class "person" of COCO. */
const PERSON = 0;
export const MIN_SCORE = 0.25;
const MAX_OVERLAP = 0.6;
/** More are a crowd that is not counted person by person. */
export const MAX_PEOPLE = 100;

/** Cells that are the highest of their 3×3 neighbours and likely enough, as boxes in the region's picture, by falling score. */
export function peaks(heads: Heads, region: Region, minScore = MIN_SCORE): PersonBox[] {
  const { width, height, classes, heat } = heads;
  const found: PersonBox[] = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const score = heat[(row * width + column) * classes + PERSON]!;
      if (score >= minScore && isPeak(heads, row, column, score)) {
        const box = boxAt(heads, row, column, score, region);
        if (box) found.push(box);
      }
    }
  }
  return found.sort((a, b) => b.score - a.score);
}

function isPeak({ width, height, classes, heat }: Heads, row: number, column: number, score: number): boolean {
  for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
    for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) {
      const other = heat[(y * width + x) * classes + PERSON]!;
      // Of equal neighbours the first counts, so that a flat top is one person.
      if (other > score || (other === score && (y < row || (y === row && x < column)))) return false;
    }
  }
  return true;
}

/** The cell's box, cut to the region; undefined when nothing of it is left or it is no number. */
function boxAt({ width, side, boxes }: Heads, row: number, column: number, score: number, region: Region): PersonBox | undefined {
  const at = 4 * (row * width + column);
  const cell = side / width;
  const inside = (value: number): number => Math.min(side, Math.max(0, value));
  const left = inside(column * cell - boxes[at]!);
  const top = inside(row * cell - boxes[at + 1]!);
  const right = inside(column * cell + boxes[at + 2]!);
  const bottom = inside(row * cell + boxes[at + 3]!);
  if (!(right > left) || !(bottom > top)) return undefined;
  const across = region.width / side;
  const down = region.height / side;
  return { x: region.x + left * across, y: region.y + top * down, width: (right - left) * across, height: (bottom - top) * down, score };
}

/** Non-maximum suppression: of boxes that overlap the one with the highest score stays. `boxes` come by falling score. */
export function suppressPeople(boxes: readonly PersonBox[], most = MAX_OVERLAP): PersonBox[] {
  const kept: PersonBox[] = [];
  for (const box of boxes) {
    if (kept.length >= MAX_PEOPLE) break;
    if (kept.every((other) => overlap(box, other) <= most)) kept.push(box);
  }
  return kept;
}
