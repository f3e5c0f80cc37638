import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisStop, CameraAnalysis, CameraSetup } from '../contract/index.ts';
import { TestCamera, type TestCameraOptions } from './testing/camera.ts';
import { encodeVp8 } from './testing/encode.ts';
import { until, type FakeHub } from './testing/hub.ts';
import { startTestNode, type TestNode } from './testing/node.ts';
import type { Scene } from './testing/pan.ts';
import { stillScene } from './testing/still.ts';
import { endCameras, toldTo } from './testing/told.ts';

const LONG = 300_000;
const WAIT = 100_000;
type Picture = ReturnType<Scene['next']>;

let running: TestNode;
let hub: FakeHub;
let faces: Scene;
const cameras: TestCamera[] = [];

const send = async (camera: string, picture: () => Picture, options: Partial<TestCameraOptions> = {}): Promise<void> => {
  cameras.push(await TestCamera.start({ whip: (sdp) => hub.whip(camera, sdp), picture, ...options }));
};
const { standingsOf, standingOf, samplesOf, windowsOf, newSamples } = toldTo(() => hub, WAIT);
const analysed = (camera: string) => until(() => standingOf(camera)?.running === true && samplesOf(camera).some(({ at, faces: count }) => count > 0 && at >= standingOf(camera)!.since), `${camera} to be analysed`, WAIT);
const stopped = (camera: string, reason: CameraAnalysis['reason']) => until(() => standingOf(camera)?.reason === reason && standingOf(camera)?.running === false, `${camera}: ${reason}`, WAIT);

beforeAll(async () => {
  running = await startTestNode();
  hub = running.hub;
  faces = await stillScene('sample1.jpg', 640, 480);
}, LONG);
afterEach(async () => {
  await endCameras(hub, cameras);
  expect(hub.violations).toEqual([]);
});
afterAll(() => running.close(), LONG);

describe('a picture in which nothing can be told', () => {
  it('that is black is said to be too dark, nothing is measured of it, and the other camera goes on', async () => {
    let dark = false;
    const black = flat(640, 480, 16);
    await Promise.all([send('cam-black', () => (dark ? black : faces.next())), send('cam-beside', () => faces.next())]);
    await Promise.all([analysed('cam-black'), analysed('cam-beside')]);
    dark = true;
    await stopped('cam-black', 'too_dark');
    const { since } = standingOf('cam-black')!;
    const [nothing, something] = await Promise.all([newSamples('cam-black', 3), newSamples('cam-beside', 5)]);
    expect(nothing.every(({ faces: count, shares }) => count === 0 && shares === null)).toBe(true);
    expect(something.filter(({ faces: count }) => count > 0).length).toBeGreaterThan(3);
    expect(samplesOf('cam-black').filter(({ at, faces: count }) => at >= since && count > 0)).toEqual([]);
    dark = false;
    await analysed('cam-black');
    expect(standingsOf('cam-beside').every(({ reason }) => reason === null || reason === 'learning')).toBe(true);
  }, LONG);

  it('that was dark from the beginning is told so too', async () => {
    const black = flat(320, 240, 16);
    await send('cam-night', () => black, { fps: 8 });
    await stopped('cam-night', 'too_dark');
    expect(samplesOf('cam-night').every(({ faces: count }) => count === 0)).toBe(true);
  }, LONG);
});

describe('a picture that lies wrong', () => {
  it.each([['upside down', 180], ['on its side', 90]] as const)('%s crashes nothing and is not full of faces', async (words, degrees) => {
    const camera = `cam-${degrees}`;
    const pictures = turned(degrees);
    let turn = 0;
    await send(camera, () => pictures[turn++ % pictures.length]!);
    await until(() => standingOf(camera)?.running === true, `${words}: analysis`, WAIT);
    const samples = await newSamples(camera, 10);
    // Three people are in it: as many may be found, or fewer, and none where nobody is.
    expect(Math.max(...samples.map(({ faces: count }) => count))).toBeLessThanOrEqual(3);
    expect(samples.at(-1)).toMatchObject({ width: pictures[0]!.width, height: pictures[0]!.height });
  }, LONG);

  it('that changes its size in mid-stream goes on being measured, upright again too', async () => {
    const sizes = [[640, 480], [480, 640], [320, 240], [640, 480]] as const;
    const scenes = await Promise.all(sizes.map(([width, height]) => stillScene('sample1.jpg', width, height, 6)));
    let scene = scenes[0]!;
    await send('cam-sizes', () => scene.next());
    await analysed('cam-sizes');
    for (const [i, [width, height]] of sizes.entries()) {
      scene = scenes[i]!;
      await until(() => samplesOf('cam-sizes').at(-1)?.width === width && samplesOf('cam-sizes').at(-1)?.height === height, `pictures of ${width}×${height}`, WAIT);
      const samples = await newSamples('cam-sizes', 6);
      expect(samples.at(-1)).toMatchObject({ width, height });
      expect(samples.filter(({ faces: count }) => count > 0).length).toBeGreaterThan(2);
    }
    expect(standingOf('cam-sizes')).toMatchObject({ running: true });
  }, LONG);
});

