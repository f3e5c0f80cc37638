import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { EncodedVideoChunk, VideoDecoder } from '@napi-rs/webcodecs';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { picturesFor, runCamera } from './camera.ts';
import { startWhipEndpoint, type ReceivedFrame, type WhipEndpoint } from './testing/whip-endpoint.ts';
import { encodeGroups, Reel, type Clip, type EncodedFrame, type Group } from './video/clip.ts';
import { Library } from './video/library.ts';
import { drawView, readPicture, viewAt } from './video/picture.ts';

let folder: string;
let picture: string;
let endpoint: WhipEndpoint;
let abort: AbortController;
let running: Promise<void> | undefined;
let lines: string[];

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-camera-'));
  picture = path.join(folder, 'halves.png');
  // Left half red, right half blue: enough to know a picture again after encoding.
  await sharp({ create: { width: 800, height: 600, channels: 3, background: { r: 200, g: 20, b: 20 } } })
    .composite([{ input: { create: { width: 400, height: 600, channels: 3, background: { r: 20, g: 20, b: 200 } } }, left: 400, top: 0 }]).png().toFile(picture);
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  endpoint = await startWhipEndpoint();
  abort = new AbortController();
  lines = [];
});
afterEach(async () => {
  abort.abort();
  await running;
  running = undefined;
  await endpoint.close();
});

const start = (): void => {
  running = runCamera({
    hub: endpoint.url, token: 'secret', camera: 'cam-1', pictures: [picture], signal: abort.signal, report: (line) => lines.push(line),
    library: new Library(abort.signal, { width: 160, height: 120, fps: 12, seconds: 3, bitrate: 200_000 }),
  });
};
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 25 });

/** Mean red minus mean blue of the left and of the right quarter of the last decoded frame. */
async function decodeLast(frames: readonly ReceivedFrame[]): Promise<{ decoded: number; left: number; right: number }> {
  let decoded = 0;
  let failure: unknown;
  const pending: Promise<{ left: number; right: number }>[] = [];
  const decoder = new VideoDecoder({
    output: (frame) => {
      decoded++;
      const { codedWidth: width, codedHeight: height } = frame;
      const pixels = new Uint8Array(width * height * 4);
      pending.push(frame.copyTo(pixels, { format: 'RGBA' }).then(() => {
        frame.close();
        const mean = (from: number, to: number): number => {
          let sum = 0;
          for (let y = 0; y < height; y++) for (let x = from; x < to; x++) sum += pixels[(y * width + x) * 4]! - pixels[(y * width + x) * 4 + 2]!;
          return sum / height / (to - from);
        };
        return { left: mean(0, width >> 2), right: mean(width - (width >> 2), width) };
      }));
    },
    error: (error) => { failure = error; },
  });
  decoder.configure({ codec: 'vp8', optimizeForLatency: true });
  for (const frame of frames) decoder.decode(new EncodedVideoChunk({ type: frame.key ? 'key' : 'delta', timestamp: frame.timestamp, data: frame.data }));
  await decoder.flush();
  decoder.close();
  expect(failure).toBeUndefined();
  return { decoded, ...(await Promise.all(pending)).at(-1)! };
}

it('publishes pictures that a decoder shows again, at the pace of its frames', async () => {
  start();
  await until(() => expect(endpoint.frames.length).toBeGreaterThan(24));
  expect(endpoint.requests[0]).toBe('POST /api/v1/cameras/cam-1/whip Bearer secret');
  const frames = endpoint.frames.slice(endpoint.frames.findIndex(({ key }) => key));
  expect(endpoint.frames[0]!.key).toBe(true);
  const { decoded, left, right } = await decodeLast(frames);
  expect(decoded).toBe(frames.length);
  expect(left).toBeGreaterThan(80);
  expect(right).toBeLessThan(-80);
  for (let i = 1; i < frames.length; i++) expect(frames[i]!.timestamp - frames[i - 1]!.timestamp).toBe(7_500);
});

it('answers a request for a keyframe with the next frame', async () => {
  start();
  await until(() => expect(endpoint.frames.length).toBeGreaterThan(3));
  // Keyframes come by themselves every twelfth frame; asking three frames after one must bring another sooner.
  let gap = Infinity;
  for (let attempt = 0; attempt < 5 && gap > 8; attempt++) {
    const last = endpoint.frames.findLastIndex(({ key }) => key);
    await until(() => expect(endpoint.frames.length).toBeGreaterThan(last + 2));
    endpoint.requestKeyframe();
    await until(() => expect(endpoint.frames.findLastIndex(({ key }) => key)).toBeGreaterThan(last));
    gap = endpoint.frames.findIndex(({ key }, i) => key && i > last) - last;
  }
  expect(gap).toBeLessThanOrEqual(8);
});

it('comes back when the node goes without a word', async () => {
  start();
  await until(() => expect(endpoint.frames.length).toBeGreaterThan(3));
  await endpoint.killMedia();
  await until(() => expect(endpoint.requests.filter((line) => line.startsWith('POST'))).toHaveLength(2));
  const before = endpoint.frames.length;
  await until(() => expect(endpoint.frames.length).toBeGreaterThan(before + 5));
});

