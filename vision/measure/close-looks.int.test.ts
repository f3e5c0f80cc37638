import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Box } from '../readings.ts';
import { samplePicture, setupResult, tiled, toI420 } from '../testing/pictures.ts';
import { detectorPath, expressionModels } from './builtin.ts';
import { CloseLooks } from './close-looks.ts';
import { overlap } from './detector.ts';
import { Measurer, WHOLE_PICTURE } from './measurer.ts';
import { pictureOf, type Region } from './picture.ts';

const WIDTH = 1920;
const HEIGHT = 1080;
const WHOLE: Region = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
let measurer: Measurer;
let picture: Uint8Array;

beforeAll(async () => {
  const { models } = setupResult();
  measurer = await Measurer.open({ detector: detectorPath(models.dir), models: expressionModels(models.dir) });
  // A photograph of three people sixteen times: faces of 40 to 50 px, a twenty-fifth of the picture's height.
  picture = toI420(tiled(await samplePicture('sample1.jpg', { width: WIDTH / 4, height: HEIGHT / 4 }), 4));
}, 120_000);
afterAll(() => { picture = new Uint8Array(0); });

const read = async (closer: readonly Region[]) => (await measurer.measure(pictureOf(picture, WIDTH, HEIGHT), WHOLE_PICTURE, { faces: true, people: false, learn: false, poses: null, person: false, closer })).faces.filter(({ left }) => left === null);

it('finds and reads faces in a full-HD picture that the look at the whole misses, each once', async () => {
  const known: Box[] = [];
  const looks = new CloseLooks();
  const alone = (await read([])).length;
  for (let frame = 0; frame < 24; frame++) {
    const faces = await read(looks.take(frame * 200, WHOLE, false));
    const boxes = faces.map(({ box }) => box);
    boxes.forEach((box, i) => { expect(boxes.slice(i + 1).every((other) => overlap(box, other) < 0.3)).toBe(true); });
    looks.found(frame * 200, WHOLE, false, boxes);
    for (const box of boxes) if (known.every((other) => overlap(box, other) < 0.3)) known.push(box);
  }
  expect(known.length, `${alone} without closer looks`).toBeGreaterThanOrEqual(44);
  expect(alone).toBeLessThan(known.length / 2);
  for (const { height } of known) expect(height).toBeGreaterThanOrEqual(40);
}, 120_000);
