import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EmotionSample } from '../../../contract/index.ts';
import { ON_POSTGRES, sharedSpace, type SharedSpace } from '../../testing/servers/index.ts';
import { LogEvent } from '../log/event.ts';
import { createLocalBus, type Bus, type Notice } from './bus.ts';
import { createRedisBus } from './redis-bus.ts';

/** What every hub of a bus must be able to rely on; on Redis with several hubs, in one process with the one that there is. */
let space: SharedSpace | undefined;
const buses: Bus[] = [];
const errors: unknown[] = [];
afterEach(async () => {
  for (const bus of buses.splice(0)) await bus.close();
  await space?.remove();
  space = undefined;
  expect(errors.splice(0)).toEqual([]);
});

async function open(count: number): Promise<Bus[]> {
  if (!ON_POSTGRES) buses.push(createLocalBus());
  else {
    space ??= await sharedSpace();
    for (let i = 0; i < count; i++) buses.push(createRedisBus({ url: space.redisUrl, prefix: space.redisPrefix, hub: `hub-${buses.length}`, onError: (error) => errors.push(error) }));
    await vi.waitFor(() => expect(buses.every(({ live }) => live)).toBe(true), { timeout: 10_000 });
  }
  return buses;
}

const event = (offset: number, site = 'one', text = 'ё "\\ \u2028'): LogEvent => new LogEvent({ id: '01JD0000000000000000000000', type: 'feedback.rated', site, at: 5, device: 'button', touchpoint: null, skew: 0, body: JSON.stringify({ value: 1, scale: 4, factor: text }) }, offset, 7);
const sample: EmotionSample = { site: 'one', camera: 'cam-1', at: 5, faces: 0, shares: null, mood: null, fps: 5, lagMs: 40, width: 640, height: 480 };

describe('a bus', () => {
  it('brings events to every hub as they were, in order, and tells its own from others\'', async () => {
    const all = await open(3);
    const heard = all.map((bus) => {
      const list: { json: string; offset: number; site: string; type: string; received: number; own: boolean }[] = [];
      bus.onEvents((events, own) => { for (const { json, offset, site, type, received } of events) list.push({ json, offset, site, type, received, own }); });
      return list;
    });
    const sent = Array.from({ length: 500 }, (_, i) => event(i + 1));
    for (let i = 0; i < sent.length; i += 50) all[0]!.publishEvents(sent.slice(i, i + 50));
    // A hub hears itself before the call returns.
    expect(heard[0]!.map(({ offset }) => offset)).toEqual(sent.map(({ offset }) => offset));
    await vi.waitFor(() => { for (const list of heard) expect(list).toHaveLength(sent.length); }, { timeout: 5_000 });
    heard.forEach((list, i) => expect(list).toEqual(sent.map(({ json, offset, site, type, received }) => ({ json, offset, site, type, received, own: i === 0 }))));
    expect(heard.at(-1)![3]!.json).toBe(sent[3]!.json);
  });

  it('brings events that are larger than one message', async () => {
    const all = await open(2);
    const heard: LogEvent[] = [];
    all.at(-1)!.onEvents((events) => heard.push(...events));
    const sent = Array.from({ length: 40 }, (_, i) => event(i + 1, 'one', 'x'.repeat(15_000)));
    all[0]!.publishEvents(sent);
    await vi.waitFor(() => expect(heard).toHaveLength(40), { timeout: 5_000 });
    expect(heard.map(({ json }) => json)).toEqual(sent.map(({ json }) => json));
  });

  it('brings samples and notices, also to the hub that sent them', async () => {
    const all = await open(2);
    const samples: EmotionSample[][] = all.map(() => []);
    all.forEach((bus, i) => bus.onSamples((batch) => samples[i]!.push(...batch)));
    for (const bus of all) bus.watch('one');
    // Watching begins a moment after it is asked for.
    await vi.waitFor(() => { all[0]!.publishSamples([sample]); for (const list of samples) expect(list.length).toBeGreaterThan(0); }, { timeout: 5_000 });
    for (const list of samples) list.length = 0;
    all[0]!.publishSamples([{ ...sample, camera: 'cam-2' }, { ...sample, site: 'unwatched' }]);
    all[0]!.publishSamples([{ ...sample, camera: 'cam-3' }]);
    await vi.waitFor(() => { for (const list of samples) expect(list.at(-1)).toEqual({ ...sample, camera: 'cam-3' }); }, { timeout: 5_000 });
    samples.forEach((list, i) => expect(list.filter(({ camera }) => camera !== 'cam-1').map(({ camera }) => camera)).toEqual(['cam-2', 'cam-3']));
    samples.slice(1).forEach((list) => expect(list.map(({ site }) => site)).not.toContain('unwatched'));
    for (const bus of all) bus.unwatch('one');
    const notices: Notice[][] = all.map(() => []);
    all.forEach((bus, i) => bus.onNotice((notice) => notices[i]!.push(notice)));
    const revoked: Notice = { topic: 'revoked', subject: 'device', id: 'one' };
    all[0]!.publishNotice(revoked);
    all[0]!.publishNotice({ topic: 'site', site: 'one' });
    await vi.waitFor(() => { for (const list of notices) expect(list).toEqual([revoked, { topic: 'site', site: 'one' }]); }, { timeout: 5_000 });
  });

  it('says that it is live', async () => {
    const [bus] = await open(1);
    expect(bus!.live).toBe(true);
  });
});

