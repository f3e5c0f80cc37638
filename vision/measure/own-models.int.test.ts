import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMOTIONS } from '../../contract/index.ts';
import { madeModel, writeModel, type MadeOutput } from '../testing/onnx.ts';
import { samplePicture, setupResult, toI420 } from '../testing/pictures.ts';
import { testSetup } from '../testing/setup.ts';
import { chooseModels, modelPath, type OwnModels } from './builtin.ts';
import type { Job } from './manifest.ts';
import { Measurer, type Measurement, type Part, type Wanted } from './measurer.ts';
import { pictureOf } from './picture.ts';
import { planOf } from './plan.ts';

const { models } = setupResult();
const folder = mkdtempSync(join(tmpdir(), 'otklik-own-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ALL: Wanted = { faces: true, people: true, learn: false, poses: [], person: true, closer: [] };
const SIDE = 64;
let made = 0;
const write = (job: Job, bytes: Uint8Array, changes: Record<string, unknown> = {}): string => writeModel(folder, bytes, { name: `${job}${++made}`, job, ...changes });
const sized = (name: string, shape: readonly number[], value = 0): MadeOutput => ({ name, shape, values: Array<number>(shape.reduce((a, b) => a * b, 1)).fill(value) });
const described = (outputs: readonly MadeOutput[]) => Object.fromEntries(outputs.map(({ name, shape }) => [name, { shape: ['batch', ...shape] }]));
const square = { layout: 'NCHW', shape: ['batch', 3, SIDE, SIDE], colour: 'rgb' };

/** What a model of each job gives for one picture, and nothing else that is needed of it. */
const OUTPUTS: Record<Job, MadeOutput[]> = {
  faces: [sized('scores', [1, 2], 0.9), { name: 'boxes', shape: [1, 4], values: [0.25, 0.2, 0.5, 0.6] }],
  expression: [{ name: 'probs', shape: [7], values: [0, 0, 0, 1, 0, 0, 0] }],
  landmarks: [sized('points', [136], 0.5)],
  age_gender: [sized('age', [1], 33), { name: 'gender', shape: [2], values: [0.2, 0.8] }],
  people: [{ name: 'person', shape: [2, 2, 1], values: [0, 0, 0, 0.9] }, sized('wh', [2, 2, 4], 20)],
};
const classes = [...EMOTIONS];
const own = (job: Job, outputs = OUTPUTS[job], gain = 0): string => write(job, madeModel([3, SIDE, SIDE], outputs, { gain }), { input: square, outputs: described(outputs), ...(job === 'expression' ? { classes } : {}) });
const truncated = (job: Job): string => {
  const bytes = madeModel([3, SIDE, SIDE], OUTPUTS[job]);
  return write(job, bytes.subarray(0, bytes.length >> 1), { input: square, outputs: described(OUTPUTS[job]), ...(job === 'expression' ? { classes } : {}) });
};
/** The file takes pictures of another size than its manifest says. */
const misshapen = (job: Job): string => write(job, madeModel([3, 32, 32], OUTPUTS[job]), { input: square, outputs: described(OUTPUTS[job]), ...(job === 'expression' ? { classes } : {}) });

const PARTS: Record<Job, Part> = { faces: 'faces', expression: 'faces', landmarks: 'pose', age_gender: 'person', people: 'people' };
const JOBS = Object.keys(PARTS) as Job[];

describe('models of one\'s own', () => {
  let bytes: Uint8Array;
  const measure = async (chosen: OwnModels): Promise<{ opened: Measurer; reading: Measurement }> => {
    const opened = await Measurer.open(chooseModels(models.dir, chosen));
    return { opened, reading: await opened.measure(pictureOf(bytes.slice(), 640, 480), planOf(testSetup('cam', { demographics: true }), 1, null), ALL) };
  };
  beforeAll(async () => { bytes = toI420(await samplePicture('sample1.jpg', { width: 640, height: 480 })); });

  it('are used in place of those that come with the program, each for its own work', async () => {
    const { reading: faces } = await measure({ faces: own('faces') });
    // Where the made-up detector says, and nowhere else.
    expect(faces.faces.map(({ box }) => Object.values(box).map(Math.round))).toEqual([[160, 96, 160, 192]]);
    const { opened, reading } = await measure({ expression: own('expression'), age_gender: own('age_gender'), people: own('people') });
    expect(opened.failures).toEqual([]);
    const read = reading.faces.filter(({ left }) => left === null);
    expect(read.length).toBeGreaterThan(0);
    for (const { shares, person } of read) {
      expect(shares!.happy).toBeCloseTo(1, 6);
      expect([person!.age, person!.male]).toEqual([33, expect.closeTo(0.2, 6)]);
    }
    expect(reading.people).toHaveLength(1);
    const { reading: posed } = await measure({ landmarks: own('landmarks') });
    // Points that lie all in one place are no face.
    expect(posed.faces.every(({ yaw, left }) => yaw === null && left !== 'turned')).toBe(true);
  });

  it('may have another name than their manifest, wherever both lie', async () => {
    const source = modelPath(models.dir, 'people');
    const manifest = JSON.parse(readFileSync(source.replace('.onnx', '.json'), 'utf8')) as object;
    copyFileSync(source, join(folder, 'weights.onnx'));
    writeFileSync(join(folder, 'mine.json'), JSON.stringify({ ...manifest, file: 'weights.onnx' }));
    const [{ reading }, { reading: usual }] = [await measure({ people: join(folder, 'mine.json') }), await measure({})];
    expect(usual.people!.length).toBeGreaterThan(0);
    expect(reading.people).toEqual(usual.people);
  });

  const broken: [string, (job: Job) => string, RegExp][] = [
    ['is cut off', truncated, /this is no ONNX model that can be run, or it is cut off/],
    ['is of another shape', misshapen, /takes pictures of \[N, 3, 32, 32\], its manifest says \[batch, 3, 64, 64\]/],
    ['gives NaN', (job) => own(job, OUTPUTS[job].map((output) => ({ ...output, values: output.values.map(() => Number.NaN) }))), /has values that are no numbers/],
    ['is missing', (job) => join(folder, `no-${job}.json`), /is missing: a model needs a manifest beside it/],
    ['is for other work', (job) => own(job === 'people' ? 'faces' : 'people'), /this model's job is "\w+", one for "\w+" is needed/],
    ['has a manifest that is none', (job) => { const path = join(folder, `rubbish-${job}.json`); writeFileSync(path, '{"name":'); return path; }, /is not JSON/],
  ];
  it.each(JOBS.flatMap((job) => broken.map(([how, make, message]) => [job, how, make, message] as const)))('for %s that %s: only that work is left out, and it is said why', async (job, _, make, message) => {
    const path = make(job);
    const { opened, reading } = await measure({ [job]: path });
    const part = PARTS[job];
    const said = { part, message: expect.stringMatching(message) as string };
    expect(opened.failures).toEqual([said]);
    expect(opened.failures[0]!.message).toContain(path.replace(/\.json$/, ''));
    expect(reading.failures).toEqual([said]);
    // Everything else is done as always.
    expect(reading.people === null).toBe(part === 'people');
    expect(reading.faces.length > 0).toBe(part !== 'faces');
    if (part !== 'faces') {
      const read = reading.faces.filter(({ left }) => left === null);
      expect(read.every(({ shares }) => shares !== null)).toBe(true);
      expect(read.every(({ person }) => (person === null) === (part === 'person'))).toBe(true);
      expect(read.every(({ yaw }) => (yaw === null) === (part === 'pose'))).toBe(true);
    }
  });

  it('and ones that were not fetched are told alike', async () => {
    const opened = await Measurer.open(chooseModels(folder, {}));
    expect(opened.failures.map(({ part }) => part).sort()).toEqual(['faces', 'people', 'person', 'pose']);
    for (const { message } of opened.failures) expect(message).toMatch(/is missing: run "npm run setup", or set OTKLIK_MODELS_DIR/);
  });
});
