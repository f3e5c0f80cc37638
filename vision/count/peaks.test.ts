import { describe, expect, it } from 'vitest';
import { peaks, suppressPeople, type Heads } from './peaks.ts';

const CELLS = 16;
const SIDE = 64;
function heads(people: readonly (readonly [row: number, column: number, score: number])[], classes = 2): Heads {
  const heat = new Float32Array(CELLS * CELLS * classes);
  const boxes = new Float32Array(CELLS * CELLS * 4);
  for (const [row, column, score] of people) {
    heat[(row * CELLS + column) * classes] = score;
    boxes.set([6, 10, 7, 14], 4 * (row * CELLS + column));
  }
  return { width: CELLS, height: CELLS, classes, side: SIDE, heat, boxes };
}
const WHOLE = { x: 0, y: 0, width: SIDE, height: SIDE };

describe('peaks', () => {
  it('are boxes around the cell, in the picture\'s pixels, by falling score', () => {
    const found = peaks(heads([[8, 8, 0.5], [4, 3, 0.75]]), WHOLE);
    expect(found).toEqual([{ x: 6, y: 6, width: 13, height: 24, score: 0.75 }, { x: 26, y: 22, width: 13, height: 24, score: 0.5 }]);
    expect(peaks(heads([[8, 8, 0.5]]), { x: 100, y: 50, width: 128, height: 64 })[0]).toMatchObject({ x: 152, y: 72, width: 26, height: 24 });
  });
  it('are the highest of their neighbours; a flat top is one', () => {
    expect(peaks(heads([[8, 8, 0.5], [8, 9, 0.75], [9, 9, 0.5]]), WHOLE)).toHaveLength(1);
    expect(peaks(heads([[8, 8, 0.5], [8, 9, 0.5], [9, 8, 0.5]]), WHOLE)).toHaveLength(1);
    expect(peaks(heads([[8, 8, 0.5], [8, 10, 0.5]]), WHOLE)).toHaveLength(2);
  });
  it('are likely enough, and of people', () => {
    expect(peaks(heads([[8, 8, 0.24]]), WHOLE)).toEqual([]);
    const other = heads([]);
    other.heat[(8 * CELLS + 8) * 2 + 1] = 0.9;
    expect(peaks(other, WHOLE)).toEqual([]);
  });
  it('stay in the picture, and are none where the model gives no numbers', () => {
    expect(peaks(heads([[0, 0, 0.5]]), WHOLE)[0]).toMatchObject({ x: 0, y: 0, width: 7, height: 14 });
    const broken = heads([[8, 8, 0.5], [3, 3, Number.NaN]]);
    broken.boxes.fill(Number.NaN);
    expect(peaks(broken, WHOLE)).toEqual([]);
  });
});

it('of boxes that overlap by more than 0.6 the surest stays', () => {
  const box = (x: number, score: number) => ({ x, y: 0, width: 10, height: 20, score });
  expect(suppressPeople([box(0, 0.9), box(1, 0.8), box(5, 0.7)]).map(({ x }) => x)).toEqual([0, 5]);
});
