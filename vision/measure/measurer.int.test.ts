import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EMOTIONS } from '../../contract/index.ts';
import { samplePicture, setupResult, toI420 } from '../testing/pictures.ts';
import type { ReferenceFace } from '../testing/reference.ts';
import { detectorPath, expressionModels, OWN_MANIFEST } from './builtin.ts';
import { overlap } from './detector.ts';
import { DEFAULT_GATE, passesGate } from './gate.ts';
import { Measurer } from './measurer.ts';
import { MeasurePool } from './pool.ts';
import { pictureOf } from './picture.ts';

interface Recorded { width: number; height: number; faces: ReferenceFace[] }
const recorded = JSON.parse(readFileSync(new URL('../testing/recorded/samples.json', import.meta.url), 'utf8')) as Record<string, Recorded>;
const { models, samples } = setupResult();
const bySum = new Map(readdirSync(samples.dir).map((name) => [createHash('sha256').update(readFileSync(join(samples.dir, name))).digest('hex'), name]));

/** Video has half the colour detail and 219 steps of brightness: so much may a share differ from the one of RGB pixels. */
const SHARE_TOLERANCE = 0.12;
const MEAN_TOLERANCE = 0.02;

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
      const found = measured.faces.find(({ box }) => overlap(box, face) > 0.8);
      expect(found, `the face at ${face.x}, ${face.y}`).toBeDefined();
      expect(Math.abs(found!.box.score - face.score)).toBeLessThan(0.1);
      for (const emotion of EMOTIONS) {
        const difference = Math.abs(found!.shares[emotion] - face.shares[emotion]!);
        expect(difference, emotion).toBeLessThan(SHARE_TOLERANCE);
        differences.push(difference);
      }
    }
    expect(differences.reduce((a, b) => a + b, 0) / differences.length).toBeLessThan(MEAN_TOLERANCE);
    expect(measured.faces.length).toBeLessThanOrEqual(expected.length + 2);
  });

  it('gives one set of shares for each face in crowds beyond one batch', async () => {
    const crowd = [...bySum.values()].find((name) => name === 'samples.jpg')!;
    const picture = await samplePicture(crowd);
    const { faces, detected } = await measurer.measure(pictureOf(toI420(picture), picture.width, picture.height));
    expect(detected).toBeGreaterThanOrEqual(faces.length);
    for (const { shares } of faces) expect(Object.values(shares).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 2);
  });
});

describe('a model brought by the user', () => {
  const measureWith = async (custom: string) => {
    const measurer = await Measurer.open({ detector: detectorPath(models.dir), models: expressionModels(models.dir, custom) });
    const picture = await samplePicture('sample1.jpg', { width: 960, height: 640 });
    return measurer.measure(pictureOf(toI420(picture), 960, 640));
  };

  it('is used alone: ours, and one of another size, layout and normalisation', async () => {
    const own = await measureWith(OWN_MANIFEST);
    const other = await measureWith(join(models.dir, 'emotion.json'));
    expect(own.faces.length).toBe(3);
    expect(other.faces.length).toBe(3);
    expect(other.faces[0]!.shares).not.toEqual(own.faces[0]!.shares);
    // Two networks of different making must still agree on who smiles most.
    const smiling = (faces: typeof own.faces) => faces.reduce((best, face) => (face.shares.happy > best.shares.happy ? face : best)).shares.happy;
    expect(smiling(own.faces)).toBeGreaterThan(0.5);
    expect(smiling(other.faces)).toBeGreaterThan(0.5);
  });

  it('that is missing is named', () => {
    expect(() => expressionModels(models.dir, join(models.dir, 'nothing.json'))).toThrow(/nothing\.json/);
    expect(existsSync(join(models.dir, 'fr_detect.onnx'))).toBe(true);
    expect(() => detectorPath('/nowhere')).toThrow(/OTKLIK_MODELS_DIR/);
  });
});

describe('MeasurePool', () => {
  it('measures on its threads, gives the memory back, and survives a picture that fails', async () => {
    const crashes: Error[] = [];
    const pool = await MeasurePool.open({ detector: detectorPath(models.dir), models: expressionModels(models.dir, OWN_MANIFEST) }, 2, (error) => crashes.push(error));
    const rgb = await samplePicture('sample1.jpg', { width: 640, height: 480 });
    const bytes = toI420(rgb);
    const buffer = () => bytes.slice().buffer;
    const [first, second] = await Promise.all([pool.measure(buffer(), 640, 480), pool.measure(buffer(), 640, 480)]);
    expect(first.measurement).toEqual(second.measurement);
    expect(first.data.byteLength).toBe(bytes.length);
    await expect(pool.measure(new ArrayBuffer(10), 640, 480)).rejects.toThrow(/too few/);
    expect((await pool.measure(buffer(), 640, 480)).measurement.faces.length).toBe(first.measurement.faces.length);
    await pool.close();
    expect(crashes).toEqual([]);
    await expect(pool.measure(buffer(), 640, 480)).rejects.toThrow(/no measuring thread/);
  });

  it('says what is wrong with a model that cannot be loaded', async () => {
    await expect(MeasurePool.open({ detector: OWN_MANIFEST, models: [] }, 1, () => undefined)).rejects.toThrow();
  });
});
