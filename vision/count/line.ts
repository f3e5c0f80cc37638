import type { CameraLine } from '../../contract/index.ts';

/** A line in heights of the picture; `inward` 1 when people who come in walk to its right, −1 to its left. */
export interface Line { x: number; y: number; dx: number; dy: number; length: number; inward: 1 | -1 }

/** The line of a set-up in a picture of this shape (width / height). @throws RangeError when it is only a point. */
export function lineOf({ from, to, inward }: CameraLine, aspect: number): Line {
  const dx = (to[0] - from[0]) * aspect;
  const dy = to[1] - from[1];
  const length = Math.hypot(dx, dy);
  if (!(length > 0)) throw new RangeError('a line needs two different ends');
  return { x: from[0] * aspect, y: from[1], dx, dy, length, inward: inward === 'right' ? 1 : -1 };
}

/**
 * How far a point is from the endless line, in heights of the picture: above 0 on the side where visitors are inside.
 * Pictures have y downwards, so the right-hand side of a walk along the line is where the cross product is positive.
 */
export function depth(line: Line, x: number, y: number): number {
  return line.inward * (line.dx * (y - line.y) - line.dy * (x - line.x)) / line.length;
}

/** How far beyond its nearer end a point lies along the line, in heights of the picture; 0 or less between the ends. */
export function beyondEnds(line: Line, x: number, y: number): number {
  const along = (line.dx * (x - line.x) + line.dy * (y - line.y)) / line.length;
  return Math.max(-along, along - line.length);
}
