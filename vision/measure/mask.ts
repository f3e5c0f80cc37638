import type { Polygon } from '../../contract/index.ts';
import type { Picture, Plane } from './picture.ts';

/** Runs of pixels: row, first column, column after the last, three numbers each, by rising row. */
export type Spans = Int32Array;

/** Lines per pixel row along which a polygon's crossings are looked for; an odd number, so that one goes through the pixels' middles. */
const LINES = 5;
/** Pixels that a mask grows to every side: video encoders smear what lies behind an edge over about as many. */
export const GROW = 2;
/** Polygons that cover less of the picture than this, as a share, mask nothing. */
const MIN_SHARE = 0.0005;
/** Neither light nor dark, without colour: the edge of the mask stays faint. */
const FLAT = 128;

/**
 * The pixels that the polygons cover, grown by `GROW` to every side. A polygon that crosses itself is filled whole
 * (nonzero winding), so that no hole is left where two of its parts overlap.
 * @param polygons points as shares of the picture's width and height.
 */
export function rasterise(polygons: readonly Polygon[], width: number, height: number): Spans {
  const rows = Array.from({ length: height }, (): [number, number][] => []);
  for (const polygon of polygons) coverRows(polygon, width, height, rows);
  const spans: number[] = [];
  rows.forEach((runs, row) => { for (const [from, to] of merged(runs)) spans.push(row, from, to); });
  return Int32Array.from(spans);
}

function coverRows(polygon: Polygon, width: number, height: number, rows: [number, number][][]): void {
  const edges = polygon.map(([x, y], i) => { const [nextX, nextY] = polygon[(i + 1) % polygon.length]!; return { x: x * width, y: y * height, nextX: nextX * width, nextY: nextY * height }; });
  for (let line = 0; line < height * LINES; line++) {
    const y = (line + 0.5) / LINES;
    for (const [from, to] of insideRuns(edges, y)) {
      const run: [number, number] = [Math.max(0, Math.floor(from) - GROW), Math.min(width, Math.ceil(to) + GROW)];
      const first = Math.max(0, Math.floor(y) - GROW);
      const last = Math.min(height - 1, Math.floor(y) + GROW);
      for (let row = first; row <= last; row++) extend(rows[row]!, run);
    }
  }
}

interface Edge { x: number; y: number; nextX: number; nextY: number }

/** Where the horizontal line at `y` is inside, by nonzero winding. Edges are half open, so that a corner counts once. */
function insideRuns(edges: readonly Edge[], y: number): [number, number][] {
  const crossings = edges.filter((edge) => (edge.y <= y) !== (edge.nextY <= y))
    .map((edge) => ({ x: edge.x + (y - edge.y) / (edge.nextY - edge.y) * (edge.nextX - edge.x), turn: edge.y <= y ? 1 : -1 }))
    .sort((a, b) => a.x - b.x);
  const runs: [number, number][] = [];
  let winding = 0;
  for (const [i, { x, turn }] of crossings.entries()) {
    winding += turn;
    if (winding !== 0 && i + 1 < crossings.length) runs.push([x, crossings[i + 1]!.x]);
  }
  return runs;
}

/** Most runs of a row repeat the one before: joining them at once keeps the lists short. */
function extend(runs: [number, number][], run: [number, number]): void {
  const last = runs.at(-1);
  if (last && run[0] <= last[1] && run[1] >= last[0]) { last[0] = Math.min(last[0], run[0]); last[1] = Math.max(last[1], run[1]); return; }
  runs.push([...run]);
}

function merged(runs: readonly [number, number][]): [number, number][] {
  const done: [number, number][] = [];
  for (const run of runs.toSorted((a, b) => a[0] - b[0])) extend(done, run);
  return done;
}

/** Paints the runs flat in all three planes: nothing of what was there is left for a model to see. Makes no garbage. */
export function paint({ y, u, v }: Picture, spans: Spans): void {
  for (let i = 0; i < spans.length; i += 3) {
    const row = spans[i]!;
    const from = spans[i + 1]!;
    const to = spans[i + 2]!;
    flatten(y, row, from, to);
    flatten(u, row >> 1, from >> 1, (to + 1) >> 1);
    flatten(v, row >> 1, from >> 1, (to + 1) >> 1);
  }
}

function flatten({ data, stride }: Plane, row: number, from: number, to: number): void {
  data.fill(FLAT, row * stride + from, row * stride + to);
}

/** Whether the polygon holds the point, by nonzero winding; both as shares of the picture. */
export function contains(polygon: Polygon, x: number, y: number): boolean {
  let winding = 0;
  for (let i = 0; i < polygon.length; i++) {
    const [ax, ay] = polygon[i]!;
    const [bx, by] = polygon[(i + 1) % polygon.length]!;
    if ((ay <= y) === (by <= y)) continue;
    if (ax + (y - ay) / (by - ay) * (bx - ax) > x) winding += ay <= y ? 1 : -1;
  }
  return winding !== 0;
}

/** Share of the picture that the polygons cover, each by itself, 0..1: half the sum of cross products (Gauss). */
function areaShare(polygon: Polygon): number {
  let twice = 0;
  for (let i = 0; i < polygon.length; i++) {
    const [ax, ay] = polygon[i]!;
    const [bx, by] = polygon[(i + 1) % polygon.length]!;
    twice += ax * by - bx * ay;
  }
  return Math.abs(twice) / 2;
}

/** Whether these masks cut anything out. A line, a point or nothing at all does not. */
export const masksAnything = (masks: readonly Polygon[]): boolean => masks.some((mask) => areaShare(mask) >= MIN_SHARE);

interface Cache { key: string; spans: Spans }

/** The runs of each camera's masks, computed once for a set-up and a size of picture. One instance serves one thread. */
export class MaskCache {
  readonly #cameras = new Map<string, Cache>();

  /** @param revision changes with the masks. */
  spans(camera: string, revision: number, masks: readonly Polygon[], width: number, height: number): Spans {
    const key = `${revision} ${width}×${height}`;
    const cached = this.#cameras.get(camera);
    if (cached?.key === key) return cached.spans;
    const spans = rasterise(masks, width, height);
    this.#cameras.set(camera, { key, spans });
    return spans;
  }

  forget(camera: string): void { this.#cameras.delete(camera); }
}
