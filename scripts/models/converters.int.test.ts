/**
 * The converted networks answer as the original ones did. recordings/outputs.json was made by the packages
 * themselves on TensorFlow.js (recordings/record.mjs); set-up has fetched and converted the weights.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { MODELS } from '../setup/catalogue.mjs';
import recorded from './recordings/outputs.json' with { type: 'json' };
import { picture, toPlanes } from './recordings/pictures.ts';

const LARGEST_DIFFERENCE = 1e-4;

const setup = JSON.parse(fs.readFileSync(path.resolve(import.meta.dirname, '../../.otklik/setup.json'), 'utf8')) as { models: { dir: string } };
const open = (name: string) => InferenceSession.create(path.join(setup.models.dir, `${name}.onnx`));

async function outputs(session: InferenceSession, data: Float32Array, shape: number[]): Promise<Record<string, number[]>> {
  const results = await session.run({ input: new Tensor('float32', data, shape) });
  return Object.fromEntries(Object.entries(results).map(([name, { data: values }]) => [name, Array.from(values as Float32Array)]));
}

const probabilities = async (...of: Parameters<typeof outputs>): Promise<number[]> => (await outputs(...of))['probs'] ?? [];
/** What face-api's networks take. */
const face = (seed: number) => toPlanes(picture(seed, 112, 3, 0, 255), 3);

function largestDifference(actual: number[], expected: number[]): number {
  expect(actual).toHaveLength(expected.length);
  return Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN))));
}

describe('face_expression.onnx', async () => {
  const session = await open('face_expression');

  test.each(recorded.face_expression)('answers picture $seed as face-api does', async ({ seed, probs }) => {
    expect(largestDifference(await probabilities(session, face(seed), [1, 3, 112, 112]), probs)).toBeLessThan(LARGEST_DIFFERENCE);
  });

  test('answers each picture of a batch as it answers it alone', async () => {
    const pictures = recorded.face_expression.map(({ seed }) => face(seed));
    const batch = Float32Array.from(pictures.flatMap((pixels) => Array.from(pixels)));
    const expected = recorded.face_expression.flatMap(({ probs }) => probs);
    expect(largestDifference(await probabilities(session, batch, [pictures.length, 3, 112, 112]), expected)).toBeLessThan(LARGEST_DIFFERENCE);
  });
});

describe('emotion.onnx', async () => {
  const session = await open('emotion');

  test.each(recorded.emotion)('answers picture $seed as TensorFlow.js does', async ({ seed, probs }) => {
    const pixels = picture(seed, 64, 1, -1, 1);
    expect(largestDifference(await probabilities(session, pixels, [1, 64, 64, 1]), probs)).toBeLessThan(LARGEST_DIFFERENCE);
  });
});

test.each(recorded.face_landmarks)('face_landmarks.onnx puts 68 points in picture $seed where face-api does', async ({ seed, points }) => {
  const found = await outputs(await open('face_landmarks'), face(seed), [1, 3, 112, 112]);
  expect(largestDifference(found['points'] ?? [], points)).toBeLessThan(LARGEST_DIFFERENCE);
});

test.each(recorded.age_gender)('age_gender.onnx answers picture $seed as face-api does', async ({ seed, age, gender }) => {
  const found = await outputs(await open('age_gender'), face(seed), [1, 3, 112, 112]);
  expect(largestDifference(found['gender'] ?? [], gender)).toBeLessThan(LARGEST_DIFFERENCE);
  // Years, not shares.
  expect(largestDifference(found['age'] ?? [], age)).toBeLessThan(100 * LARGEST_DIFFERENCE);
});

describe('people.onnx', async () => {
  const session = await open('people');
  const logit = (p: number): number => Math.log(p / (1 - p));

  test.each(recorded.people)('answers picture $seed as TensorFlow.js does, the person class alone', async ({ seed, person, wh }) => {
    const found = await outputs(session, picture(seed, 512, 3, 0, 255), [1, 512, 512, 3]);
    const cells = person.map((_, i) => i * 257);
    // Nobody is in these pictures: as probabilities all are near 0, and no difference would show.
    const logits = cells.map((cell) => logit(found['person']?.[cell] ?? Number.NaN));
    expect(largestDifference(logits, person.map(logit))).toBeLessThan(0.01);
    const reach = cells.flatMap((cell) => found['wh']?.slice(cell * 4, cell * 4 + 4) ?? []);
    expect(reach).toHaveLength(wh.length);
    for (const [i, value] of reach.entries()) expect(Math.abs(value - (wh[i] ?? Number.NaN))).toBeLessThan(0.01 + 1e-4 * Math.abs(value));
  });
});

test('every model has a manifest that describes the file beside it', async () => {
  const models = fs.readdirSync(setup.models.dir).filter((name) => name.endsWith('.onnx'));
  expect(models.sort()).toEqual(MODELS.map(({ file }) => file).sort());
  for (const file of models) {
    const name = file.replace('.onnx', '.json');
    const text = fs.readFileSync(path.join(setup.models.dir, name), 'utf8');
    expect(text).toBe(fs.readFileSync(path.resolve(import.meta.dirname, '../../vision/models', name), 'utf8'));
    const manifest = JSON.parse(text);
    const session = await open(file.replace('.onnx', ''));
    expect(session.inputNames).toEqual([manifest.input.name]);
    expect([...session.outputNames].sort()).toEqual(Object.keys(manifest.outputs).sort());
    expect(manifest.file).toBe(file);
    expect(manifest.sha256).toBe(createHash('sha256').update(fs.readFileSync(path.join(setup.models.dir, file))).digest('hex'));
  }
});

test.each(MODELS)('$file: the manifest names the package and the files that set-up takes it from', ({ file, from, parts }) => {
  const manifest = JSON.parse(fs.readFileSync(path.resolve(import.meta.dirname, '../../vision/models', file.replace('.onnx', '.json')), 'utf8'));
  expect(manifest.source).toEqual({ package: from.name, version: from.version, files: parts });
  expect(manifest.licence).toBe(from.licence);
});
