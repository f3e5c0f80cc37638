import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestCamera } from '../../vision/testing/camera.ts';
import { FakeHub, until } from '../../vision/testing/hub.ts';
import { testEnvironment } from '../../vision/testing/node.ts';
import { stillScene } from '../../vision/testing/still.ts';
import { encodeVp8 } from '../../vision/testing/encode.ts';

const MAIN = fileURLToPath(new URL('../../vision/main.ts', import.meta.url));
const START_MS = 60_000;
/** The people in the picture sway once in a loop, so that it has no jump. */
const LOOP_FRAMES = 24;

/** All in ms; `fps` measured frames a second of each camera, `dropped` frames that were due and had no time; `otherwiseLost` anything else that went missing. */
export interface Lag { p50: number; p95: number; nodeP95: number; fps: number; dropped: number; faces: number; otherwiseLost: number }

/**
 * From the moment a camera sends a frame to its sample at the hub, through WebRTC, decoder, models and socket: the node in a process of its own, cameras and hub in this one, all with one clock.
 */
export async function measureLag(cameras: number, fps: number, seconds: number): Promise<Lag> {
  const folder = mkdtempSync(join(tmpdir(), 'otklik-bench-vision-'));
  const hub = new FakeHub();
  await hub.listen();
  const node = fork(MAIN, { env: { ...process.env, ...testEnvironment(hub, folder), OTKLIK_VISION_CAPACITY: String(cameras), OTKLIK_VISION_THREADS: '2', OTKLIK_LOG_LEVEL: 'warn' }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const running = new Map<string, TestCamera>();
  try {
    await until(() => hub.registrations.length > 0, 'the node', START_MS);
    const loop = await encodedLoop();
    for (let i = 0; i < cameras; i++) running.set(`cam-${i}`, await TestCamera.start({ whip: (sdp) => hub.whip(`cam-${i}`, sdp), loop, fps }));
    await until(() => [...running.keys()].every((name) => hub.samples.filter(({ camera }) => camera === name).length > 10), 'first samples', START_MS);
    return await collect(hub, running, seconds);
  } finally {
    await Promise.all([...running.values()].map((camera) => camera.stop()));
    node.disconnect();
    await new Promise((done) => node.once('exit', done));
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Encoded beforehand: real cameras encode on processors of their own, and here it would take half of the machine. */
async function encodedLoop(): Promise<Uint8Array[]> {
  const scene = await stillScene('sample1.jpg', 640, 480, LOOP_FRAMES);
  const pictures = Array.from({ length: LOOP_FRAMES }, () => scene.next().data);
  return (await encodeVp8(pictures, 640, 480, LOOP_FRAMES)).map(({ data }) => data);
}

async function collect(hub: FakeHub, cameras: ReadonlyMap<string, TestCamera>, seconds: number): Promise<Lag> {
  const lags: number[] = [];
  const own: number[] = [];
  let faces = 0;
  hub.onSample = (sample) => {
    // The node's capture time is at most some ms behind the true one; the frame meant is the latest before it.
    const captured = cameras.get(sample.camera)?.capturedAt.findLast((at) => at <= sample.at + 1);
    if (captured === undefined) return;
    lags.push(Date.now() - captured);
    own.push(sample.lagMs);
    faces += sample.faces;
  };
  const droppedBefore = hub.statuses.at(-1)?.dropped ?? 0;
  await new Promise((done) => setTimeout(done, seconds * 1000));
  hub.onSample = () => undefined;
  return {
    p50: percentile(lags, 0.5), p95: percentile(lags, 0.95), nodeP95: percentile(own, 0.95), fps: lags.length / seconds / cameras.size,
    dropped: (hub.statuses.at(-1)?.dropped ?? 0) - droppedBefore, faces: faces / Math.max(1, lags.length), otherwiseLost: hub.violations.length + hub.cameras.filter(({ state }) => state !== 'connected').length,
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
