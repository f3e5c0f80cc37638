import type { Polygon } from '../../contract/index.ts';
import type { Box, FaceLeft } from '../readings.ts';
import { contains } from './mask.ts';
import type { CameraPlan } from './plan.ts';
import type { Picture, Plane, Region } from './picture.ts';

/** What a face must be like for its expression to be worth reading. */
export interface GateOptions {
  /** Least face height as a share of the height that was searched; below it the detector misses half of the faces. */
  minShare: number;
  /** Least face height in pixels: fewer do not carry an expression. */
  minPixels: number;
  /** Least confidence of the detector, 0..1. */
  minScore: number;
  /** Share of the box that must lie inside the picture and in front of no mask, 0..1. */
  minInside: number;
  /**
   * Least sharpness, from `FaceSharpness`. Faces of 38 photographs through VP8 had .059 to 1.8 when sharp (of 76 none
   * below the limit); blurred by 2 px (sigma, faces of about 60 px) a median of .011, by 3 to 5 px .006 to .008.
   */
  minSharpness: number;
  /** A face that is turned further to a side is not read, degrees. */
  maxYaw: number;
}

export const DEFAULT_GATE: GateOptions = { minShare: 0.06, minPixels: 40, minScore: 0.65, minInside: 0.9, minSharpness: 0.02, maxYaw: 40 };

type Found = Box & { score: number };

/** Whether the face is large, certain and whole enough; without masks, areas, blur and pose. */
export function passesGate(face: Found, searched: { width: number; height: number }, gate: GateOptions = DEFAULT_GATE): boolean {
  return sizeLeft(face, searched, { x: 0, y: 0, ...searched }, gate) === null;
}

/** Why the face's size and place alone keep it out. @param searched the part of the picture in which it was looked for. */
function sizeLeft(face: Found, picture: { width: number; height: number }, searched: Region, gate: GateOptions): 'small' | 'cut' | null {
  if (!(face.score >= gate.minScore) || !(face.width > 0)) return 'small';
  if (face.height < gate.minPixels || face.height < gate.minShare * searched.height) return 'small';
  return insideShare(face, picture) >= gate.minInside ? null : 'cut';
}

function insideShare(face: Box, picture: { width: number; height: number }): number {
  const width = Math.min(face.x + face.width, picture.width) - Math.max(face.x, 0);
  const height = Math.min(face.y + face.height, picture.height) - Math.max(face.y, 0);
  return width > 0 && height > 0 ? (width * height) / (face.width * face.height) : 0;
}

/** Where a face stands among what was drawn. */
export interface Place { area: string | null; staff: boolean; left: FaceLeft | null }

/** Name of the area of people behind the masks, where they may be read. */
export const STAFF_AREA = 'staff';

/**
 * Where the face belongs and why it is not read, as far as place and size tell. Undefined for what has its middle
 * behind a mask: it is nobody's business, not even as a count. The pixels there are painted over, so that only the
 * detector's guess at an edge can come to this.
 */
export function placeFace(face: Found, picture: Picture, searched: Region, plan: CameraPlan, gate: GateOptions = DEFAULT_GATE): Place | undefined {
  const x = (face.x + face.width / 2) / picture.width;
  const y = (face.y + face.height / 2) / picture.height;
  const masked = plan.masks.some((mask) => contains(mask, x, y));
  if (masked && !plan.staffAnalysis) return undefined;
  const area = plan.areas.find(({ polygon }) => contains(polygon, x, y))?.id ?? null;
  if (!masked && area === null && plan.areas.length > 0) return { area: null, staff: false, left: 'outside' };
  const left = sizeLeft(face, picture, searched, gate);
  const place = { area: masked ? STAFF_AREA : area, staff: masked };
  if (left !== null || plan.staffAnalysis || plan.masks.length === 0) return { ...place, left };
  return { ...place, left: maskedShare(face, picture, plan.masks) > 1 - gate.minInside ? 'cut' : null };
}

/** Points each way at which a face is asked whether a mask covers it. */
const PROBES = 8;

function maskedShare(face: Box, picture: Picture, masks: readonly Polygon[]): number {
  let covered = 0;
  for (let j = 0; j < PROBES; j++) {
    const y = (face.y + (j + 0.5) * face.height / PROBES) / picture.height;
    for (let i = 0; i < PROBES; i++) {
      const x = (face.x + (i + 0.5) * face.width / PROBES) / picture.width;
      if (masks.some((mask) => contains(mask, x, y))) covered++;
    }
  }
  return covered / (PROBES * PROBES);
}

