import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { EncodedVideoChunk, VideoDecoder } from '@napi-rs/webcodecs';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { runCamera } from './camera.ts';
import { startWhipEndpoint, type ReceivedFrame, type WhipEndpoint } from './testing/whip-endpoint.ts';
import { encodeGroups, Reel, type Clip, type EncodedFrame, type Group } from './video/clip.ts';
import { Library } from './video/library.ts';
import { paste, visitorsOf, walkersOf } from './video/people.ts';
import { openStage, type Frames } from './video/stage.ts';

let folder: string;
let picture: string;
/** Left half red, right half blue: enough to know a picture again after encoding. */
const halves = async ({ width, height }: { width: number; height: number }): Promise<Frames> => ({
  draw(_second, pixels) {
    for (let i = 0; i < width * height; i++) pixels.set(i % width < width / 2 ? [200, 20, 20, 255] : [20, 20, 200, 255], i * 4);
  },
});
let endpoint: WhipEndpoint;
let abort: AbortController;
let running: Promise<void> | undefined;
let lines: string[];

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-camera-'));
  picture = path.join(folder, 'red.png');
  await sharp({ create: { width: 800, height: 600, channels: 3, background: { r: 200, g: 20, b: 20 } } }).png().toFile(picture);
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
    hub: endpoint.url, token: 'secret', camera: 'cam-1', view: { name: 'halves', open: halves }, signal: abort.signal, report: (line) => lines.push(line),
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

it('pastes people pixel by pixel where sizes agree, between pixels where not, and only as far as they reach', () => {
  const black = { data: Uint8Array.from([200, 100, 0, 255, 200, 100, 0, 255, 200, 100, 0, 0, 200, 100, 0, 0]), width: 2, height: 2 };
  const frame = new Uint8Array(4 * 4 * 4).fill(255);
  paste(frame, 4, 4, black, 2, 2, 1);
  expect([...frame.subarray((1 * 4 + 1) * 4, (1 * 4 + 1) * 4 + 4)]).toEqual([200, 100, 0, 255]);
  expect([...frame.subarray((2 * 4 + 1) * 4, (2 * 4 + 1) * 4 + 4)]).toEqual([255, 255, 255, 255]);
  expect([...frame.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
  for (const [x, y] of [[-9, 2], [2, -9], [99, 2], [0, 0], [4, 4]] as const) paste(frame, 4, 4, black, x, y, 1.3);
});

it('a place stands still but for those who come and go, and its loop ends as it begins', async () => {
  const pictures = [picture];
  const stage = await openStage('desk', { width: 64, height: 48, seconds: 40, seed: 1, pictures });
  const at = (second: number): Buffer => { const pixels = new Uint8Array(64 * 48 * 4); stage.draw(second, pixels); return Buffer.from(pixels); };
  expect(at(0).equals(at(39.99))).toBe(true);
  const red = (pixels: Buffer): number => { let n = 0; for (let i = 0; i < pixels.length; i += 4) if (pixels[i]! > 180 && pixels[i + 1]! < 60) n++; return n; };
  const seen = Array.from({ length: 40 }, (_, second) => red(at(second)));
  expect(Math.max(...seen)).toBeGreaterThan(200);
  expect(seen.filter((n) => n > 200).length).toBeGreaterThan(10);
  // Nobody covers the corner: there nothing ever moves.
  for (let second = 0; second < 40; second += 0.5) expect(at(second).subarray(0, 40).equals(at(0).subarray(0, 40))).toBe(true);
});

it('photographs in which no face is known are shown as they are; without the one of whole people nobody walks', async () => {
  expect(await visitorsOf([picture])).toEqual([{ smiles: false, cutout: expect.objectContaining({ width: 300, height: 225 }) }]);
  expect(await walkersOf([picture])).toEqual([]);
});

it('encodes one group a second, each with a keyframe at its start and nowhere else', async () => {
  const groups: Group[] = [];
  for await (const group of encodeGroups(await halves({ width: 64, height: 48 }), { width: 64, height: 48, seconds: 2, fps: 5, bitrate: 100_000 })) groups.push(group);
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

it('a photograph that cannot be read is told, and does not stop the others', async () => {
  const rubbish = path.join(folder, 'no-picture.jpg');
  fs.writeFileSync(rubbish, 'no picture');
  const library = new Library(abort.signal, { width: 64, height: 48, fps: 5, seconds: 1, bitrate: 100_000 });
  await expect(library.playable('broken', (options) => openStage('hall', { ...options, seed: 1, pictures: [rubbish] }))).rejects.toThrow(/unsupported image format/);
  await library.playable('halves', halves);
  expect(library.clip('halves', halves).groups).toHaveLength(1);
  await library.settled();
});
