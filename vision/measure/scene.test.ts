import { describe, expect, it } from 'vitest';
import { SceneMark } from '../../contract/index.ts';
import { cut, toI420, type Rgb } from '../testing/pictures.ts';
import { paste, room } from '../testing/still.ts';
import { Compile } from 'typebox/compile';
import { MIN_FIT } from './measurer.ts';
import { pictureOf, type Plane } from './picture.ts';
import { decodeScene, encodeScene, LEARN_MS, SceneLearner, SceneReader } from './scene.ts';

const isMark = Compile(SceneMark);
const WIDTH = 640;
const HEIGHT = 480;
const wide = room(800, 600);
const seen = (dx = 0, dy = 0): Rgb => cut(wide, 80 + dx, 60 + dy, WIDTH, HEIGHT);
const plane = ({ data, width, height }: Rgb): Plane => pictureOf(toI420({ data, width, height }), width, height).y;
const changed = (picture: Rgb, change: (value: number, i: number) => number): Rgb => ({ ...picture, data: picture.data.map((value, i) => Math.max(0, Math.min(255, change(value, i)))) });
const noisy = (seed: number) => (value: number, i: number): number => value + (Math.imul(i + seed * 7919, 2_654_435_761) >>> 28) - 8;
const crowd = (share: number): Rgb => paste(seen(), changed({ data: new Uint8Array(Math.round(WIDTH * share) * HEIGHT * 3).fill(128), width: Math.round(WIDTH * share), height: HEIGHT }, (_, i) => (Math.imul(i >> 6, 2_654_435_761) >>> 24)), 0, 0);

describe('a scene', () => {
  const reader = new SceneReader();
  const scene = reader.directions(plane(seen()));
  const fit = (picture: Rgb): number => reader.fit(plane(picture), scene);

  it.each<[string, () => Rgb]>([
    ['with noise', () => changed(seen(), noisy(1))], ['at a third of the light', () => changed(seen(), (value) => value / 3)], ['brighter, with parts that blind', () => changed(seen(), (value) => value * 1.5 + 20)],
    ['with people in front of four tenths', () => crowd(0.4)],
  ])('is the same %s', (_, picture) => { expect(fit(picture())).toBeGreaterThan(MIN_FIT); });

  it.each([[64, 0], [-64, 0], [0, 48], [0, -48], [80, 0], [-80, 30], [-60, -50]])('is another one when the camera is turned by %d, %d pixels', (dx, dy) => {
    expect(fit(seen(dx, dy))).toBeLessThan(MIN_FIT);
  });

  it('is another one upside down, mirrored, black and flat', () => {
    const bytes = seen().data;
    const turned = { ...seen(), data: bytes.map((_, i) => bytes[bytes.length - 3 - i + 2 * (i % 3)]!) };
    for (const picture of [turned, changed(seen(), () => 0), changed(seen(), () => 200)]) expect(fit(picture)).toBeLessThan(MIN_FIT);
  });

  it('fits at another resolution', () => {
    const large = seen().data;
    const small = changed({ data: new Uint8Array(320 * 240 * 3), width: 320, height: 240 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return large[((Math.floor(pixel / 320) * 2) * WIDTH + (pixel % 320) * 2) * 3 + i % 3]!;
    });
    expect(fit(small)).toBeGreaterThan(0.7);
  });

  it('is kept as a short text that comes back as it was; rubbish does not', () => {
    const mark = encodeScene(scene);
    expect(isMark.Check(mark)).toBe(true);
    expect(decodeScene(mark)).toEqual(scene);
    for (const rubbish of ['', 'AAAAAAAA', mark.slice(0, -4), encodeScene(new Uint8Array(1200)), Buffer.alloc(601, 9).toString('base64'), '%%%%%%%%']) expect(decodeScene(rubbish)).toBeNull();
  });
});

describe('learning a scene', () => {
  const reader = new SceneReader();
  const learn = (frame: (i: number) => Uint8Array, ms = LEARN_MS, step = 200): Uint8Array | null => {
    const learner = new SceneLearner();
    for (let at = 0; at <= ms; at += step) {
      const scene = learner.add(at, frame(at / step));
      if (scene) return scene;
    }
    return null;
  };
  const frames = [1, 2, 3].map((seed) => reader.directions(plane(changed(seen(), noisy(seed)))));

  it('takes five seconds and eight frames', () => {
    expect(learn((i) => frames[i % 3]!, LEARN_MS - 1)).toBeNull();
    expect(learn((i) => frames[i % 3]!)).not.toBeNull();
    expect(learn((i) => frames[i % 3]!, LEARN_MS, 1_000)).toBeNull();
    expect(learn((i) => frames[i % 3]!, LEARN_MS + 2_000, 1_000)).not.toBeNull();
  });

  it('leaves out what moves', () => {
    const still = learn(() => frames[0]!)!;
    const passing = learn((i) => frames[0]!.map((direction, block) => (block % 40 < 10 ? 1 + (i * 4 + block) % 15 : direction)))!;
    expect(passing.filter((direction, block) => direction > 0 && block % 40 < 10).length).toBeLessThan(10);
    expect(passing.filter((_, block) => block % 40 >= 10)).toEqual(still.filter((_, block) => block % 40 >= 10));
  });

  it('goes on while the camera moves, and where nothing has an edge', () => {
    expect(learn((i) => frames[0]!.map((_, block) => frames[0]![(block + i * 3) % 1200]!), 30_000)).toBeNull();
    expect(learn(() => new Uint8Array(1200), 30_000)).toBeNull();
  });
});
