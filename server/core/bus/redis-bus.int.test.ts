import { createClient } from 'redis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startRedis, type TestServer } from '../../testing/servers/index.ts';
import { seededRandom, testSeed } from '../testing/random.ts';
import { LogEvent } from '../log/event.ts';
import type { Bus } from './bus.ts';
import { createRedisBus } from './redis-bus.ts';
import { unpackMessage } from './wire.ts';

let server: TestServer | undefined;
const buses: Bus[] = [];
afterEach(async () => {
  for (const bus of buses.splice(0)) await bus.close();
  await server?.stop();
  server = undefined;
});

const event = (offset: number): LogEvent => new LogEvent({ id: '01JD0000000000000000000000', type: 'feedback.rated', site: 'one', at: 5, device: 'button', touchpoint: null, skew: 0, body: '{"value":1,"scale":4}' }, offset, 7);
function hub(errors: unknown[] = []): Bus {
  const bus = createRedisBus({ url: server!.url, prefix: 'test', hub: `hub-${buses.length}`, onError: (error) => errors.push(error) });
  buses.push(bus);
  return bus;
}
const live = (...all: Bus[]): Promise<void> => vi.waitFor(() => expect(all.map((bus) => bus.live)).toEqual(all.map(() => true)), { timeout: 15_000 });

describe('a hub whose Redis goes away', () => {
  it('says so, starts again by itself with an empty server, and does not take up what was before', async () => {
    server = await startRedis();
    const errors: unknown[] = [];
    const [one, two] = [hub(errors), hub()];
    await live(one, two);
    const changes: boolean[] = [];
    one.onChange((now) => changes.push(now));
    const heard: number[] = [];
    two.onEvents((events) => heard.push(...events.map(({ offset }) => offset)));
    one.publishEvents([event(1)]);
    await vi.waitFor(() => expect(heard).toEqual([1]), { timeout: 5_000 });
    await server.kill();
    await vi.waitFor(() => expect([one.live, two.live]).toEqual([false, false]), { timeout: 5_000 });
    one.publishEvents([event(2)]);
    await server.start();
    await live(one, two);
    expect(changes).toEqual([false, true]);
    // What was sent meanwhile is nobody's: the log has it.
    one.publishEvents([event(3)]);
    await vi.waitFor(() => expect(heard).toEqual([1, 3]), { timeout: 5_000 });
    expect(errors).toHaveLength(1);
  });

  it('starts while it is away, not live, and becomes live when it comes', async () => {
    server = await startRedis();
    await server.kill();
    const bus = hub();
    const own: number[] = [];
    bus.onEvents((events) => own.push(...events.map(({ offset }) => offset)));
    bus.publishEvents([event(1)]);
    expect([bus.live, own]).toEqual([false, [1]]);
    await server.start();
    await live(bus);
  });
});

describe('rubbish in the streams', () => {
  it('is passed over and ends nothing', async () => {
    server = await startRedis();
    const errors: unknown[] = [];
    const bus = hub(errors);
    const heard: string[] = [];
    bus.onEvents((events) => heard.push(...events.map(({ site }) => site)));
    bus.onSamples(() => heard.push('samples'));
    bus.onNotice(({ topic }) => heard.push(topic));
    await live(bus);
    const client = createClient({ url: server.url, RESP: 2 });
    client.on('error', () => undefined);
    await client.connect();
    bus.watch('one');
    for (const stream of ['events', 'notices']) {
      for (const text of ['', '{', 'null', '[1,2]', 'one 1 feedback.rated 7\n{"offset":2,"x":1}\n', 'one 1 feedback.rated 7\n', '{"topic":"revoked","subject":"everything","id":"x"}', '[{"camera":1}]', '\u0000\uffff\n\n']) {
        await client.xAdd(`test:${stream}`, '*', { hub: 'other', text });
        await client.publish('test:samples:one', `other ${text}`);
      }
      await client.xAdd(`test:${stream}`, '*', { nothing: 'known' });
    }
    await client.xAdd('test:notices', '*', { hub: 'other', text: '{"topic":"site","site":"one"}' });
    await vi.waitFor(() => expect(heard).toEqual(['site']), { timeout: 5_000 });
    expect(bus.live).toBe(true);
    client.destroy();
  });
});

describe('a message', () => {
  it('that was tampered with gives events of its form or none, and never throws', () => {
    const random = seededRandom(testSeed('messages of the bus'));
    const good = `one 1 feedback.rated 7\n${event(1).json}\none 2 feedback.rated 7\n${event(2).json}\n`;
    for (let round = 0; round < 20_000; round++) {
      const at = random.below(good.length);
      const text = good.slice(0, at) + String.fromCharCode(random.below(0x300)) + good.slice(at + random.below(3));
      for (const { offset, site, type, json } of unpackMessage(text)) {
        expect(json.startsWith(`{"offset":${offset},`)).toBe(true);
        expect(site.length * type.length).toBeGreaterThan(0);
      }
    }
  });
});