it('waits as long as the hub asks, then publishes; leaves politely', async () => {
  endpoint.refuse(503, '1');
  start();
  await until(() => expect(lines.join()).toContain('refused the camera: 503'));
  expect(lines[0]).toMatch(/again in 1\.0 s$/);
  endpoint.refuse(null);
  await until(() => expect(lines).toContain('cam-1: connected'));
  abort.abort();
  await running;
  expect(endpoint.requests.at(-1)).toBe('DELETE /resource/1 Bearer secret');
});

it('an endpoint that answers rubbish is a failure that is tried again', async () => {
  endpoint.refuse(201);
  start();
  await until(() => expect(lines.length).toBeGreaterThan(1));
  expect(lines.every((line) => line.startsWith('cam-1: the hub answered something that is no SDP answer'))).toBe(true);
});

it('a view lies within the picture and has the frame\'s proportions', () => {
  for (const size of [{ width: 1920, height: 1080 }, { width: 640, height: 1280 }, { width: 640, height: 480 }]) {
    for (let phase = 0; phase <= 1; phase += 1 / 64) {
      const view = viewAt(size, { width: 640, height: 480 }, phase, 0.3);
      expect(view.left).toBeGreaterThanOrEqual(-1e-9);
      expect(view.top).toBeGreaterThanOrEqual(-1e-9);
      expect(view.left + view.width).toBeLessThanOrEqual(size.width + 1e-9);
      expect(view.top + view.height).toBeLessThanOrEqual(size.height + 1e-9);
      expect(view.width / view.height).toBeCloseTo(4 / 3);
    }
    expect(viewAt(size, { width: 640, height: 480 }, 1, 0)).toEqual(expect.objectContaining({ width: expect.closeTo(viewAt(size, { width: 640, height: 480 }, 0, 0).width) as number }));
  }
});

it('draws a view pixel by pixel where sizes agree, and the mean between pixels', () => {
  const source = { data: Uint8Array.from([10, 20, 30, 50, 60, 70, 90, 100, 110, 130, 140, 150]), width: 2, height: 2 };
  const frame = new Uint8Array(16);
  drawView(source, { left: 0, top: 0, width: 2, height: 2 }, 2, 2, frame);
  expect([...frame.subarray(0, 4)]).toEqual([10, 20, 30, 255]);
  const one = new Uint8Array(4);
  drawView(source, { left: 0, top: 0, width: 2, height: 2 }, 1, 1, one);
  expect([...one]).toEqual([70, 80, 90, 255]);
});

it('encodes one group a second, each with a keyframe at its start and nowhere else', async () => {
  const groups: Group[] = [];
  for await (const group of encodeGroups(await readPicture(picture), { width: 64, height: 48, seconds: 2, fps: 5, bitrate: 100_000 })) groups.push(group);
  expect(groups.map((group) => group.map(({ key }) => key))).toEqual([[true, false, false, false, false], [true, false, false, false, false]]);
});

it('a reel jumps only to keyframes, goes round through all clips and takes up what is encoded later', () => {
  const frame = (name: number): EncodedFrame => ({ key: name % 10 === 0, data: Uint8Array.of(name) });
  const [one, two]: [Clip, Clip] = [{ groups: [] }, { groups: [] }];
  const reel = new Reel([one, two]);
  const take = (count: number): number[] => Array.from({ length: count }, () => reel.next().data[0]!);
  expect(() => reel.next()).toThrow(RangeError);
  one.groups.push([frame(0), frame(1), frame(2)]);
  expect(take(4)).toEqual([0, 1, 2, 0]);
  one.groups.push([frame(10), frame(11)]);
  two.groups.push([frame(100), frame(101)]);
  expect(take(8)).toEqual([1, 2, 10, 11, 100, 101, 0, 1]);
  reel.wantKey();
  expect(take(3)).toEqual([10, 11, 100]);
  const fresh = new Reel([one]);
  fresh.wantKey();
  expect(fresh.next().data[0]).toBe(0);
});

it('every camera has two photographs, and as many are used as there are cameras', () => {
  const files = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  expect([0, 1, 2].map((index) => picturesFor(files, index, 3))).toEqual([['a', 'c'], ['c', 'e'], ['e', 'a']]);
  expect(picturesFor(files, 0, 1)).toEqual(['a', 'd']);
  expect(picturesFor(['a'], 4, 9)).toEqual(['a']);
});

it('a photograph that cannot be read is told, and does not stop the others', async () => {
  const rubbish = path.join(folder, 'no-picture.jpg');
  fs.writeFileSync(rubbish, 'no picture');
  const library = new Library(abort.signal, { width: 64, height: 48, fps: 5, seconds: 1, bitrate: 100_000 });
  await expect(library.playable(rubbish)).rejects.toThrow(/unsupported image format/);
  await library.playable(picture);
  expect(library.clip(picture).groups).toHaveLength(1);
  await library.settled();
});

it('a file that is no picture is an error that names the cause', async () => {
  const rubbish = path.join(folder, 'rubbish.jpg');
  fs.writeFileSync(rubbish, 'no picture');
  await expect(readPicture(rubbish)).rejects.toThrow(/unsupported image format/);
});
