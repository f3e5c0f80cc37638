/** How a face is turned, in degrees; 0, 0, 0 looks straight at the camera. */
export interface Pose {
  /** Positive: the nose points to the right of the picture. */
  yaw: number;
  /** Positive: the head is tilted clockwise in the picture. */
  roll: number;
  /** Positive: the face looks up. */
  pitch: number;
}

/**
 * Places on a head, x to the right, y down and z away from the camera, and the points of the iBUG scheme whose mean
 * stands for each. The proportions are those of the six points that S. Mallick gives in "Head Pose Estimation using
 * OpenCV and Dlib" (2016), in fifths of a millimetre.
 */
const HEAD: readonly { points: readonly number[]; at: readonly [number, number, number] }[] = [
  { points: [30], at: [0, 0, 0] }, // tip of the nose
  { points: [8], at: [0, 330, 65] }, // chin
  { points: [36], at: [-225, -170, 135] }, // outer corners of the eyes
  { points: [45], at: [225, -170, 135] },
  { points: [48], at: [-150, 150, 125] }, // corners of the mouth
  { points: [54], at: [150, 150, 125] },
];

/** How far points may lie from where the fitted head has them, as a share of the head's size in the picture. */
const MAX_MISFIT = 0.25;
const DEGREES = 180 / Math.PI;

type Vector = readonly [number, number, number];

/** The head around its middle, and the rows of its pseudo-inverse: they turn image coordinates into the two rows of the scaled rotation. */
const CENTRED = centred(HEAD.map(({ at }) => at));
const FIT = pseudoInverse(CENTRED);

/**
 * Pose by POS, the first step of POSIT: a scaled orthographic projection of a rigid head is fitted to the points by
 * least squares (D. DeMenthon and L. Davis, "Model-based object pose in 25 lines of code", IJCV 15, 1995).
 * @param points x, y of 68 points, in any unit that is the same for both, y down.
 * @returns null when the points do not lie as on a face.
 */
export function poseOf(points: Float32Array, offset = 0): Pose | null {
  const image = HEAD.map(({ points: members }) => members.map((i): [number, number] => [points[offset + 2 * i]!, points[offset + 2 * i + 1]!]))
    .map((members) => members.reduce(([x, y], [a, b]) => [x + a / members.length, y + b / members.length], [0, 0]));
  const x = image.reduce((sum, [value]) => sum + value, 0) / image.length;
  const y = image.reduce((sum, [, value]) => sum + value, 0) / image.length;
  const across = project(image.map(([value]) => value - x));
  const down = project(image.map(([, value]) => value - y));
  const size = Math.sqrt(length(across) * length(down));
  if (!(size > 0) || misfit(image, [x, y], across, down) > MAX_MISFIT * size * REACH) return null;
  const i = scaled(across, 1 / length(across));
  const j = scaled(down, 1 / length(down));
  const k = cross(i, j);
  const depth = length(k);
  if (!(depth > 0.3)) return null;
  // The face looks along −z of the head: these are that direction's parts in the camera's coordinates.
  return {
    yaw: Math.atan2(-i[2], k[2] / depth) * DEGREES,
    roll: Math.atan2(j[0], i[0]) * DEGREES,
    pitch: Math.asin(Math.max(-1, Math.min(1, j[2]))) * DEGREES,
  };
}

/** Root mean square of the head's points around their middle. */
const REACH = Math.sqrt(CENTRED.reduce((sum, [x, y]) => sum + x * x + y * y, 0) / CENTRED.length);

function misfit(image: readonly [number, number][], [x, y]: readonly [number, number], across: Vector, down: Vector): number {
  let sum = 0;
  CENTRED.forEach((at, n) => {
    sum += (image[n]![0] - x - dot(across, at)) ** 2 + (image[n]![1] - y - dot(down, at)) ** 2;
  });
  return Math.sqrt(sum / CENTRED.length);
}

function project(values: readonly number[]): Vector {
  return FIT.map((row) => row.reduce((sum, weight, n) => sum + weight * values[n]!, 0)) as unknown as Vector;
}

function centred(points: readonly Vector[]): Vector[] {
  const middle = [0, 1, 2].map((axis) => points.reduce((sum, point) => sum + point[axis]!, 0) / points.length);
  return points.map((point) => point.map((value, axis) => value - middle[axis]!) as unknown as Vector);
}

/** (MᵀM)⁻¹Mᵀ of the N × 3 matrix M, as three rows of N. */
function pseudoInverse(m: readonly Vector[]): number[][] {
  const entry = (a: number, b: number): number => m.reduce((sum, row) => sum + row[a]! * row[b]!, 0);
  const g = [0, 1, 2].map((a) => [0, 1, 2].map((b) => entry(a, b)) as unknown as Vector) as [Vector, Vector, Vector];
  const determinant = dot(g[0], cross(g[1], g[2]));
  // Rows of the inverse of a symmetric matrix: cross products of its rows over its determinant.
  const inverse = [cross(g[1], g[2]), cross(g[2], g[0]), cross(g[0], g[1])];
  return inverse.map((row) => m.map((point) => dot(row, point) / determinant));
}

function dot(a: Vector, b: Vector): number { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
function length(a: Vector): number { return Math.sqrt(dot(a, a)); }
function scaled([x, y, z]: Vector, factor: number): Vector { return [x * factor, y * factor, z * factor]; }
function cross(a: Vector, b: Vector): Vector { return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]; }
