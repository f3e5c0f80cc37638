import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CameraLine } from '../contract/index.ts';
import { until, type FakeHub } from './testing/hub.ts';
import { startTestNode, type TestNode } from './testing/node.ts';

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
