import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { EMOTIONS, type Emotion } from '../../contract/index.ts';
import { madeModel, writeModel } from '../testing/onnx.ts';
import { setupResult } from '../testing/pictures.ts';
import { episodeTable } from './episodes.ts';
import type { Read } from './evaluate.ts';
import { EvalError, readLabels } from './labels.ts';
import { run } from './main.ts';
import type { EpisodeRow } from './episodes.ts';
import { report, type Report } from './report.ts';

const folder = mkdtempSync(join(tmpdir(), 'otklik-eval-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Cut-outs that show nothing but a brightness, which a made-up model takes for happiness. */
async function gradedPictures(name: string, brightness: Partial<Record<Emotion, readonly number[]>>): Promise<string> {
  for (const [emotion, values] of Object.entries(brightness)) {
    mkdirSync(join(folder, name, emotion), { recursive: true });
    for (const [i, value] of values.entries()) await sharp({ create: { width: 48, height: 48, channels: 3, background: { r: value, g: value, b: value } } }).png().toFile(join(folder, name, emotion, `${i}.png`));
  }
  return join(folder, name);
}

/** Sad, but the more alike to every class the brighter the picture: p(happy) = b / (1 + 7b) with b a hundredth of the brightness. */
function brightnessModel(): string {
  const bytes = madeModel([1, 8, 8], [{ name: 'probs', shape: [7], values: EMOTIONS.map((emotion) => (emotion === 'sad' ? 1 : 0)) }], { gain: 0.01 });
  return writeModel(folder, bytes, { name: 'bright', job: 'expression', input: { layout: 'NCHW', shape: ['batch', 1, 8, 8] }, classes: [...EMOTIONS] });
}

const json = async (...args: string[]): Promise<Report & { episodes?: EpisodeRow[] }> => JSON.parse(await run([...args, '--json'])) as Report & { episodes?: EpisodeRow[] };

describe('the report', () => {
  const read = (label: Emotion, shares: Partial<Record<Emotion, number>>, group: string | null = null): Read => ({
    file: '', label, group, searched: false, detectMs: null, readMs: 1,
    shares: { angry: 0, disgust: 0, fear: 0, happy: 0, sad: 0, surprise: 0, neutral: 0, ...shares },
  });

  it('counts classes, coarse classes, groups and orders moods', () => {
    const figures = report([
      read('happy', { happy: 0.9, neutral: 0.1 }, 'a'), read('happy', { happy: 0.2, sad: 0.8 }, 'b'),
      read('sad', { angry: 0.6, sad: 0.4 }, 'a'), read('fear', { sad: 0.5, happy: 0.5 }, 'b'), read('neutral', { neutral: 1 }, 'a'),
    ]);
    expect(figures.accuracy).toMatchObject({ value: 0.4, n: 5 });
    expect(figures.coarse).toMatchObject({ value: 0.6, n: 5 });
    expect(figures.classes.map(({ label, recall }) => [label, recall!.value])).toEqual([['fear', 0], ['happy', 0.5], ['sad', 0], ['neutral', 1]]);
    expect(figures.coarseClasses.find(({ label }) => label === 'negative')!.recall).toMatchObject({ n: 2 });
    // Moods: happy .9 and −.6; negative −1 and 0.
    expect(figures.negativeHappy!.value).toBe(0.75);
    expect(figures.groups.map(({ group, pictures }) => [group, pictures])).toEqual([['a', 3], ['b', 2]]);
    expect(figures.recall).toBeNull();
  });

  it('counts a photograph without a face for the recall alone', () => {
    const figures = report([{ ...read('happy', { happy: 1 }), searched: true }, { ...read('happy', {}), searched: true, shares: null }]);
    expect(figures.recall).toMatchObject({ value: 0.5, n: 2 });
    expect(figures.accuracy).toMatchObject({ value: 1, n: 1 });
    expect(figures.happy).toBeNull();
  });

  it('says at each threshold how many would be called for, and the same every time', () => {
    const reads = [read('happy', { happy: 1 }), read('neutral', { neutral: 0.7, sad: 0.3 }), read('sad', { sad: 0.9, neutral: 0.1 }), read('angry', { angry: 0.5, happy: 0.5 })];
    const rows = episodeTable(reads);
    expect(rows.map(({ threshold }) => threshold)).toEqual([-0.2, -0.25, -0.3, -0.35, -0.4, -0.45, -0.5, -0.55, -0.6, -0.65, -0.7, -0.75, -0.8, -0.85, -0.9, -0.95]);
    const at = (threshold: number) => rows.find((row) => row.threshold === threshold)!;
    expect([at(-0.3).others!.value, at(-0.35).others!.value]).toEqual([0.5, 0]);
    expect([at(-0.9).negative!.value, at(-0.95).negative!.value]).toEqual([0.5, 0]);
    expect(at(-0.3).changingNegative!.n).toBe(2000);
    expect(episodeTable(reads)).toEqual(rows);
  });
});

describe('measuring a folder', () => {
  it('reads cut-outs through each video as through none: a model of brightness tells bright from dark', async () => {
    const pictures = await gradedPictures('bright-set', { happy: [200, 210], sad: [40, 50, 60] });
    const model = brightnessModel();
    for (const video of [[], ['--through-video', 'vp8'], ['--through-video', 'h264']]) {
      const figures = await json(pictures, '--model', model, '--episodes', ...video);
      expect(figures.pictures).toBe(5);
      expect(figures.happy!.value).toBe(1);
      expect(figures.negativeHappy!.value).toBe(1);
      expect(figures.classes.map(({ label, recall }) => [label, recall!.value])).toEqual([['happy', 0], ['sad', 1]]);
      expect(figures.recall).toBeNull();
      expect(figures.latency.read.p50).toBeGreaterThan(0);
      expect(figures.episodes).toHaveLength(16);
    }
  });

  it('finds the face in photographs, those of a CSV with groups too, through video', async () => {
    const { samples } = setupResult();
    const csv = join(folder, 'photos.csv');
    writeFileSync(csv, ['file,label,group', ...[1, 2, 3, 4].map((i) => `"${join(samples.dir, `sample${i}.jpg`)}",happiness,${i % 2 === 0 ? 'even' : 'odd'}`), ''].join('\r\n'));
    const figures = await json(csv, '--through-video', 'h264');
    expect(figures.recall).toMatchObject({ value: 1, n: 4 });
    expect(figures.groups.map(({ group }) => group)).toEqual(['even', 'odd']);
    writeFileSync(csv, `file,label\n${join(samples.dir, 'sample1.jpg')},happy\n`);
    const { recall } = JSON.parse(await run([csv, '--recall', '--json'])) as { recall: { name: string; found: { value: number }; whole: { value: number }; frames: number }[] };
    expect(recall.map(({ name }) => name)).toEqual(['10 % and more', '6 to 10 %', 'below 6 %']);
    expect(recall[0]!.found.value).toBeGreaterThan(0.9);
    expect(recall[0]!.whole.value).toBeGreaterThan(recall[2]!.whole.value);
    expect(recall[2]!.found.value).toBeGreaterThan(recall[2]!.whole.value);
    // A face that only closer looks find is missed until its part's turn comes.
    expect(recall[2]!.frames).toBeGreaterThan(recall[2]!.whole.value);
    expect(recall[2]!.frames).toBeLessThanOrEqual(recall[2]!.found.value);
    const large = JSON.parse(await run([csv, '--recall', '--json', '--frame', '1280x720'])) as { recall: { found: { value: number }; whole: { value: number } }[] };
    expect(large.recall[2]!.found.value).toBeGreaterThan(0.9);
    expect(large.recall[2]!.found.value).toBeGreaterThan(large.recall[2]!.whole.value);
  }, 240_000);
});

describe('what cannot be measured is said in words', () => {
  const empty = (name: string): string => { mkdirSync(join(folder, name), { recursive: true }); return join(folder, name); };

  it.each<[string, () => string, RegExp]>([
    ['a folder that is not there', () => join(folder, 'nothing'), /nothing does not exist/],
    ['a folder without classes', () => empty('bare'), /must have one folder for each class: angry/],
    ['a class without pictures', () => { empty('some/happy'); return join(folder, 'some'); }, /happy has no pictures/],
    ['a class that nobody knows', () => { empty('odd/bored'); return join(folder, 'odd'); }, /"bored" is no class that is known/],
    ['a file that is no list', () => { writeFileSync(join(folder, 'x.txt'), ''); return join(folder, 'x.txt'); }, /neither a folder nor a \.csv/],
    ['a list without columns', () => { writeFileSync(join(folder, 'a.csv'), 'a,b\n1,2\n'); return join(folder, 'a.csv'); }, /file,label,group/],
    ['a list with an unknown class', () => { writeFileSync(join(folder, 'b.csv'), 'file,label\nx.png,happy\ny.png,bored\n'); return join(folder, 'b.csv'); }, /b\.csv, line 3: "bored"/],
    ['a list that names nothing', () => { writeFileSync(join(folder, 'c.csv'), 'file,label\n\n'); return join(folder, 'c.csv'); }, /names no pictures/],
  ])('%s', (_, path, message) => {
    const place = path();
    expect(() => readLabels(place)).toThrow(message);
    expect(() => readLabels(place)).toThrow(EvalError);
  });

  it('pictures that cannot be read, all of them by name', async () => {
    const path = await gradedPictures('broken', { happy: [100], sad: [10] });
    writeFileSync(join(path, 'happy', 'text.jpg'), 'this is no picture');
    writeFileSync(join(path, 'sad', 'empty.png'), '');
    await expect(run([path, '--model', brightnessModel()])).rejects.toThrow(/text\.jpg cannot be read as a picture[^]*empty\.png cannot be read/);
  });

  it('wrong options', async () => {
    await expect(run([folder, '--through-video', 'mpeg2'])).rejects.toThrow(/--through-video must be vp8 or h264, not "mpeg2"/);
    for (const frame of ['1281x720', '640', '99999x2']) await expect(run([folder, '--recall', '--frame', frame])).rejects.toThrow(/--frame must be two even numbers/);
    await expect(run(['--nonsense'])).rejects.toThrow(/nonsense/);
    await expect(run([])).rejects.toThrow(/name one folder or CSV/);
    expect(await run(['--help'])).toMatch(/npm run vision:eval/);
  });

  it('with exit code 2 and without a stack', () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), join(folder, 'nothing')], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trim()).toBe(`${join(folder, 'nothing')} does not exist`);
  });
});
