import { describe, expect, it } from 'vitest';
import { layerLines, LayerChoice, usefulLayer } from './layers.ts';

const LINES = [180, 360, 720];

describe('usefulLayer', () => {
  it.each([
    [null, 1], // nobody in view: 360 lines
    [0.5, 0], // 90 px in the lowest
    [60 / 180, 0],
    [0.3, 1], // 54, 108
    [0.1, 2], // 18, 36, 72
    [0.05, 2], // in none large enough: the best there is
  ])('faces of %s of the height are read in layer %i', (share, layer) => {
    expect(usefulLayer(LINES, share)).toBe(layer);
  });

  it('takes what there is', () => {
    expect([usefulLayer([240], null), usefulLayer([240], 0.1), usefulLayer([90, 180], null), usefulLayer([480, 960], null)]).toEqual([0, 0, 1, 0]);
  });
});

describe('LayerChoice', () => {
  it('takes a larger layer when a face has been too small for 2 s', () => {
    const choice = new LayerChoice();
    expect(choice.update(LINES, null, 0)).toBe(1);
    expect(choice.update(LINES, 0.1, 1_000)).toBe(1);
    expect(choice.update(LINES, 0.1, 2_999)).toBe(1);
    expect(choice.update(LINES, 0.1, 3_000)).toBe(2);
  });

  it('takes a smaller one when faces have had more than enough in it for 10 s', () => {
    const choice = new LayerChoice();
    expect(choice.update(LINES, 0.1, 0)).toBe(2);
    expect(choice.update(LINES, 0.5, 1_000)).toBe(2);
    expect(choice.update(LINES, 0.5, 10_999)).toBe(2);
    expect(choice.update(LINES, 0.5, 11_000)).toBe(0);
  });

  it('stays while faces are just large enough in the smaller layer', () => {
    const choice = new LayerChoice();
    expect(choice.update(LINES, 0.3, 0)).toBe(1);
    for (let now = 0; now < 60_000; now += 1_000) expect(choice.update(LINES, 0.35, now)).toBe(1);
  });

  it('does not follow a face that comes and goes', () => {
    const choice = new LayerChoice();
    expect(choice.update(LINES, 0.1, 0)).toBe(2);
    for (let now = 0; now < 120_000; now += 1_000) expect(choice.update(LINES, now % 8_000 < 4_000 ? 0.6 : 0.1, now)).toBe(2);
  });

  it('goes down to 360 lines when nobody is there any more', () => {
    const choice = new LayerChoice();
    choice.update(LINES, 0.1, 0);
    choice.update(LINES, null, 1_000);
    expect(choice.update(LINES, null, 11_000)).toBe(1);
  });

  it('never names a layer that is not there', () => {
    const choice = new LayerChoice();
    choice.update(LINES, 0.05, 0);
    expect(choice.update([180], 0.05, 1)).toBe(0);
    expect(choice.update([], null, 2)).toBe(0);
  });
});

describe('layerLines', () => {
  it('knows nothing before a picture came, and takes each layer as half of the next', () => {
    expect(layerLines(3, new Map())).toBeUndefined();
    expect(layerLines(3, new Map([[2, 720]]))).toEqual([180, 360, 720]);
    expect(layerLines(3, new Map([[0, 120], [2, 480]]))).toEqual([120, 240, 480]);
    expect(layerLines(3, new Map([[0, 120], [2, 720]]))).toEqual([120, 240, 720]);
  });
});