describe('a picture of an uncommon size or pace', () => {
  it('of 4K is measured; a larger one is said to be too large, and slows nobody', async () => {
    const scene = await stillScene('sample1.jpg', 3840, 2160, 2);
    // Encoded beforehand, each by itself: that many pixels in time is more than a test should ask of a machine.
    const wide = [await keyframe(scene.next()), await keyframe(scene.next())];
    const wider = [await keyframe(flat(4096, 2304, 128))];
    const loop = [...wide];
    await send('cam-beside-4k', () => faces.next(), { fps: 8 });
    cameras.push(await TestCamera.start({ whip: (sdp) => hub.whip('cam-4k', sdp), loop, fps: 2 }));
    await analysed('cam-4k');
    expect(samplesOf('cam-4k').at(-1)).toMatchObject({ width: 3840, height: 2160 });
    loop.splice(0, loop.length, ...wider);
    await stopped('cam-4k', 'too_large');
    const { since } = standingOf('cam-4k')!;
    await newSamples('cam-beside-4k', 10);
    expect(samplesOf('cam-4k').filter(({ at, width }) => at > since || width > 3840)).toEqual([]);
    expect(standingOf('cam-beside-4k')).toMatchObject({ running: true, reason: null });
    loop.splice(0, loop.length, ...wide);
    await analysed('cam-4k');
  }, LONG);

  it('of five frames a second is analysed', async () => {
    await send('cam-5fps', () => faces.next(), { fps: 5 });
    await analysed('cam-5fps');
    const samples = await newSamples('cam-5fps', 10);
    expect(samples.filter(({ faces: count }) => count > 0).length).toBeGreaterThan(7);
    await until(() => windowsOf('cam-5fps').some(({ faces: count }) => count > 0), 'a window', WAIT);
  }, LONG);
});

describe('analysis ends', () => {
  it('within a second of capture time when the camera is turned, and goes on when it is turned back', async () => {
    const fps = 15;
    const away = shifted(0.15);
    let shift = false;
    let turnedAt = 0;
    let turn = 0;
    await send('cam-turned', () => {
      if (!shift) return faces.next();
      turnedAt ||= Date.now();
      return away[turn++ % away.length]!;
    }, { fps });
    await analysed('cam-turned');
    shift = true;
    await stopped('cam-turned', 'moved');
    expect(standingOf('cam-turned')!.since - turnedAt).toBeLessThanOrEqual(1_000 + 1_000 / fps);
    expect(samplesOf('cam-turned').filter(({ at, faces: count }) => at > standingOf('cam-turned')!.since && count > 0)).toEqual([]);
    shift = false;
    await analysed('cam-turned');
    expect(standingsOf('cam-turned').map(({ running: on, reason }) => (on ? 'on' : reason))).toEqual(['learning', 'on', 'moved', 'on']);
  }, LONG);

  it.each<[AnalysisStop, Partial<CameraSetup>]>([['mask_missing', { staff: 'masked', masks: [] }], ['staff_unknown', { staff: null }], ['off', { emotions: false }]])('while it sends: %s', async (reason, changes) => {
    const camera = `cam-${reason.replace('_', '-')}`;
    await send(camera, () => faces.next());
    await analysed(camera);
    hub.configure(camera, changes);
    await ends(camera, reason);
  }, LONG);

  it('while it sends: its set-up is taken away', async () => {
    await send('cam-revoked', () => faces.next());
    await analysed('cam-revoked');
    hub.removeSetup('cam-revoked');
    await ends('cam-revoked', 'not_set_up');
  }, LONG);
});

/** No face is counted after the event, neither at once nor in windows. */
async function ends(camera: string, reason: CameraAnalysis['reason']): Promise<void> {
  await stopped(camera, reason);
  const { since } = standingOf(camera)!;
  const samples = await newSamples(camera, 3);
  expect(samples.filter(({ at, faces: count }) => at > since && count > 0)).toEqual([]);
  // The window of the last frame that was read; one that begins with the stop has no frame and is never sent.
  await until(() => windowsOf(camera).some(({ to }) => to > since - 10_000), 'the last window', WAIT);
  expect(windowsOf(camera).filter(({ from, faces: count }) => from > since && count > 0)).toEqual([]);
  expect(standingOf(camera)).toMatchObject({ running: false, reason });
}

/** VP8 that needs nothing before it. */
async function keyframe({ data, width, height }: Picture): Promise<Uint8Array> {
  return (await encodeVp8([data], width, height, 1))[0]!.data;
}

/** One grey. */
function flat(width: number, height: number, luma: number): Picture {
  const data = new Uint8Array(width * height * 3 / 2).fill(128);
  data.fill(luma, 0, width * height);
  return { data, width, height };
}

/** The scene turned clockwise by a right angle or two. */
const turned = (degrees: 90 | 180): Picture[] => Array.from({ length: 6 }, () => {
  const { data, width, height } = faces.next();
  const moved = movedPixels({ data, width, height }, (x, y, w, h) => (degrees === 180 ? (h - 1 - y) * w + (w - 1 - x) : x * h + (h - 1 - y)));
  return degrees === 180 ? { data: moved, width, height } : { data: moved, width: height, height: width };
});

/** The scene as a camera sees it that was turned by a share of the picture's width: what leaves on one side comes in on the other. */
const shifted = (share: number): Picture[] => Array.from({ length: 6 }, () => {
  const picture = faces.next();
  return { ...picture, data: movedPixels(picture, (x, y, w) => y * w + (x + Math.round(share * w)) % w) };
});

/** Every plane of an I420 picture with its pixels put elsewhere. */
function movedPixels({ data, width, height }: Picture, to: (x: number, y: number, w: number, h: number) => number): Uint8Array {
  const out = new Uint8Array(data.length);
  const planes = [[0, width, height], [width * height, width / 2, height / 2], [width * height * 5 / 4, width / 2, height / 2]] as const;
  for (const [offset, w, h] of planes) {
    for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) out[offset + to(x, y, w, h)] = data[offset + y * w + x]!;
  }
  return out;
}
