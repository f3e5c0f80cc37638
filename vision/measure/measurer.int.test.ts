import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EMOTIONS } from '../../contract/index.ts';
import { samplePicture, setupResult, tiled, toI420 } from '../testing/pictures.ts';
import { testSetup } from '../testing/setup.ts';
import type { ReferenceFace } from '../testing/reference.ts';
import { detectorPath, expressionModels, OWN_MANIFEST } from './builtin.ts';
import { overlap } from './detector.ts';
import { DEFAULT_GATE, passesGate } from './gate.ts';
import { Measurer, type Measurement } from './measurer.ts';
import { MeasurePool, type Frame } from './pool.ts';
import { planOf } from './plan.ts';
import { pictureOf } from './picture.ts';

interface Recorded { width: number; height: number; faces: ReferenceFace[] }
const recorded = JSON.parse(readFileSync(new URL('../testing/recorded/samples.json', import.meta.url), 'utf8')) as Record<string, Recorded>;
const { models, samples } = setupResult();
const bySum = new Map(readdirSync(samples.dir).map((name) => [createHash('sha256').update(readFileSync(join(samples.dir, name))).digest('hex'), name]));

/** Video has half the colour detail and 219 steps of brightness: so much may a share differ from the one of RGB pixels. */
const SHARE_TOLERANCE = 0.12;
const MEAN_TOLERANCE = 0.02;
const readOf = ({ faces }: Measurement) => faces.flatMap(({ box, score, left, shares }) => (left === null && shares !== null ? [{ box, score, shares }] : []));

describe('measuring against recorded outputs', () => {
  let measurer: Measurer;
  beforeAll(async () => {
    measurer = await Measurer.open({ detector: detectorPath(models.dir), models: expressionModels(models.dir) });
  });

  it('uses both models, ours with twice the weight', () => {
    expect(expressionModels(models.dir).map(({ manifest, weight }) => [manifest.name, weight])).toEqual([['expression', 2], ['face_expression', 1]]);
  });

  it.each(Object.entries(recorded))('finds the faces of %s where they are, with their expressions', async (sum, { width, height, faces }) => {
    const picture = await samplePicture(bySum.get(sum)!);
    const measured = await measurer.measure(pictureOf(toI420(picture), picture.width, picture.height));
    const expected = faces.filter((face) => passesGate(face, { width, height }));
    const certain = expected.filter(({ score, height: tall }) => score > 0.75 && tall > Math.max(DEFAULT_GATE.minPixels, DEFAULT_GATE.minShare * height) * 1.05);
    expect(certain.length).toBeGreaterThan(0);
    const differences: number[] = [];
    for (const face of certain) {
      const found = readOf(measured).find(({ box }) => overlap(box, face) > 0.8);
      expect(found, `the face at ${face.x}, ${face.y}`).toBeDefined();
      expect(Math.abs(found!.score - face.score)).toBeLessThan(0.1);
      for (const emotion of EMOTIONS) {
        const difference = Math.abs(found!.shares[emotion] - face.shares[emotion]!);
        expect(difference, emotion).toBeLessThan(SHARE_TOLERANCE);
        differences.push(difference);
      }
    }
    expect(differences.reduce((a, b) => a + b, 0) / differences.length).toBeLessThan(MEAN_TOLERANCE);
    expect(readOf(measured).length).toBeLessThanOrEqual(expected.length + 2);
  });

  it('gives one set of shares for each face in crowds beyond one batch', async () => {
    const one = await samplePicture('sample1.jpg', { width: 640, height: 480 });
    const faces = readOf(await measurer.measure(pictureOf(toI420(tiled(one, 2)), 1280, 960)));
    expect(faces.length).toBe(12);
    for (const { shares } of faces) expect(Object.values(shares).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 2);
  });
});

