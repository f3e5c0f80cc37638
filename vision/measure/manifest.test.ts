import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { EMOTIONS } from '../../contract/index.ts';
import { OWN_MANIFEST } from './builtin.ts';
import { sharesOf, softmax } from './expression.ts';
import { checkManifest, emotionOf, loadManifest } from './manifest.ts';

const SEED = 20_250_106;
const folder = mkdtempSync(join(tmpdir(), 'otklik-manifest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hsemotion = {
  name: 'enet_b0_8', file: 'enet_b0_8.onnx',
  input: { layout: 'NCHW', shape: ['batch', 3, 224, 224], colour: 'rgb', cropShare: 1.1 },
  normalisation: { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] }, logits: true,
  classes: ['anger', 'contempt', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise'],
};

describe('model manifests', () => {
  it('describe a model with other size, normalisation and classes', () => {
    const { manifest } = checkManifest(hsemotion, '/models/enet.json');
    expect(manifest).toMatchObject({ path: '/models/enet_b0_8.onnx', logits: true, cropShare: 1.1, format: { width: 224, height: 224, layout: 'NCHW', colour: 'rgb', mean: [123.675, 116.28, 103.53] } });
  });

  it('leave values as they are when the graph normalises', () => {
    for (const normalisation of [null, 'in graph', undefined]) {
      const { manifest } = checkManifest({ ...hsemotion, input: { layout: 'NHWC', shape: [-1, 64, 48, 1] }, normalisation }, '/m.json');
      expect(manifest.format).toEqual({ width: 48, height: 64, layout: 'NHWC', colour: 'gray', mean: [0], scale: [1] });
    }
  });

  it.each([
    ['an unknown layout', { input: { ...hsemotion.input, layout: 'CHWN' } }, /layout/],
    ['two channels', { input: { ...hsemotion.input, shape: [1, 2, 48, 48] } }, /channels/],
    ['gray with three channels', { input: { ...hsemotion.input, colour: 'gray' } }, /does not fit/],
    ['no size', { input: { ...hsemotion.input, shape: ['n', 3, 'h', 'w'] } }, /height and width/],
    ['one mean for three channels', { normalisation: { mean: [1], std: [1] } }, /3 mean/],
    ['a std of 0', { normalisation: { mean: [1, 1, 1], std: [1, 0, 1] } }, /std/],
    ['no happy class', { classes: ['neutral', 'sad'] }, /"happy"/],
    ['no file', { file: '' }, /file/],
  ])('are refused with %s, by name', (_, change, message) => {
    expect(() => checkManifest({ ...hsemotion, ...change }, '/m.json')).toThrow(message);
  });

  it(`throw an Error on any JSON (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      expect(() => checkManifest(value, '/m.json')).toThrow(/^\/m\.json: /);
    }), { seed: SEED });
  });

  it('come with our own model', () => {
    expect(loadManifest(OWN_MANIFEST)).toMatchObject({ classes: EMOTIONS, logits: false, cropShare: 0.9, format: { width: 48, height: 48, colour: 'gray' } });
  });

  it('are refused when the file is missing, damaged, too large or no JSON', () => {
    const path = join(folder, 'm.json');
    writeFileSync(path, JSON.stringify(hsemotion));
    expect(() => loadManifest(path)).toThrow(/enet_b0_8\.onnx is missing/);
    writeFileSync(join(folder, hsemotion.file), 'x');
    writeFileSync(path, JSON.stringify({ ...hsemotion, sha256: '0'.repeat(64) }));
    expect(() => loadManifest(path)).toThrow(/sha256 differs/);
    writeFileSync(path, 'no json');
    expect(() => loadManifest(path)).toThrow(/is not JSON/);
    writeFileSync(path, ' '.repeat(300_000));
    expect(() => loadManifest(path)).toThrow(/at most/);
  });
});

describe('classes', () => {
  it('are known by the names that models give them', () => {
    expect(hsemotion.classes.map(emotionOf)).toEqual(['angry', undefined, 'disgust', 'fear', 'happy', 'neutral', 'sad', 'surprise']);
    expect(['Fearful', 'DISGUSTED', 'surprised'].map(emotionOf)).toEqual(['fear', 'disgust', 'surprise']);
  });

  it('are put into the contract\'s order; those without use are left out and the rest sums to 1', () => {
    const places = hsemotion.classes.map((name) => { const emotion = emotionOf(name); return emotion ? EMOTIONS.indexOf(emotion) : -1; });
    const shares = sharesOf([0.1, 0.5, 0, 0, 0.3, 0.1, 0, 0], places);
    expect(shares[EMOTIONS.indexOf('happy')]).toBeCloseTo(0.6);
    expect(shares[EMOTIONS.indexOf('angry')]).toBeCloseTo(0.2);
    expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1);
    expect(sharesOf([0, 1, 0, 0, 0, 0, 0, 0], places)[EMOTIONS.indexOf('neutral')]).toBe(1);
  });

  it('come from logits by a softmax that large values do not break', () => {
    expect([...softmax([1000, 1000])]).toEqual([0.5, 0.5]);
    expect(softmax([1, 2, 3]).reduce((a, b) => a + b, 0)).toBeCloseTo(1);
  });
});
