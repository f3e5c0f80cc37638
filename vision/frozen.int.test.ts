import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestCamera } from './testing/camera.ts';
import { until } from './testing/hub.ts';
import { startTestNode, type TestNode } from './testing/node.ts';
import { grayScene, panScene, type Scene } from './testing/pan.ts';

const LONG = 90_000;
/** Shorter than in life, so that the test need not wait for half a minute. */
const FROZEN_S = 3;

let running: TestNode;
beforeAll(async () => { running = await startTestNode({ OTKLIK_FROZEN_AFTER_S: String(FROZEN_S) }); }, LONG);
afterAll(() => running.close(), LONG);

it('tells of a camera that sends the same picture over and over, and of its moving again; a living one is left alone', async () => {
  const { hub } = running;
  const told = (camera: string) => [...hub.events.values()].filter(({ type, body }) => type === 'camera.frozen' && 'camera' in body && body.camera === camera);
  const living = await panScene('sample1.jpg', 320, 240);
  let scene: Scene = grayScene(320, 240);
  const publish = (camera: string, next: () => ReturnType<Scene['next']>) => TestCamera.start({ whip: (sdp) => hub.whip(camera, sdp), picture: next, fps: 8 });
  const cameras = await Promise.all([publish('cam-still', () => scene.next()), publish('cam-living', () => living.next())]);
  try {
    await until(() => told('cam-still').length === 1, 'the camera to be reported', 40_000);
    const [frozen] = told('cam-still');
    const { since } = frozen!.body as { since: number };
    expect(frozen).toMatchObject({ site: 'shop', body: { camera: 'cam-still', frozen: true } });
    expect(frozen!.at - since).toBeGreaterThanOrEqual(1000 * FROZEN_S);
    expect(frozen!.at - since).toBeLessThan(1000 * FROZEN_S + 5_000);
    // The event has the capture time of a frame that was measured.
    await until(() => hub.samples.some(({ camera, at }) => camera === 'cam-still' && at === frozen!.at), 'the sample of the deciding frame, which comes by another way');

    scene = living;
    await until(() => told('cam-still').length === 2, 'the camera to be well again', 40_000);
    expect(told('cam-still')[1]).toMatchObject({ body: { camera: 'cam-still', frozen: false, since } });
    expect(hub.samples.filter(({ camera }) => camera === 'cam-living').length).toBeGreaterThan(5);
    expect(told('cam-living')).toEqual([]);
    expect(hub.violations).toEqual([]);
  } finally {
    await Promise.all(cameras.map((camera) => camera.stop()));
  }
}, LONG);
