/**
 * The converted networks answer as the original ones did. recordings/outputs.json was made by the packages
 * themselves on TensorFlow.js (recordings/record.mjs); set-up has fetched and converted the weights.
 */
import fs from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import recorded from './recordings/outputs.json' with { type: 'json' };
import { picture, toPlanes } from './recordings/pictures.ts';

const LARGEST_DIFFERENCE = 1e-4;

const setup = JSON.parse(fs.readFileSync(path.resolve(import.meta.dirname, '../../.otklik/setup.json'), 'utf8')) as { models: { dir: string } };
const open = (name: string) => InferenceSession.create(path.join(setup.models.dir, `${name}.onnx`));

async function probabilities(session: InferenceSession, data: Float32Array, shape: number[]): Promise<number[]> {
  const { probs } = await session.run({ input: new Tensor('float32', data, shape) });
  return Array.from(probs?.data as Float32Array);
}

function largestDifference(actual: number[], expected: number[]): number {
  expect(actual).toHaveLength(expected.length);
  return Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN))));
}

describe('face_expression.onnx', async () => {
  const session = await open('face_expression');

  test.each(recorded.face_expression)('answers picture $seed as face-api does', async ({ seed, probs }) => {
    const planes = toPlanes(picture(seed, 112, 3, 0, 255), 3);
    expect(largestDifference(await probabilities(session, planes, [1, 3, 112, 112]), probs)).toBeLessThan(LARGEST_DIFFERENCE);
  });

  test('answers each picture of a batch as it answers it alone', async () => {
    const pictures = recorded.face_expression.map(({ seed }) => toPlanes(picture(seed, 112, 3, 0, 255), 3));
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

test('every model has a manifest that describes the file beside it', async () => {
  const models = fs.readdirSync(setup.models.dir).filter((name) => name.endsWith('.onnx'));
  expect(models.sort()).toEqual(['emotion.onnx', 'face_expression.onnx', 'fr_detect.onnx']);
  for (const file of models) {
    const manifest = JSON.parse(fs.readFileSync(path.join(setup.models.dir, file.replace('.onnx', '.json')), 'utf8'));
    const session = await open(file.replace('.onnx', ''));
    expect(session.inputNames).toEqual([manifest.input.name]);
    expect([...session.outputNames].sort()).toEqual(Object.keys(manifest.outputs).sort());
    expect(manifest.file).toBe(file);
  }
});