/** Share of the searched part that is added around the drawn areas: a face whose middle lies in an area reaches out of it. */
const MARGIN = 0.08;
/** How much wider than high, or higher than wide, a searched part may be: the detector stretches it to 4:3. */
const MAX_ASPECT = 2;

/** The part of the picture in which faces are looked for: around all drawn areas, and the masks where staff may be read. */
export function searchRegion(plan: CameraPlan, { width, height }: { width: number; height: number }): Region {
  const polygons = plan.areas.length === 0 ? [] : [...plan.areas.map(({ polygon }) => polygon), ...(plan.staffAnalysis ? plan.masks : [])];
  if (polygons.length === 0) return { x: 0, y: 0, width, height };
  const xs = polygons.flatMap((polygon) => polygon.map(([x]) => x * width));
  const ys = polygons.flatMap((polygon) => polygon.map(([, y]) => y * height));
  const left = Math.min(...xs), right = Math.max(...xs), top = Math.min(...ys), bottom = Math.max(...ys);
  const wide = (right - left) + 2 * MARGIN * width;
  const high = (bottom - top) + 2 * MARGIN * height;
  const across = axis((left + right) / 2, Math.max(wide, high / MAX_ASPECT), width);
  const down = axis((top + bottom) / 2, Math.max(high, wide / MAX_ASPECT), height);
  return { x: across.from, y: down.from, width: across.length, height: down.length };
}

/** A stretch around `middle`, moved into the picture, in whole pairs of pixels: chroma has half as many. */
function axis(middle: number, wanted: number, limit: number): { from: number; length: number } {
  const length = Math.min(limit, Math.ceil(wanted / 2) * 2);
  const from = Math.max(0, Math.min(limit - length, Math.round((middle - length / 2) / 2) * 2));
  return { from, length };
}

/** Readings each way of a face's inside. */
const SIDE = 48;
/** Part of the box that is read: its middle, without hair and background. */
const INNER = 0.7;

/** Says how sharp a face is. One instance serves one thread; makes no garbage. */
export class FaceSharpness {
  readonly #luma = new Float32Array(SIDE * SIDE);

  /**
   * Variance of the Laplacian of the face, brought to 48×48, over the variance of its luma: so it depends neither on
   * the light nor on how much contrast a face has (Pech-Pacheco et al., ICPR 2000, normalised).
   */
  of(plane: Plane, face: Box): number {
    this.#read(plane, face);
    let sum = 0, squares = 0, edges = 0, edgeSquares = 0;
    for (let j = 1; j < SIDE - 1; j++) {
      for (let i = 1; i < SIDE - 1; i++) {
        const at = j * SIDE + i;
        const value = this.#luma[at]!;
        const edge = 4 * value - this.#luma[at - 1]! - this.#luma[at + 1]! - this.#luma[at - SIDE]! - this.#luma[at + SIDE]!;
        sum += value;
        squares += value * value;
        edges += edge;
        edgeSquares += edge * edge;
      }
    }
    const n = (SIDE - 2) ** 2;
    const variance = squares / n - (sum / n) ** 2;
    return variance > 1 ? (edgeSquares / n - (edges / n) ** 2) / variance : 0;
  }

  /** Bilinear readings: a face is usually about as large as 48 pixels, or shown larger than it is. */
  #read({ data, width, height, stride }: Plane, face: Box): void {
    const left = face.x + face.width * (1 - INNER) / 2;
    const top = face.y + face.height * (1 - INNER) / 2;
    for (let j = 0; j < SIDE; j++) {
      const y = Math.max(0, Math.min(height - 1.001, top + (j + 0.5) * face.height * INNER / SIDE - 0.5));
      const row = Math.floor(y);
      const below = y - row;
      for (let i = 0; i < SIDE; i++) {
        const x = Math.max(0, Math.min(width - 1.001, left + (i + 0.5) * face.width * INNER / SIDE - 0.5));
        const column = Math.floor(x);
        const right = x - column;
        const at = row * stride + column;
        const upper = data[at]! + (data[at + 1]! - data[at]!) * right;
        const lower = data[at + stride]! + (data[at + stride + 1]! - data[at + stride]!) * right;
        this.#luma[j * SIDE + i] = upper + (lower - upper) * below;
      }
    }
  }
}
