import type { Plane } from './picture.ts';

/** How a picture is lit: mean and standard deviation of its luma, 0..255, and the variance of its Laplacian. */
export interface Light { mean: number; contrast: number; sharpness: number }

/** Points read each way, so that the cost does not grow with the picture's size. */
const COLUMNS = 64;
const ROWS = 48;
/** Limited-range luma (16..235) to 0..255. */
const RANGE = 255 / 219;
const BLACK = 16;

/** Reads the light from a grid of 64×48 points. Makes no garbage but its answer. */
export function lightOf({ data, width, height, stride }: Plane): Light {
  let sum = 0, squares = 0, edges = 0, edgeSquares = 0;
  for (let j = 0; j < ROWS; j++) {
    const row = inner(Math.floor((j + 0.5) * height / ROWS), height);
    for (let i = 0; i < COLUMNS; i++) {
      const at = row * stride + inner(Math.floor((i + 0.5) * width / COLUMNS), width);
      const value = data[at]!;
      const edge = 4 * value - (data[at - 1] ?? value) - (data[at + 1] ?? value) - (data[at - stride] ?? value) - (data[at + stride] ?? value);
      sum += value;
      squares += value * value;
      edges += edge;
      edgeSquares += edge * edge;
    }
  }
  const n = COLUMNS * ROWS;
  const mean = sum / n;
  return {
    mean: Math.max(0, Math.min(255, (mean - BLACK) * RANGE)),
    contrast: Math.min(255, Math.sqrt(Math.max(0, squares / n - mean * mean)) * RANGE),
    sharpness: Math.max(0, edgeSquares / n - (edges / n) ** 2) * RANGE * RANGE,
  };
}

const inner = (index: number, length: number): number => Math.max(1, Math.min(length - 2, index));
