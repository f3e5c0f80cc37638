import type { Plane } from './picture.ts';

/** Cells each way. */
const CELLS = 16;
/** Pixels read each way in a cell: 4096 readings in all, so that the cost does not grow with the picture's size. */
const SPARSE = 4;

/**
 * Hash (FNV-1a, 32 bits) of a sparse luma fingerprint: 16×16 cells, 16 pixels read in each, their mean in steps of a
 * quarter of a grey level. Sensor noise of one level moves some of 256 such means in every frame; an encoder that
 * repeats itself moves none. A picture cannot be made from it. Equal prints mean an equal picture, but for one case in
 * four thousand million.
 */
export function lumaPrint({ data, width, height, stride }: Plane): number {
  let hash = 0x811c9dc5;
  for (let row = 0; row < CELLS; row++) {
    for (let column = 0; column < CELLS; column++) {
      let sum = 0;
      for (let j = 0; j < SPARSE; j++) {
        const line = Math.floor((row * SPARSE + j + 0.5) * height / (CELLS * SPARSE)) * stride;
        for (let i = 0; i < SPARSE; i++) sum += data[line + Math.floor((column * SPARSE + i + 0.5) * width / (CELLS * SPARSE))]!;
      }
      hash = Math.imul(hash ^ (sum >> 2), 0x01000193);
    }
  }
  return hash >>> 0;
}
