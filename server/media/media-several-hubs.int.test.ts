import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { createClient } from 'redis';
import type { Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sharedSpace, startPostgres, startRedis, type SharedSpace, type TestServer } from '../testing/servers/index.ts';
import { createMediaAdapter } from './adapter.ts';
import { TIMINGS } from './ports.ts';
import { cameraRows } from './repository.ts';
import { cameraPlacesTable, visionNodesTable } from './tables.ts';
import { admission, ask, connect, DEVICES, MANY, SHORT_TIMINGS, SITE, startNode, type FakeNode, type TestHub, type TestHubOptions } from './testing/hub.ts';
import { startProxy } from './testing/proxy.ts';
import { startSharedHub, type SharedHub } from './testing/several-hubs.ts';

let redis: TestServer;
let space: SharedSpace;
let prefix: string;
let a: SharedHub;
let b: SharedHub;
/** What a test leaves open, ended in reverse order. */
const open: (() => unknown)[] = [];

beforeAll(async () => { redis = await startRedis(); });
afterAll(() => redis.stop());
beforeEach(async () => {
  await redis.start();
  space = await sharedSpace();
  prefix = `otklik-${randomBytes(4).toString('hex')}`;
  [a, b] = [await hub(), await hub()];
  await vi.waitFor(() => expect([a.adapter.live, b.adapter.live]).toEqual([true, true]), { timeout: 5_000 });
});
afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end();
  await space.remove();
});

const hub = async (options: TestHubOptions = {}): Promise<SharedHub> => {
  const started = await startSharedHub(space.databaseUrl, { url: redis.url, prefix }, options);
  open.push(() => started.close());
  return started;
};
const camera = async (at: TestHub, token = 'token-camera-one'): Promise<Socket> => {
  const socket = connect(at, token, 'camera');
  open.push(() => socket.disconnect());
  expect(await admission(socket)).toBeUndefined();
  return socket;
};
const node = async (at: Pick<TestHub, 'url'>, ...args: Parameters<typeof startNode> extends [unknown, ...infer R] ? R : never): Promise<FakeNode> => {
  const started = await startNode(at as TestHub, ...args);
  open.push(() => started.socket.disconnect());
  return started;
};
const ok = (data: unknown) => ({ ok: true, data });
const ending = (socket: Socket): Promise<string> => new Promise((resolve) => socket.once('disconnect', resolve));
const restart = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('camera:restart', () => resolve()));
const stateOf = async (id: string) => (await cameraRows(a.store, SITE, [{ id, site: SITE, name: '', touchpoint: null }]))[0]!;
const places = () => a.store.read((db) => db.select().from(a.store.use(cameraPlacesTable)));
const sample = (id: string) => ({ camera: id, site: SITE, at: Date.now(), faces: 0, shares: null, mood: null, fps: 5, lagMs: 20, width: 640, height: 480 });

