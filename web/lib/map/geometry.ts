import type { PlanPoint } from '../../../contract/plans.ts';

/** Points and polygons of a floor plan, in parts of its picture (0..1). Where distances count, `aspect` is width over height. Pure. */

export type Polygon = readonly PlanPoint[];

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
/** The nearest point that is in the picture. */
export const within = ({ x, y }: PlanPoint): PlanPoint => ({ x: clamp(x, 0, 1), y: clamp(y, 0, 1) });
export const moved = ({ x, y }: PlanPoint, dx: number, dy: number): PlanPoint => within({ x: x + dx, y: y + dy });

/** Whether a point is inside, by the even-odd rule. */
export function contains(polygon: Polygon, { x, y }: PlanPoint): boolean {
  let inside = false;
  polygon.forEach((a, i) => {
    const b = polygon[(i + 1) % polygon.length]!;
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  });
  return inside;
}

/** Distance in widths of the picture. */
export const distance = (a: PlanPoint, b: PlanPoint, aspect: number): number => Math.hypot(a.x - b.x, (a.y - b.y) / aspect);

function distanceToEdge(point: PlanPoint, a: PlanPoint, b: PlanPoint, aspect: number): number {
  const [dx, dy] = [b.x - a.x, (b.y - a.y) / aspect];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : clamp(((point.x - a.x) * dx + ((point.y - a.y) / aspect) * dy) / length, 0, 1);
  return Math.hypot(point.x - a.x - along * dx, (point.y - a.y) / aspect - along * dy);
}

/** How far a point is from the nearest side. */
export const depth = (polygon: Polygon, point: PlanPoint, aspect: number): number =>
  Math.min(...polygon.map((corner, i) => distanceToEdge(point, corner, polygon[(i + 1) % polygon.length]!, aspect)));

const bounds = (polygon: Polygon) => ({
  left: Math.min(...polygon.map(({ x }) => x)), right: Math.max(...polygon.map(({ x }) => x)), top: Math.min(...polygon.map(({ y }) => y)), bottom: Math.max(...polygon.map(({ y }) => y)),
});

export function widthOf(polygon: Polygon): number {
  const { left, right } = bounds(polygon);
  return right - left;
}

const GRID = 24;

/** Points inside on an even grid; none in a polygon thinner than the grid. */
function samples(polygon: Polygon): PlanPoint[] {
  const { left, right, top, bottom } = bounds(polygon);
  const points: PlanPoint[] = [];
  for (let row = 0; row < GRID; row++) {
    for (let column = 0; column < GRID; column++) {
      const point = { x: left + ((column + 0.5) / GRID) * (right - left), y: top + ((row + 0.5) / GRID) * (bottom - top) };
      if (contains(polygon, point)) points.push(point);
    }
  }
  return points;
}

const mean = (polygon: Polygon): PlanPoint => ({ x: polygon.reduce((sum, { x }) => sum + x, 0) / polygon.length, y: polygon.reduce((sum, { y }) => sum + y, 0) / polygon.length });

/** The point inside that is furthest from every side, about: where a name has most room. */
export function heart(polygon: Polygon, aspect: number): PlanPoint {
  let best = mean(polygon);
  let most = -1;
  for (const point of samples(polygon)) {
    const far = depth(polygon, point, aspect);
    if (far > most) [best, most] = [point, far];
  }
  return best;
}

/** A point inside near the upper side, in the middle of what is free there: where a name stands out of the way. */
export function crest(polygon: Polygon): PlanPoint {
  const points = samples(polygon);
  const row = [...new Set(points.map(({ y }) => y))].sort((a, b) => a - b).slice(0, 3).at(-1);
  const line = points.filter(({ y }) => y === row);
  if (row === undefined || line.length === 0) return mean(polygon);
  const step = (bounds(polygon).right - bounds(polygon).left) / GRID;
  const runs: PlanPoint[][] = [];
  for (const point of line) {
    const run = runs.at(-1);
    if (run && point.x - run.at(-1)!.x < step * 1.5) run.push(point);
    else runs.push([point]);
  }
  const widest = runs.reduce((most, run) => (run.length > most.length ? run : most));
  return { x: (widest[0]!.x + widest.at(-1)!.x) / 2, y: row };
}

/** `count` points inside, far from the sides, from each other and from what is in `taken`. */
export function spots(polygon: Polygon, count: number, aspect: number, taken: readonly PlanPoint[] = []): PlanPoint[] {
  const candidates = samples(polygon).map((point) => ({ point, room: depth(polygon, point, aspect) }));
  const found: PlanPoint[] = [];
  for (let i = 0; i < count; i++) {
    let best = mean(polygon);
    let most = -1;
    for (const { point, room } of candidates) {
      const free = Math.min(2 * room, ...[...taken, ...found].map((other) => distance(point, other, aspect)));
      if (free > most) [best, most] = [point, free];
    }
    found.push(best);
  }
  return found;
}

/** The last corner that is within `reach` (in widths of the picture) of a point, or -1. */
export const cornerAt = (polygon: Polygon, point: PlanPoint, reach: number, aspect: number): number => polygon.findLastIndex((corner) => distance(corner, point, aspect) <= reach);

/**
 * Moves circles apart that lie over each other, as little as helps: centres in pixels, `gap` the least distance between
 * two. They stay within the given size. The order of the points decides nothing but ties.
 */
export function untangle(points: readonly PlanPoint[], gap: number, size: { width: number; height: number }): PlanPoint[] {
  const out = points.map((point) => ({ ...point }));
  const rim = Math.min(gap / 2, size.width / 2, size.height / 2);
  const keepIn = (): void => {
    for (const point of out) {
      point.x = clamp(point.x, rim, size.width - rim);
      point.y = clamp(point.y, rim, size.height - rim);
    }
  };
  const ROUNDS = 60;
  keepIn();
  for (let round = 0; round < ROUNDS; round++) {
    let still = true;
    for (let i = 0; i < out.length; i++) {
      for (let j = i + 1; j < out.length; j++) {
        const [a, b] = [out[i]!, out[j]!];
        let [dx, dy] = [b.x - a.x, b.y - a.y];
        const far = Math.hypot(dx, dy);
        if (far >= gap) continue;
        still = false;
        // Two on the same spot part sideways.
        if (far < 0.01) [dx, dy] = [1, (i + j) % 2 === 0 ? 0.2 : -0.2];
        const push = (gap - far) / 2 / Math.hypot(dx, dy) + 0.001;
        a.x -= dx * push; a.y -= dy * push;
        b.x += dx * push; b.y += dy * push;
      }
    }
    if (still) break;
    keepIn();
  }
  return out;
}
