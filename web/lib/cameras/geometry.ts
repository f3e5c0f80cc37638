import type { CameraLine, Point, Polygon } from '../../../contract/cameras.ts';

/** Points, polygons and lines of a camera's picture as shares of its width and height, 0,0 at the upper left. Pure. */

const clamp = (value: number): number => Math.min(1, Math.max(0, value));
/** The nearest point that is in the picture, to a ten-thousandth. */
export const within = ([x, y]: Point): Point => [round(clamp(x)), round(clamp(y))];
const round = (share: number): number => Math.round(share * 10_000) / 10_000;
export const moved = ([x, y]: Point, dx: number, dy: number): Point => within([x + dx, y + dy]);

/** Area of a polygon as a share of the picture (the shoelace formula). */
export function areaOf(polygon: Polygon): number {
  const twice = polygon.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = polygon[(i + 1) % polygon.length]!;
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(twice) / 2;
}

/** On which side of the line from `a` to `b` a point lies, as a sign. */
const side = ([ax, ay]: Point, [bx, by]: Point, [x, y]: Point): number => Math.sign((bx - ax) * (y - ay) - (by - ay) * (x - ax));

/** Whether two sides of a polygon pass through each other: what is inside is then not what was meant. */
export function crossesItself(polygon: Polygon): boolean {
  const corner = (i: number): Point => polygon[i % polygon.length]!;
  const cross = (a: Point, b: Point, c: Point, d: Point) => side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
  return polygon.some((_, i) => polygon.some((__, j) => j > i + 1 && cross(corner(i), corner(i + 1), corner(j), corner(j + 1))));
}

/** Whether a point is inside, by the even-odd rule. */
export function contains(polygon: Polygon, [x, y]: Point): boolean {
  let inside = false;
  polygon.forEach(([ax, ay], i) => {
    const [bx, by] = polygon[(i + 1) % polygon.length]!;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}

export const middleOf = (polygon: readonly Point[]): Point => [polygon.reduce((sum, [x]) => sum + x, 0) / polygon.length, polygon.reduce((sum, [, y]) => sum + y, 0) / polygon.length];
export const between = ([ax, ay]: Point, [bx, by]: Point): Point => within([(ax + bx) / 2, (ay + by) / 2]);

/** Length of a line as a share of the picture's sides. */
export const lengthOf = ({ from, to }: Pick<CameraLine, 'from' | 'to'>): number => Math.hypot(to[0] - from[0], to[1] - from[1]);

/**
 * Where people who come in walk: from the line's middle so many pixels to its inward side, in pixels of a picture of
 * this size. The picture's y points down, so that left of a line is where its direction turned counter-clockwise points.
 */
export function inwardArrow({ from, to, inward }: Pick<CameraLine, 'from' | 'to' | 'inward'>, width: number, height: number, length: number): { from: Point; to: Point } {
  const [dx, dy] = [(to[0] - from[0]) * width, (to[1] - from[1]) * height];
  const norm = Math.hypot(dx, dy) || 1;
  const turn = inward === 'left' ? 1 : -1;
  const [x, y] = [((from[0] + to[0]) / 2) * width, ((from[1] + to[1]) / 2) * height];
  return { from: [x, y], to: [x + (turn * dy * length) / norm, y - (turn * dx * length) / norm] };
}