describe('a camera at one hub and its node at another', () => {
  it('offers and answers are relayed both ways; the node\'s reports and samples take effect', async () => {
    const one = await node(b);
    await one.register();
    const socket = await camera(a);
    expect(await ask(socket, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
    expect(await ask(socket, 'camera:connect', { dtlsParameters: { role: 'client' } })).toEqual(ok({ from: 'node-a' }));
    expect(one.requests.map(({ event, request }) => [event, request])).toEqual([
      ['camera:capabilities', { camera: 'cam-1', site: SITE, name: 'Door', payload: {} }],
      ['camera:connect', { camera: 'cam-1', site: SITE, name: 'Door', payload: { dtlsParameters: { role: 'client' } } }],
    ]);
    await one.report('cam-1', 'connected', { codec: 'VP8' });
    await ask(one.socket, 'node:samples', [sample('cam-1'), sample('cam-2')]);
    expect(b.samples.map(({ camera: id }) => id)).toEqual(['cam-1']);
    await b.media.settled();
    expect(await stateOf('cam-1')).toMatchObject({ connected: true, node: 'node-a', codec: 'VP8' });
    // Closing at hub A reaches the node; its samples for the camera are refused at hub B soon after.
    expect(await ask(socket, 'camera:close', {})).toMatchObject({ ok: true });
    expect(one.requests.at(-1)).toMatchObject({ event: 'camera:close', request: { camera: 'cam-1' } });
    await vi.waitFor(async () => {
      b.samples.length = 0;
      await ask(one.socket, 'node:samples', [sample('cam-1')]);
      expect(b.samples).toEqual([]);
    }, { timeout: TIMINGS.sweepMs });
  });

  it('many requests at once find their own answers', async () => {
    const answer = (_event: string, request: { camera: string; payload: unknown }) => ok({ echo: request.payload, camera: request.camera });
    await (await node(b, 'node-a', 'token-vision', answer)).register([], 60);
    const sockets = await Promise.all(Array.from({ length: 20 }, (_, i) => camera(a, `token-many-${i}`)));
    await Promise.all(sockets.map((socket) => ask(socket, 'camera:capabilities', {})));
    const startedAt = performance.now();
    await Promise.all(sockets.flatMap((socket, i) => Array.from({ length: 10 }, async (_, n) => {
      const payload = { dtlsParameters: { n, i } };
      expect(await ask(socket, 'camera:connect', payload)).toEqual(ok({ echo: payload, camera: `many-${i}` }));
    })));
    console.info(`200 relayed requests at once: ${Math.round(performance.now() - startedAt)} ms`);
  });

  it('a camera that waits at one hub is called back when a node comes to another', async () => {
    const socket = await camera(a);
    expect(await ask(socket, 'camera:capabilities', {})).toMatchObject({ ok: false, code: 'no_vision_node' });
    const called = restart(socket);
    await (await node(b)).register();
    await called;
    expect(await ask(socket, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
  });

  it('a node that is silent, or whose hub knows nothing of it, gives media_failed', async () => {
    const one = await node(b, 'node-a', 'token-vision', () => undefined);
    await one.register();
    const socket = await camera(a);
    expect(await ask(socket, 'camera:capabilities', {})).toMatchObject({ ok: false, code: 'media_failed' });
    // By the store the node is at B, by another connection than B knows.
    await a.store.transaction(({ db }) => db.update(a.store.use(visionNodesTable)).set({ connection: 'nobody' }));
    const startedAt = performance.now();
    expect(await ask(socket, 'camera:capabilities', {})).toMatchObject({ ok: false, code: 'media_failed' });
    expect(performance.now() - startedAt).toBeLessThan(SHORT_TIMINGS.relayMs!);
  });

  it('a third hub that hangs holds up nobody', async () => {
    // Looks to Redis like a hub that listens, and never answers.
    const hanging = createClient({ url: redis.url });
    await hanging.connect();
    open.push(() => { hanging.destroy(); });
    await hanging.subscribe(`${prefix}:media#/media#`, () => undefined);
    await (await node(b)).register();
    const socket = await camera(a);
    const startedAt = performance.now();
    expect(await ask(socket, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
    expect(performance.now() - startedAt).toBeLessThan(SHORT_TIMINGS.relayMs!);
  });
});

describe('a node that comes to another hub', () => {
  it('keeps its cameras, and its older connection is ended', async () => {
    const before = await node(a);
    await before.register();
    const socket = await camera(a);
    await ask(socket, 'camera:capabilities', {});
    await before.report('cam-1', 'connected');
    const ended = ending(before.socket);
    const after = await node(b);
    expect(await after.register(['cam-1'])).toMatchObject({ ok: true });
    await ended;
    expect(await ask(socket, 'camera:produce', { kind: 'video', rtpParameters: {} })).toEqual(ok({ from: 'node-a' }));
    expect(after.requests.map(({ event }) => event)).toEqual(['camera:produce']);
    await Promise.all([a.media.settled(), b.media.settled()]);
    expect(await stateOf('cam-1')).toMatchObject({ connected: true });
  });

  it('is refused while another device has its name at any hub', async () => {
    await (await node(a)).register();
    expect(await (await node(b, 'node-a', 'token-vision-two')).register()).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('one that was given up while its hub hung must register again', async () => {
    const one = await node(b);
    await one.register();
    await a.store.transaction(({ db }) => db.delete(a.store.use(visionNodesTable)));
    await ending(one.socket);
  });
});

describe('capacity', () => {
  it(`two hubs × ${MANY / 2} cameras at once for 10 + 10 places: never more than 20 placed, as many on each node`, async () => {
    const answer = (name: string) => () => ok({ from: name });
    await (await node(a, 'node-a', 'token-vision', answer('node-a'))).register([], 10);
    await (await node(b, 'node-b', 'token-vision', answer('node-b'))).register([], 10);
    // Serves another site than the cameras', so it must stay empty.
    await (await node(b, 'node-c', 'token-vision-two', answer('node-c'))).register([], 10);
    const sockets = await Promise.all(Array.from({ length: MANY }, (_, i) => camera(i % 2 ? a : b, `token-many-${i}`)));
    const answers = await Promise.all(sockets.map((socket) => ask(socket, 'camera:capabilities', {})));
    expect(answers.filter(({ ok: placed }) => placed)).toHaveLength(20);
    expect(answers.filter((ack) => !ack.ok && ack.code === 'no_vision_node')).toHaveLength(MANY - 20);
    const on = (await places()).map(({ node: name }) => name);
    expect([on.length, on.filter((name) => name === 'node-a').length, on.filter((name) => name === 'node-b').length]).toEqual([20, 10, 10]);

    // Five go: five of those that wait, at either hub, are called and placed, and no sixth.
    let called = 0;
    sockets.forEach((socket, i) => { if (!answers[i]!.ok) socket.on('camera:restart', () => { called++; }); });
    await Promise.all(sockets.filter((_, i) => answers[i]!.ok).slice(0, 5).map((socket) => ask(socket, 'camera:close', {})));
    await vi.waitFor(() => expect(called).toBe(5), { timeout: 5_000 });
    await Promise.all([a.media.settled(), b.media.settled()]);
    expect([called, (await places()).length]).toEqual([5, 20]);
  });
});

describe('revocation at one hub', () => {
  it('ends the camera\'s socket at another, tells its node at a third and states it once', async () => {
    const c = await hub();
    const one = await node(b);
    await one.register();
    const socket = await camera(c);
    await ask(socket, 'camera:capabilities', {});
    await one.report('cam-1', 'connected');
    const ended = ending(socket);
    a.revoke('cam-1');
    expect(await ended).toBe('io server disconnect');
    await vi.waitFor(() => expect(one.requests.at(-1)).toMatchObject({ event: 'camera:close', request: { camera: 'cam-1' } }));
    await Promise.all([a, b, c].map(({ media }) => media.settled()));
    expect(await stateOf('cam-1')).toMatchObject({ connected: false, reason: 'device revoked' });
  });

  it('of a node ends it at another; its cameras are called back wherever they are', async () => {
    const one = await node(b);
    await one.register();
    const socket = await camera(b);
    await ask(socket, 'camera:capabilities', {});
    await one.report('cam-1', 'connected');
    const [ended, called] = [ending(one.socket), restart(socket)];
    await (await node(a, 'node-b', 'token-vision-two')).register();
    a.revoke('vision-1');
    await Promise.all([ended, called]);
    expect(await ask(socket, 'camera:capabilities', {})).toEqual(ok({ from: 'node-b' }));
  });

  it('is found in the store by a hub that did not hear of it', async () => {
    const c = await hub({ timings: { ...SHORT_TIMINGS, recheckMs: 100 } });
    const socket = await camera(c);
    const ended = ending(socket);
    // As if the device had been revoked where nothing reaches this hub from.
    const device = DEVICES['token-camera-one']!;
    delete DEVICES['token-camera-one'];
    open.push(() => { DEVICES['token-camera-one'] = device; });
    await ended;
  });
});

describe('WHIP', () => {
  const OFFER = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n';
  const authorization = 'Bearer token-camera-one';

  it('POST at one hub, DELETE at another, node at a third', async () => {
    const c = await hub();
    const one = await node(c, 'node-a', 'token-vision', () => ok({ sdp: 'v=0 answer' }));
    await one.register();
    const created = await fetch(`${a.url}/api/v1/cameras/cam-1/whip`, { method: 'POST', headers: { authorization, 'content-type': 'application/sdp' }, body: OFFER });
    expect([created.status, await created.text()]).toEqual([201, 'v=0 answer']);
    await one.report('cam-1', 'connected');
    const end = (at: TestHub): Promise<number> => fetch(`${at.url}${created.headers.get('location')}`, { method: 'DELETE', headers: { authorization } }).then(({ status }) => status);
    expect(await end(b)).toBe(204);
    expect(one.requests.at(-1)).toMatchObject({ event: 'camera:close', request: { camera: 'cam-1' } });
    expect([await end(a), await end(b), await end(c)]).toEqual([404, 404, 404]);
  });
});

describe('without Redis', () => {
  it('each hub goes on within itself; after Redis is back, empty, hubs reach one another again', async () => {
    await (await node(b)).register();
    const remote = await camera(a);
    expect(await ask(remote, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
    await redis.kill();
    await vi.waitFor(() => expect([a.adapter.live, b.adapter.live]).toEqual([false, false]), { timeout: 5_000 });
    expect(await ask(remote, 'camera:produce', { kind: 'video', rtpParameters: {} })).toMatchObject({ ok: false, code: 'media_failed' });
    const local = await camera(b, 'token-camera-two');
    expect(await ask(local, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
    // A hub that starts now starts, and a camera there waits for a node that can be reached.
    const c = await hub();
    const late = await camera(c, 'token-many-1');
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
    open.push(() => { client.destroy(); });
    const count = async (): Promise<number> => (await client.clientList()).length;
    const before = await count();
    const { adapter, close } = await createMediaAdapter(redis.url, prefix, { info: () => undefined, warn: () => undefined });
    await vi.waitFor(() => expect(adapter.live).toBe(true));
    expect(await count()).toBeGreaterThan(before);
    await close();
    await vi.waitFor(async () => expect(await count()).toBe(before));
  });

  it('rubbish in Redis harms nobody', async () => {
    const client = createClient({ url: redis.url });
    await client.connect();
    open.push(() => { client.destroy(); });
    const channel = `${prefix}:media#/media#`;
    for (const text of ['', 'x', '\x80', '\x93\x01\x02', '{"uid":"x"}']) await client.publish(channel, Buffer.from(text, 'latin1'));
    // Messages as the adapter writes them, with nothing, null or nonsense where something is expected.
    const entries = ['1', '3', '4', '5', '6', '7', '8', '9', '10', '12', '99', 'NaN'].flatMap((type) => ['', '{}', '{"opts":null}', '{"packet":7}', '{"packet":["otklik:ask",{"to":1}]}', '{"packet":["otklik:answer"]}', 'not JSON'].map((data) => ({ uid: 'x', nsp: '/media', type, data })));
    for (const entry of entries) await client.xAdd(`${prefix}:media`, '*', entry);
    await (await node(b)).register();
    const socket = await camera(a);
    expect(await ask(socket, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
    // The stream is read on behind them.
    const ended = ending(await camera(b, 'token-camera-two'));
    a.revoke('cam-2');
    await ended;
  });
});

describe('a database that is away for longer than a hub may be silent', () => {
  it('costs no node its cameras, and samples flow on', async () => {
    const postgres = await startPostgres({ durable: true });
    open.push(() => postgres.stop());
    const start = async (): Promise<SharedHub> => {
      const started = await startSharedHub(postgres.url, { url: redis.url, prefix: `${prefix}-2` });
      open.push(() => started.close());
      return started;
    };
    const [c, d] = [await start(), await start()];
    const one = await node(d);
    await one.register();
    const socket = await camera(c);
    await ask(socket, 'camera:capabilities', {});
    await one.report('cam-1', 'connected');
    await d.media.settled();
    const looked = (): number => [...c.warnings, ...d.warnings].filter((message) => message.includes('who is where')).length;
    await postgres.kill();
    const downAt = performance.now();
    await vi.waitFor(() => {
      expect(looked()).toBeGreaterThan(4);
      expect(performance.now() - downAt).toBeGreaterThan(SHORT_TIMINGS.hubLostMs! * 4);
    }, { timeout: 15_000 });
    await ask(one.socket, 'node:samples', [sample('cam-1')]);
    expect(d.samples).toHaveLength(1);
    await postgres.start();
    await vi.waitFor(async () => expect(await ask(socket, 'camera:produce', { kind: 'video', rtpParameters: {} })).toEqual(ok({ from: 'node-a' })), { timeout: 15_000 });
    const upAt = performance.now();
    await vi.waitFor(() => expect(performance.now() - upAt).toBeGreaterThan(SHORT_TIMINGS.hubLostMs! * 3), { timeout: 5_000 });
    expect([one.socket.connected, (await cameraRows(c.store, SITE, [{ id: 'cam-1', site: SITE, name: '', touchpoint: null }]))[0]]).toMatchObject([true, { connected: true, node: 'node-a' }]);
    expect([...c.warnings, ...d.warnings].filter((message) => message.includes('is gone'))).toEqual([]);
  });
});

describe('a node that dies, with the times of a real hub', () => {
  type Death = (node: FakeNode, itsHub: ChildProcess, freeze: () => void) => void;

  /** Two hubs as in a chain: `node-a` at one with cameras of the other, and then `node-b` with room. @returns ms until the cameras were at `node-b` */
  async function moved(die: Death): Promise<number> {
    const own = await sharedSpace();
    open.push(() => own.remove());
    const [c, child] = await Promise.all([startSharedHub(own.databaseUrl, { url: redis.url, prefix: own.redisPrefix }, { timings: TIMINGS }), hubProcess(own)]);
    open.push(() => c.close());
    const proxy = await startProxy(child.url);
    open.push(() => proxy.close());
    const [first, second] = [await node(proxy, 'node-a', 'token-vision'), await node(c, 'node-b', 'token-vision-two')];
    await first.register();
    const cameras = [await camera(c), await camera(c, 'token-camera-two')];
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
    const [state] = await cameraRows(c.store, SITE, [{ id: 'cam-1', site: SITE, name: '', touchpoint: null }]);
    expect(state).toMatchObject({ connected: false, reason: 'vision node gone', node: 'node-a' });
    return took;
  }

  async function hubProcess(own: SharedSpace): Promise<{ url: string; process: ChildProcess; startedAt: number }> {
    const script = path.join(import.meta.dirname, 'testing', 'hub-process.ts');
    const child = spawn(process.execPath, [script, own.databaseUrl, redis.url, own.redisPrefix, JSON.stringify(TIMINGS)], { stdio: ['pipe', 'pipe', 'inherit'] });
    open.push(async () => { if (child.exitCode === null && child.signalCode === null) { child.kill('SIGKILL'); await once(child, 'exit'); } });
    const [line] = await once(child.stdout, 'data') as [Buffer];
    return { url: line.toString().trim(), process: child, startedAt: performance.now() };
  }

  it('its cameras are on another node within 10 s, however it dies', { timeout: 60_000 }, async () => {
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
