import type { ChildProcess } from 'node:child_process';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startPostgres, startRedis, type TestServer } from '../testing/servers/index.ts';
import { createMediaAdapter } from './adapter.ts';
import { TIMINGS } from './ports.ts';
import { cameraRows } from './repository.ts';
import { visionNodesTable } from './tables.ts';
import { Chain, ending, restart } from './testing/chain.ts';
import { ask, SHORT_TIMINGS, SITE, type FakeNode } from './testing/hub.ts';
import { startProxy } from './testing/proxy.ts';
import type { SharedHub } from './testing/several-hubs.ts';

let redis: TestServer;
let chain: Chain;
let a: SharedHub;
let b: SharedHub;

beforeAll(async () => { redis = await startRedis(); });
afterAll(() => redis.stop());
beforeEach(async () => {
  chain = await Chain.start(redis);
  [a, b] = await chain.twoHubs();
});
afterEach(() => chain.end());

const ok = (data: unknown) => ({ ok: true, data });
const stateAt = async ({ store }: SharedHub) => (await cameraRows(store, SITE, [{ id: 'cam-1', site: SITE, name: '', touchpoint: null }]))[0];
const sample = (id: string) => ({ camera: id, site: SITE, at: Date.now(), faces: 0, shares: null, mood: null, fps: 5, lagMs: 20, width: 640, height: 480 });

