import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CameraLine } from '../contract/index.ts';
import { TestCamera } from './testing/camera.ts';
import { until, type FakeHub } from './testing/hub.ts';
import { startTestNode, type TestNode } from './testing/node.ts';
import type { Scene } from './testing/pan.ts';
import { emptyScene, stillScene } from './testing/still.ts';
import { endCameras } from './testing/told.ts';

const LONG = 90_000;
const line: CameraLine = { from: [0, 0.5], to: [1, 0.5], inward: 'left', reentryS: 0, groupS: 0 };

/**
 * Where cameras are read once in ten seconds and people looked for five times a second, one that counts needs what
 * hundreds of others need, on any machine: what is told must follow from that, not from how fast this one is.
 */
describe('a node that measures what it can do', () => {
  let running: TestNode;
  let hub: FakeHub;
  const lines: string[] = [];
  beforeAll(async () => {
    const log = pino({ level: 'info' }, { write: (text: string) => { lines.push(text); } });
    running = await startTestNode({ OTKLIK_VISION_CAPACITY: 'auto', OTKLIK_VISION_FPS: '0.1', OTKLIK_VISION_PEOPLE_FPS: '5' }, log);
    hub = running.hub;
  }, LONG);
  afterAll(() => running.close(), LONG);
  const said = (text: string): number => lines.filter((entry) => entry.includes(text)).length;

  it('tells the hub its speed with faces and with people', () => {
    const [registration] = hub.registrations;
    expect(registration!.framesPerSecond).toBeGreaterThan(0);
    expect(registration!.peoplePerSecond).toBeGreaterThan(0);
    expect(registration!.peoplePerSecond).toBeLessThan(registration!.framesPerSecond!);
    expect(registration!.capacity).toBeGreaterThanOrEqual(4);
  });

  it('has less room as soon as a camera is set up to count, and says when its cameras need too much', async () => {
    const whole = hub.registrations[0]!.capacity;
    for (const camera of ['one', 'two', 'three', 'four', 'five']) expect(await hub.ask('camera:transport', camera, {})).toMatchObject({ ok: true });
    hub.configure('one', { counting: true, line });
    await until(() => hub.capacities.some((capacity) => capacity < whole), 'a smaller capacity');
    for (const camera of ['two', 'three', 'four', 'five']) hub.configure(camera, { counting: true, line });
    // Five that count need more than there is: only those that are here stay.
    await until(() => hub.capacities.at(-1) === 5, 'room for no more');
    expect(await hub.ask('camera:transport', 'six', {})).toMatchObject({ ok: false, code: 'unavailable' });
    expect(said('measured less often')).toBe(1);
    await until(() => hub.syncs.at(-1)!.room === 0 && hub.syncs.at(-1)!.load === 1, 'a sync that says so');
    await until(() => (hub.statuses.at(-1)?.load ?? 0) > 1, 'a status that says so');
  }, LONG);

  it('has it all again when they count no more or go', async () => {
    const whole = hub.registrations[0]!.capacity;
    for (const camera of ['one', 'two', 'three', 'four']) await hub.ask('camera:close', camera, {});
    hub.configure('five', { counting: false });
    await until(() => hub.capacities.at(-1) === whole, 'the whole capacity');
    expect(said('no more than this node can')).toBe(1);
    expect(await hub.ask('camera:transport', 'six', {})).toMatchObject({ ok: true });
    expect(hub.violations).toEqual([]);
  }, LONG);
});

describe('a node with a large picture', () => {
  it('reckons with the closer looks that it takes', async () => {
    const running = await startTestNode({ OTKLIK_VISION_CAPACITY: 'auto' });
    const { hub } = running;
    const cameras: TestCamera[] = [];
    const publish = async (camera: string, scene: Scene): Promise<void> => {
      cameras.push(await TestCamera.start({ whip: (sdp) => hub.whip(camera, sdp), picture: () => scene.next(), fps: 5 }));
      await until(() => hub.samples.some((sample) => sample.camera === camera), `samples of ${camera}`, LONG);
    };
    const load = (): number => hub.statuses.at(-1)?.load ?? 0;
    try {
      await publish('small', emptyScene());
      const told = hub.statuses.length;
      await until(() => hub.statuses.length > told + 1, 'the load of one camera');
      const one = load();
      expect(one).toBeGreaterThan(0);
      await publish('large', await stillScene('sample1.jpg', 1280, 720));
      // Two alike need twice as much; a part of the large one is looked at in every frame besides.
      await until(() => load() > 2.1 * one, 'more than twice the load', LONG);
      expect(hub.violations).toEqual([]);
    } finally {
      await endCameras(hub, cameras);
      await running.close();
    }
  }, 3 * LONG);
});
