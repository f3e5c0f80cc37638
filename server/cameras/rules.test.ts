import { describe, expect, it } from 'vitest';
import type { Polygon } from '../../contract/index.ts';
import { choicesFlaw, crossesItself, expectedVersion, tidy } from './rules.ts';
import { areaOf, choicesOf, LINE, SQUARE } from './testing/choices.ts';

const site = { zones: [{ id: 'hall', name: 'Hall' }], touchpoints: [{ id: 'till', name: 'Till', zone: null }] };

describe('what an installer decides', () => {
  it('fits a site whose places it names', () => {
    expect(choicesFlaw(choicesOf({ areas: [areaOf({ zone: 'hall', touchpoint: 'till' }), areaOf({ id: 'b' })], staff: 'masked', masks: [SQUARE], counting: true, line: LINE }), site)).toBeUndefined();
    expect(choicesFlaw(choicesOf({ staff: null, areas: [] }), site)).toBeUndefined();
  });

  it('is kept to a tenth of a pixel, and no closer', () => {
    const kept = tidy(choicesOf({ masks: [[[0.123456, 0], [1, 0.000049], [0.5, 0.99999]]], line: { ...LINE, from: [0.33333333, 1] } }));
    expect(kept.masks[0]).toEqual([[0.1235, 0], [1, 0], [0.5, 1]]);
    expect(kept.line?.from).toEqual([0.3333, 1]);
  });
});

describe('an outline', () => {
  it('crosses itself when two of its sides pass through each other, whichever way it is drawn', () => {
    const shapes: [boolean, Polygon][] = [
      [false, SQUARE], [false, SQUARE.toReversed()], [false, [[0, 0], [1, 0], [0.5, 1]]],
      [false, [[0, 0], [1, 0], [1, 1], [0.5, 0.3], [0, 1]]],
      [true, [[0, 0], [1, 1], [1, 0], [0, 1]]], [true, [[0, 0], [1, 0], [0.2, 0.6], [0.2, -0], [0.8, 0.8]]],
    ];
    for (const [crosses, shape] of shapes) expect(crossesItself(shape), JSON.stringify(shape)).toBe(crosses);
  });
});

describe('If-Match', () => {
  it('names a version, or none, or is refused', () => {
    expect([undefined, '"3"', ' 12 ', '"0"'].map(expectedVersion)).toEqual([0, 3, 12, 0]);
    for (const header of ['', '*', 'W/"3"', '"3", "4"', '-1', '3.0', '"', '9'.repeat(30)]) expect(expectedVersion(header), header).toBeUndefined();
  });
});
