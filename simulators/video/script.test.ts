import { describe, expect, it } from 'vitest';
import { cameras } from '../place.ts';
import { placeAt, SCENES, scriptOf } from './script.ts';

const PEOPLE = { faces: 12, smiling: [0, 3, 5, 7], walkers: 3 };

describe.each(SCENES)('who comes to the %s', (kind) => {
  const script = scriptOf(kind, 60, 7, PEOPLE);

  it('is the same for a seed and another for another', () => {
    expect(scriptOf(kind, 60, 7, PEOPLE)).toEqual(script);
    expect(scriptOf(kind, 60, 8, PEOPLE)).not.toEqual(script);
  });

  it('stays some seconds, never so still as a picture on the wall, and is out of view where the loop joins', () => {
    const faces = script.filter(({ walks }) => !walks);
    expect(faces.length).toBeGreaterThanOrEqual(3);
    for (const one of script) {
      expect(one.from).toBeGreaterThan(0);
      expect(one.to).toBeLessThan(60);
    }
    for (const one of faces) {
      const stay = Array.from({ length: 40 }, (_, i) => placeAt(one, one.from + 2 + i / 10)!.x * 640);
      expect(Math.max(...stay) - Math.min(...stay)).toBeGreaterThan(4);
      expect(one.to - one.from).toBeLessThan(20);
    }
    expect(placeAt(script[0]!, 59.9)).toBeUndefined();
  });

  it('is never twice in view at the same time', () => {
    for (let second = 0; second < 60; second += 0.5) {
      const present = script.filter((one) => !one.walks && placeAt(one, second)).map(({ who }) => who);
      expect(new Set(present).size, `second ${second}`).toBe(present.length);
    }
  });
});

it('as many walk in at the door as walk out, and none elsewhere', () => {
  const walkers = scriptOf('door', 60, 1, PEOPLE).filter(({ walks }) => walks);
  expect(walkers.map(({ path }) => Math.sign(path.at(-1)!.y - path[0]!.y))).toEqual([1, -1]);
  for (const kind of ['hall', 'desk'] as const) expect(scriptOf(kind, 60, 1, PEOPLE).some(({ walks }) => walks)).toBe(false);
});

it('who comes stands in the areas of the camera\'s set-up, and who walks crosses its line', () => {
  for (const { scene, choices } of cameras(3)) {
    const within = (x: number, y: number): boolean => choices.areas.some(({ polygon }) => { const [[left, top], , [right, bottom]] = polygon as [number, number][] as [[number, number], [number, number], [number, number]]; return x > left && x < right && y > top && y < bottom; });
    for (const one of scriptOf(scene, 60, 1, PEOPLE)) {
      const { x, y } = placeAt(one, (one.from + one.to) / 2)!;
      if (!one.walks) expect(within(x, y), `${scene} ${x} ${y}`).toBe(true);
      else expect([choices.line!.from[0] < x, x < choices.line!.to[0]]).toEqual([true, true]);
    }
  }
});
