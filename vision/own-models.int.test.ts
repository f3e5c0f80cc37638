import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import type { CameraAnalysis, CameraLine } from '../contract/index.ts';
import { modelPath } from './measure/builtin.ts';
import { TestCamera } from './testing/camera.ts';
import { until } from './testing/hub.ts';
import { startTestNode } from './testing/node.ts';
import { writeModel } from './testing/onnx.ts';
import { setupResult } from './testing/pictures.ts';
import { testSetup } from './testing/setup.ts';
import { stillScene } from './testing/still.ts';

const LONG = 180_000;
const WAIT = 60_000;
const line: CameraLine = { from: [0, 0.5], to: [1, 0.5], inward: 'left', reentryS: 0, groupS: 0 };
const folder = mkdtempSync(join(tmpdir(), 'otklik-own-node-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The fetched model of people, cut off in the middle as a download that broke is. */
function cutOff(): string {
  const path = modelPath(setupResult().models.dir, 'people');
  const { sha256: _, ...manifest } = JSON.parse(readFileSync(path.replace('.onnx', '.json'), 'utf8')) as { name: string; sha256: string };
  const bytes = readFileSync(path);
  return writeModel(folder, bytes.subarray(0, bytes.length >> 1), { ...manifest, file: 'people.onnx' });
}

describe('a node with a model of one\'s own that cannot be used', () => {
  it('says which and what to do, leaves out what it does, and goes on with the rest', async () => {
    const lines: { level: number; part?: string; message?: string; msg: string }[] = [];
    const log = pino({ level: 'info' }, { write: (text: string) => { lines.push(JSON.parse(text) as typeof lines[number]); } });
    const { hub, close } = await startTestNode({ OTKLIK_PEOPLE_MODEL: cutOff() }, log);
    const scene = await stillScene('sample1.jpg', 640, 480);
    hub.defaultSetup = (camera) => testSetup(camera, { counting: true, line });
    const camera = await TestCamera.start({ whip: (sdp) => hub.whip('cam', sdp), picture: () => scene.next() });
    const told = () => [...hub.events.values()].filter(({ type }) => type === 'camera.analysis').map(({ body }) => body as CameraAnalysis).at(-1);
    await until(() => told()?.reason === 'model_failed', 'the failure to be told', WAIT);
    expect(told()).toMatchObject({ running: true });
    const { length } = hub.samples;
    await until(() => hub.samples.slice(length).filter(({ faces }) => faces > 0).length > 5, 'faces to be read all the same', WAIT);
    const problems = lines.filter(({ level, part }) => level >= 50 && part === 'people');
    expect(problems[0]).toMatchObject({ message: expect.stringMatching(/people\.onnx: this is no ONNX model that can be run, or it is cut off/) as string, msg: expect.stringContaining('OTKLIK_PEOPLE_MODEL') as string });
    await camera.stop();
    await close();
  }, LONG);
});
