import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EMOTIONS } from '../../contract/index.ts';
import { madeModel, writeModel, type MadeOutput } from '../testing/onnx.ts';
import { setupResult } from '../testing/pictures.ts';
import { modelPath } from './builtin.ts';
import { TensorWriter } from './channels.ts';
import { FaceDetector } from './detector.ts';
import { ExpressionReader } from './expression.ts';
import { loadManifest, type Job } from './manifest.ts';
import { Model, ModelError } from './model.ts';
import { i420Bytes, pictureOf, type Picture } from './picture.ts';
import { sessionOptions } from './providers.ts';

const folder = mkdtempSync(join(tmpdir(), 'otklik-models-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SIDE = 8;
const classes = [...EMOTIONS];
const shares: MadeOutput = { name: 'probs', shape: [7], values: [0, 0, 0, 0.75, 0, 0, 0.25] };
const expression = { job: 'expression', input: { layout: 'NCHW', shape: ['batch', 1, SIDE, SIDE] }, classes };
let made = 0;
const write = (bytes: Uint8Array, changes: Record<string, unknown> = {}): string => writeModel(folder, bytes, { name: `m${++made}`, ...expression, ...changes });
const open = (path: string, job: Job = 'expression') => Model.open(loadManifest(path, job), sessionOptions());
const one = [1, SIDE, SIDE];

/** A picture of one grey. */
function grey(value: number): Picture {
  const data = new Uint8Array(i420Bytes(64, 64)).fill(128);
  data.fill(value, 0, 64 * 64);
  return pictureOf(data, 64, 64);
}

describe('a model file', () => {
  it('is opened when it is what its manifest says, and read in batches beyond its memory', async () => {
    const path = write(madeModel(one, [shares]));
    const reader = await ExpressionReader.open([{ manifest: loadManifest(path), weight: 1 }], sessionOptions(), new TensorWriter());
    const faces = Array.from({ length: 19 }, () => ({ x: 8, y: 8, width: 32, height: 32 }));
    const read = await reader.read(grey(100), faces);
    expect(read).toHaveLength(19);
    for (const face of read) expect(face).toMatchObject({ happy: 0.75, neutral: 0.25, sad: 0 });
    await reader.close();
  });

  it('that takes one picture at a time is given one at a time', async () => {
    const path = write(madeModel(one, [shares], { batch: 1 }), { input: { layout: 'NCHW', shape: [1, 1, SIDE, SIDE] } });
    const reader = await ExpressionReader.open([{ manifest: loadManifest(path), weight: 1 }], sessionOptions(), new TensorWriter());
    expect(await reader.read(grey(100), [{ x: 0, y: 0, width: 32, height: 32 }, { x: 9, y: 9, width: 32, height: 32 }])).toHaveLength(2);
    await reader.close();
  });

  it.each<[string, () => string, RegExp]>([
    ['that is cut off', () => { const bytes = madeModel(one, [shares]); return write(bytes.subarray(0, bytes.length - 60)); }, /m\d+\.onnx: this is no ONNX model that can be run, or it is cut off/],
    ['that is empty', () => write(Buffer.alloc(0)), /m\d+\.onnx: this is no ONNX model/],
    ['that is something else', () => write(Buffer.from('not a model at all')), /m\d+\.onnx: this is no ONNX model/],
    ['that takes pictures of another size', () => write(madeModel([1, 16, 16], [shares])), /takes pictures of \[N, 1, 16, 16\], its manifest says \[batch, 1, 8, 8\]/],
    ['that takes one picture where the manifest says any', () => write(madeModel(one, [shares], { batch: 1 })), /takes pictures of \[1, 1, 8, 8\]/],
    ['whose input has another name', () => write(madeModel(one, [shares]), { input: { ...expression.input, name: 'image' } }), /input is named "input", its manifest says "image"/],
    ['that gives more outputs than are described', () => write(madeModel(one, [shares, { ...shares, name: 'more' }])), /gives 2 outputs \(probs, more\), its manifest must name the one/],
    ['that lacks an output', () => write(madeModel(one, [shares]), { outputs: { scores: { shape: ['batch', 7] } } }), /no output "scores", only probs/],
    ['that gives another number of classes', () => write(madeModel(one, [{ name: 'probs', shape: [5], values: [1, 0, 0, 0, 0] }])), /output "probs" is \[1, 5\] for one picture, its manifest says \[1, 7\]/],
    ['that gives NaN', () => write(madeModel(one, [{ ...shares, values: [Number.NaN, 0, 0, 1, 0, 0, 0] }])), /output "probs" has values that are no numbers/],
    ['that gives infinity', () => write(madeModel(one, [{ ...shares, values: [Infinity, 0, 0, 1, 0, 0, 0] }])), /output "probs" has values that are no numbers/],
    ['whose numbers run over on a picture', () => write(madeModel(one, [shares], { gain: 3e38 })), /no numbers/],
  ])('%s is refused with its name and what is wrong', async (_, path, message) => {
    const opened = open(path());
    await expect(opened).rejects.toThrow(message);
    await expect(opened).rejects.toBeInstanceOf(ModelError);
  });

  it('for other work is refused', () => {
    const path = write(madeModel(one, [shares]));
    expect(() => loadManifest(path, 'people')).toThrow(/job is "expression", one for "people" is needed/);
  });

  it('that gives no numbers for one picture is not used any more, and says so every time', async () => {
    // On grey and noise of up to 255 it is finite; scaled pictures beyond that run over.
    const path = write(madeModel(one, [shares], { gain: 1e36 }), { normalisation: { mean: [0], std: [1] } });
    const model = await open(path);
    model.input.fill(255);
    await model.run(1);
    model.input.fill(1e6);
    await expect(model.run(1)).rejects.toThrow(/no numbers; the model is not used any more/);
    model.input.fill(0);
    await expect(model.run(1)).rejects.toMatchObject({ name: 'ModelError', job: 'expression', file: path.replace('.json', '.onnx') });
    await model.close();
  });
});

describe('a face detector brought by the user', () => {
  const boxes = (corners: readonly number[][]): MadeOutput[] => [
    { name: 'scores', shape: [corners.length, 2], values: corners.flatMap(([score]) => [1 - score!, score!]) },
    { name: 'boxes', shape: [corners.length, 4], values: corners.flatMap(([, ...box]) => box) },
  ];
  const detector = (corners: readonly number[][], changes: Record<string, unknown> = {}): string => write(madeModel([3, SIDE, SIDE], boxes(corners), { batch: 1 }), {
    job: 'faces', classes: undefined, input: { layout: 'NCHW', shape: [1, 3, SIDE, SIDE], colour: 'rgb' }, threshold: 0.4, overlap: 0.3,
    outputs: { scores: { shape: [1, corners.length, 2] }, boxes: { shape: [1, corners.length, 4] } }, ...changes,
  });

  it('finds faces in the part of the picture that is searched, in pixels of the whole', async () => {
    const found = await FaceDetector.open(detector([[0.5, 0.25, 0.5, 0.75, 1], [0.9, 0, 0, 0.5, 0.5], [0.3, 0, 0, 1, 1]]), sessionOptions(), new TensorWriter());
    expect(await found.detect(grey(90), { x: 16, y: 32, width: 32, height: 16 })).toMatchObject([
      { x: 16, y: 32, width: 16, height: 8, score: expect.closeTo(0.9, 5) as number },
      { x: 24, y: 40, width: 16, height: 8, score: expect.closeTo(0.5, 5) as number },
    ]);
    await found.close();
  });

  it('cannot give boxes that are endless or have no area', async () => {
    const found = await FaceDetector.open(detector([[0.9, -1e9, 0, 1e9, 1], [0.8, 0.5, 0.5, 0.5, 0.9], [0.7, 0.9, 0.9, 0.1, 0.1]]), sessionOptions(), new TensorWriter());
    expect(await found.detect(grey(90))).toMatchObject([{ x: -64, y: 0, width: 192, height: 64 }]);
    await found.close();
  });

  it('must describe scores and boxes of as many places', () => {
    expect(() => loadManifest(detector([[0.5, 0, 0, 1, 1]], { outputs: { scores: { shape: [1, 1, 2] } } }), 'faces')).toThrow(/"boxes" is missing/);
    expect(() => loadManifest(detector([[0.5, 0, 0, 1, 1]], { outputs: { scores: { shape: [1, 2, 2] }, boxes: { shape: [1, 1, 4] } } }), 'faces')).toThrow(/outputs\.boxes\.shape/);
  });
});

it.each(['faces', 'landmarks', 'age_gender', 'people'] as const)('the fetched model for %s is what its manifest says', async (job) => {
  const path = modelPath(setupResult().models.dir, job);
  const model = await open(path.replace('.onnx', '.json'), job);
  await model.close();
});

it('a model that was fetched and is damaged now is named', () => {
  const bytes = madeModel(one, [shares]);
  const path = write(bytes);
  writeFileSync(path.replace('.json', '.onnx'), bytes.subarray(1));
  expect(() => loadManifest(path)).toThrow(/is not the file that its manifest describes \(sha256 differs\): fetch it again/);
});