describe('a model brought by the user', () => {
  const measureWith = async (custom: string) => {
    const measurer = await Measurer.open({ detector: detectorPath(models.dir), models: expressionModels(models.dir, custom) });
    const picture = await samplePicture('sample1.jpg', { width: 960, height: 640 });
    return readOf(await measurer.measure(pictureOf(toI420(picture), 960, 640)));
  };

  it('is used alone: ours, and one of another size, layout and normalisation', async () => {
    const own = await measureWith(OWN_MANIFEST);
    const other = await measureWith(join(models.dir, 'emotion.json'));
    expect(own.length).toBe(3);
    expect(other.length).toBe(3);
    expect(other[0]!.shares).not.toEqual(own[0]!.shares);
    // Two networks of different making must still agree on who smiles most.
    const smiling = (faces: typeof own) => faces.reduce((best, face) => (face.shares.happy > best.shares.happy ? face : best)).shares.happy;
    expect(smiling(own)).toBeGreaterThan(0.5);
    expect(smiling(other)).toBeGreaterThan(0.5);
  });

  it('that is missing is named', () => {
    expect(() => expressionModels(models.dir, join(models.dir, 'nothing.json'))).toThrow(/nothing\.json/);
    expect(existsSync(join(models.dir, 'fr_detect.onnx'))).toBe(true);
    expect(() => detectorPath('/nowhere')).toThrow(/OTKLIK_MODELS_DIR/);
  });
});

describe('MeasurePool', () => {
  const FACES = { faces: true, people: false, learn: false, poses: null, person: false, closer: [] };

  it('measures on its threads, gives the memory back, and survives a picture that is none', async () => {
    const crashes: Error[] = [];
    const pool = await MeasurePool.open({ detector: detectorPath(models.dir), models: expressionModels(models.dir, OWN_MANIFEST) }, 2, (error) => crashes.push(error));
    const rgb = await samplePicture('sample1.jpg', { width: 640, height: 480 });
    const bytes = toI420(rgb);
    const frame = (camera = 'cam'): Frame => ({ camera, data: bytes.slice().buffer, width: 640, height: 480, wanted: FACES });
    pool.plan(planOf(testSetup('cam'), 7, null));
    const [first, second] = await Promise.all([pool.measure(frame()), pool.measure(frame())]);
    expect(first.measurement).toEqual(second.measurement);
    expect(first).toMatchObject({ revision: 7 });
    expect(first.measurement.faces.length).toBe(3);
    expect(first.data.byteLength).toBe(bytes.length);
    await expect(pool.measure({ ...frame(), data: new ArrayBuffer(10) })).rejects.toThrow(/too few/);
    expect((await pool.measure(frame())).measurement.faces.length).toBe(3);
    expect((await pool.measure(frame('stranger'))), 'a camera without a plan').toMatchObject({ revision: 0, measurement: { faces: [], people: null } });
    pool.forget('cam');
    expect((await pool.measure(frame())).measurement.faces, 'a camera whose plan was taken away').toEqual([]);
    await pool.close();
    expect(crashes).toEqual([]);
    await expect(pool.measure(frame())).rejects.toThrow(/no measuring thread/);
  });

  it('says what is wrong with a model that cannot be loaded, and goes on without it', async () => {
    const pool = await MeasurePool.open({ detector: OWN_MANIFEST, models: [] }, 1, () => undefined);
    expect(pool.failures).toEqual([{ part: 'faces', message: expect.stringMatching(/.{10}/) }]);
    pool.plan(planOf(testSetup('cam'), 1, null));
    const bytes = toI420(await samplePicture('sample1.jpg', { width: 640, height: 480 }));
    const { measurement } = await pool.measure({ camera: 'cam', data: bytes.slice().buffer, width: 640, height: 480, wanted: FACES });
    expect(measurement).toMatchObject({ faces: [], failures: [{ part: 'faces' }] });
    expect(measurement.light.mean).toBeGreaterThan(30);
    await pool.close();
  });
});