describe('without Redis', () => {
  it('each hub goes on within itself; after Redis is back, empty, hubs reach one another again', async () => {
    await (await chain.node(b)).register();
    const remote = await chain.camera(a);
    expect(await ask(remote, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
    await redis.kill();
    await vi.waitFor(() => expect([a.adapter.live, b.adapter.live]).toEqual([false, false]), { timeout: 5_000 });
    expect(await ask(remote, 'camera:produce', { kind: 'video', rtpParameters: {} })).toMatchObject({ ok: false, code: 'media_failed' });
    const local = await chain.camera(b, 'token-camera-two');
    expect(await ask(local, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
    // A hub that starts now starts, and a camera there waits for a node that can be reached.
    const c = await chain.hub();
    const late = await chain.camera(c, 'token-many-1');
    expect(await ask(late, 'camera:capabilities', {})).toMatchObject({ ok: false, code: 'no_vision_node' });
    const called = restart(late);
    await redis.start();
    const startedAt = performance.now();
    await called;
    console.info(`a camera was called back ${Math.round(performance.now() - startedAt)} ms after Redis answered again`);
    await vi.waitFor(() => expect([a.adapter.live, b.adapter.live]).toEqual([true, true]), { timeout: 5_000 });
    expect(await ask(late, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
    expect(await ask(remote, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
    // What goes through the stream, too.
    const ended = ending(late);
    a.revoke('many-1');
    await ended;
  });

  it('a hub that closed leaves no connection behind', async () => {
    const client = createClient({ url: redis.url });
    await client.connect();
    chain.later(() => { client.destroy(); });
    const count = async (): Promise<number> => (await client.clientList()).length;
    const before = await count();
    const { adapter, close } = await createMediaAdapter(redis.url, chain.prefix, { info: () => undefined, warn: () => undefined });
    await vi.waitFor(() => expect(adapter.live).toBe(true));
    expect(await count()).toBeGreaterThan(before);
    await close();
    await vi.waitFor(async () => expect(await count()).toBe(before));
  });

  it('rubbish in Redis harms nobody', async () => {
    const client = createClient({ url: redis.url });
    await client.connect();
    chain.later(() => { client.destroy(); });
    const channel = `${chain.prefix}:media#/media#`;
    for (const text of ['', 'x', '\x80', '\x93\x01\x02', '{"uid":"x"}']) await client.publish(channel, Buffer.from(text, 'latin1'));
    // Messages as the adapter writes them, with nothing, null or nonsense where something is expected.
    const entries = ['1', '3', '4', '5', '6', '7', '8', '9', '10', '12', '99', 'NaN'].flatMap((type) => ['', '{}', '{"opts":null}', '{"packet":7}', '{"packet":["otklik:ask",{"to":1}]}', '{"packet":["otklik:answer"]}', 'not JSON'].map((data) => ({ uid: 'x', nsp: '/media', type, data })));
    for (const entry of entries) await client.xAdd(`${chain.prefix}:media`, '*', entry);
    await (await chain.node(b)).register();
    const socket = await chain.camera(a);
    expect(await ask(socket, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
    // The stream is read on behind them.
    const ended = ending(await chain.camera(b, 'token-camera-two'));
    a.revoke('cam-2');
    await ended;
  });
});

describe('a database that is away for longer than a hub may be silent', () => {
  it('costs no node its cameras, and samples flow on', { timeout: 60_000 }, async () => {
    const postgres = await startPostgres({ durable: true });
    chain.later(() => postgres.stop());
    const timings = { ...SHORT_TIMINGS, hubLostMs: 1_500 };
    const [c, d] = [await chain.hub({ timings }, postgres.url, `${chain.prefix}-2`), await chain.hub({ timings }, postgres.url, `${chain.prefix}-2`)];
    const one = await chain.node(d);
    await one.register();
    const socket = await chain.camera(c);
    await ask(socket, 'camera:capabilities', {});
    await one.report('cam-1', 'connected');
    await d.media.settled();
    // A third hub, which will find the database again a little later than the others do.
    const nodes = c.store.use(visionNodesTable);
    const seen = async (): Promise<Record<string, number>> => Object.fromEntries((await c.store.read((db) => db.select().from(nodes))).map(({ node: name, seenAt }) => [name, seenAt]));
    const slow = { node: 'node-slow', device: 'vision-9', site: null, capacity: 1, hub: 'slow', connection: 'slow', absentSince: null };
    const renewSlow = (): Promise<unknown> => c.store.transaction(({ db }) => db.insert(nodes).values({ ...slow, seenAt: Date.now() }).onConflictDoUpdate({ target: nodes.node, set: { seenAt: Date.now() } }));
    await renewSlow();

    await postgres.kill();
    const downAt = performance.now();
    const failed = ({ warnings }: SharedHub): boolean => warnings.some((message) => message.includes('who is where'));
    await vi.waitFor(() => {
      expect([failed(c), failed(d)]).toEqual([true, true]);
      expect(performance.now() - downAt).toBeGreaterThan(timings.hubLostMs * 2);
    }, { timeout: 15_000 });
    await ask(one.socket, 'node:samples', [sample('cam-1')]);
    expect(d.samples).toHaveLength(1);

    const upAt = Date.now();
    await postgres.start();
    await vi.waitFor(async () => expect((await seen())['node-a']).toBeGreaterThan(upAt), { timeout: 15_000 });
    await Promise.all([c.media.settled(), d.media.settled()]);
    expect(Object.keys(await seen()).sort()).toEqual(['node-a', 'node-slow']);
    await renewSlow();
    expect(await ask(socket, 'camera:produce', { kind: 'video', rtpParameters: {} })).toEqual(ok({ from: 'node-a' }));
    expect([one.socket.connected, await stateAt(c)]).toMatchObject([true, { connected: true, node: 'node-a' }]);
    expect([...c.warnings, ...d.warnings].filter((message) => message.includes('is gone'))).toEqual([]);
    // One that stays away is given up after all, by one hub.
    await vi.waitFor(() => expect([...c.warnings, ...d.warnings].filter((message) => message.includes('is gone'))).toHaveLength(1), { timeout: 10_000 });
    expect(Object.keys(await seen())).toEqual(['node-a']);
  });
});

describe('a node that dies, with the times of a real hub', () => {
  type Death = (node: FakeNode, itsHub: ChildProcess, freeze: () => void) => void;

  /** Two hubs as in a chain: `node-a` at one with cameras of the other, and then `node-b` with room. @returns ms until the cameras were at `node-b` */
  async function moved(die: Death): Promise<number> {
    const own = await Chain.start(redis);
    chain.later(() => own.end());
    const [c, child] = await Promise.all([own.hub({ timings: TIMINGS }), own.hubProcess(TIMINGS)]);
    const proxy = await startProxy(child.url);
    own.later(() => proxy.close());
    const [first, second] = [await own.node(proxy, 'node-a', 'token-vision'), await own.node(c, 'node-b', 'token-vision-two')];
    await first.register();
    const cameras = [await own.camera(c), await own.camera(c, 'token-camera-two')];
    for (const socket of cameras) expect(await ask(socket, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
    await first.report('cam-1', 'connected');
    await second.register();
    // Nobody is judged before the hubs have watched for a while.
    await vi.waitFor(() => expect(performance.now() - child.startedAt).toBeGreaterThan(TIMINGS.hubLostMs + TIMINGS.sweepMs), { timeout: 15_000 });
    const diedAt = performance.now();
    die(first, child.process, () => proxy.freeze());
    await Promise.all(cameras.map(async (socket) => {
      await restart(socket);
      expect(await ask(socket, 'camera:capabilities', {})).toEqual(ok({ from: 'node-b' }));
    }));
    const took = performance.now() - diedAt;
    await c.media.settled();
    expect(await stateAt(c)).toMatchObject({ connected: false, reason: 'vision node gone', node: 'node-a' });
    return took;
  }

  it('its cameras are on another node within 10 s, however it dies', { timeout: 120_000 }, async () => {
    const deaths: Record<string, Death> = {
      'its connection breaks': (one) => { one.socket.disconnect(); },
      'its computer vanishes without a word': (_one, _hub, freeze) => { freeze(); },
      'its hub is killed with it': (one, process) => { process.kill('SIGKILL'); one.socket.disconnect(); },
    };
    await Promise.all(Object.entries(deaths).map(async ([title, die]) => {
      const took = await moved(die);
      console.info(`${title}: its cameras were moved after ${Math.round(took)} ms`);
      expect(took, title).toBeLessThan(10_000);
    }));
  });
});
