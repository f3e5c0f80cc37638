import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startRedis, type TestServer } from '../testing/servers/index.ts';
import { cameraRows } from './repository.ts';
import { cameraPlacesTable, camerasStateTable, visionNodesTable } from './tables.ts';
import { Chain, ending, restart } from './testing/chain.ts';
import { ask, DEVICES, MANY, SHORT_TIMINGS, SITE, type TestHub } from './testing/hub.ts';
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
const stateOf = async (id: string) => (await cameraRows(a.store, SITE, [{ id, site: SITE, name: '', touchpoint: null }]))[0]!;
const places = () => a.store.read((db) => db.select().from(a.store.use(cameraPlacesTable)));
const sample = (id: string) => ({ camera: id, site: SITE, at: Date.now(), faces: 0, shares: null, mood: null, fps: 5, lagMs: 20, width: 640, height: 480 });

describe('a camera at one hub and its node at another', () => {
  it('offers and answers are relayed both ways; the node\'s reports and samples take effect', async () => {
    const one = await chain.node(b);
    await one.register();
    const socket = await chain.camera(a);
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
    expect(await ask(socket, 'camera:close', {})).toMatchObject({ ok: true });
    expect(one.requests.at(-1)).toMatchObject({ event: 'camera:close', request: { camera: 'cam-1' } });
  });

  it('samples from a node whose camera was placed elsewhere, by another hub, are refused soon after', async () => {
    // This hub concludes nothing by itself yet: what it learns, it learns from the store's places.
    const c = await chain.hub({ timings: { ...SHORT_TIMINGS, startGraceMs: 60_000 } });
    const one = await chain.node(c);
    await one.register(['cam-1']);
    await ask(one.socket, 'node:samples', [sample('cam-1')]);
    expect(c.samples).toHaveLength(1);
    await a.store.transaction(({ db }) => db.update(a.store.use(cameraPlacesTable)).set({ node: 'node-b' }));
    await vi.waitFor(async () => {
      c.samples.length = 0;
      await ask(one.socket, 'node:samples', [sample('cam-1')]);
      expect(c.samples).toEqual([]);
    }, { timeout: 2_000 });
  });

  it('many requests at once find their own answers', async () => {
    const answer = (_event: string, request: { camera: string; payload: unknown }) => ok({ echo: request.payload, camera: request.camera });
    await (await chain.node(b, 'node-a', 'token-vision', answer)).register([], 60);
    const sockets = await Promise.all(Array.from({ length: 20 }, (_, i) => chain.camera(a, `token-many-${i}`)));
    await Promise.all(sockets.map((socket) => ask(socket, 'camera:capabilities', {})));
    const startedAt = performance.now();
    await Promise.all(sockets.flatMap((socket, i) => Array.from({ length: 10 }, async (_, n) => {
      const payload = { dtlsParameters: { n, i } };
      expect(await ask(socket, 'camera:connect', payload)).toEqual(ok({ echo: payload, camera: `many-${i}` }));
    })));
    console.info(`200 relayed requests at once: ${Math.round(performance.now() - startedAt)} ms`);
  });

  it('a camera that waits at one hub is called back when a node comes to another', async () => {
    const socket = await chain.camera(a);
    expect(await ask(socket, 'camera:capabilities', {})).toMatchObject({ ok: false, code: 'no_vision_node' });
    const called = restart(socket);
    await (await chain.node(b)).register();
    await called;
    expect(await ask(socket, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
  });

  it('a node that is silent, or whose hub knows nothing of it, gives media_failed', async () => {
    const one = await chain.node(b, 'node-a', 'token-vision', () => undefined);
    await one.register();
    const socket = await chain.camera(a);
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
    chain.later(() => { hanging.destroy(); });
    await hanging.subscribe(`${chain.prefix}:media#/media#`, () => undefined);
    await (await chain.node(b)).register();
    const socket = await chain.camera(a);
    const startedAt = performance.now();
    expect(await ask(socket, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
    expect(performance.now() - startedAt).toBeLessThan(SHORT_TIMINGS.relayMs!);
  });
});

describe('a node that comes to another hub', () => {
  it('keeps its cameras, and its older connection is ended', async () => {
    const before = await chain.node(a);
    await before.register();
    const socket = await chain.camera(a);
    await ask(socket, 'camera:capabilities', {});
    await before.report('cam-1', 'connected');
    const ended = ending(before.socket);
    const after = await chain.node(b);
    expect(await after.register(['cam-1'])).toMatchObject({ ok: true });
    await ended;
    expect(await ask(socket, 'camera:produce', { kind: 'video', rtpParameters: {} })).toEqual(ok({ from: 'node-a' }));
    expect(after.requests.map(({ event }) => event)).toEqual(['camera:produce']);
    await Promise.all([a.media.settled(), b.media.settled()]);
    expect(await stateOf('cam-1')).toMatchObject({ connected: true });
  });

  it('because its hub was killed keeps them too, and nothing is stated', async () => {
    const killed = await chain.hubProcess(SHORT_TIMINGS);
    const before = await chain.node(killed);
    await before.register();
    const socket = await chain.camera(a);
    await ask(socket, 'camera:capabilities', {});
    await before.report('cam-1', 'connected');
    await vi.waitFor(async () => expect(await stateOf('cam-1')).toMatchObject({ connected: true }));
    const { since } = await stateOf('cam-1');
    let called = 0;
    socket.on('camera:restart', () => { called++; });
    const ended = ending(before.socket);
    killed.process.kill('SIGKILL');
    await ended;
    const diedAt = performance.now();
    await (await chain.node(b)).register(['cam-1']);
    await vi.waitFor(() => expect(performance.now() - diedAt).toBeGreaterThan(SHORT_TIMINGS.hubLostMs! + 4 * SHORT_TIMINGS.sweepMs!));
    expect([called, await stateOf('cam-1')]).toMatchObject([0, { connected: true, since, node: 'node-a' }]);
    expect(await ask(socket, 'camera:produce', { kind: 'video', rtpParameters: {} })).toEqual(ok({ from: 'node-a' }));
  });

  it('is refused while another device has its name at any hub', async () => {
    await (await chain.node(a)).register();
    expect(await (await chain.node(b, 'node-a', 'token-vision-two')).register()).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('one that was given up while its hub hung must register again', async () => {
    const one = await chain.node(b);
    await one.register();
    await a.store.transaction(({ db }) => db.delete(a.store.use(visionNodesTable)));
    await ending(one.socket);
  });
});

describe('capacity', () => {
  it(`two hubs × ${MANY / 2} cameras at once for 10 + 10 places: never more than 20 placed, as many on each node`, async () => {
    const answer = (name: string) => () => ok({ from: name });
    await (await chain.node(a, 'node-a', 'token-vision', answer('node-a'))).register([], 10);
    await (await chain.node(b, 'node-b', 'token-vision', answer('node-b'))).register([], 10);
    // Serves another site than the cameras', so it must stay empty.
    await (await chain.node(b, 'node-c', 'token-vision-two', answer('node-c'))).register([], 10);
    const sockets = await Promise.all(Array.from({ length: MANY }, (_, i) => chain.camera(i % 2 ? a : b, `token-many-${i}`)));
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

describe('what hubs see to together', () => {
  it('a place without media is kept by the hub that has the camera\'s connection, and given back by any when it ended', async () => {
    const quick = { timings: { ...SHORT_TIMINGS, holdMs: 150 } };
    const [c] = [await chain.hub(quick), await chain.hub(quick)];
    await (await chain.node(b)).register();
    const socket = await chain.camera(c);
    await ask(socket, 'camera:capabilities', {});
    const askedAt = performance.now();
    await vi.waitFor(() => expect(performance.now() - askedAt).toBeGreaterThan(1_500), { timeout: 5_000 });
    expect((await places()).map(({ camera: id }) => id)).toEqual(['cam-1']);
    socket.disconnect();
    await vi.waitFor(async () => expect(await places()).toEqual([]), { timeout: 5_000 });
  });

  it('a camera that stands as connected on a node that does not have it is stated as gone, once', async () => {
    await (await chain.node(b)).register();
    const offset = 7;
    await a.store.transaction(({ db }) => db.insert(a.store.use(camerasStateTable)).values({ camera: 'cam-1', site: SITE, connected: 1, since: 1, reason: null, node: 'node-a', codec: null, offset }));
    await vi.waitFor(async () => expect(await stateOf('cam-1')).toMatchObject({ connected: false, reason: 'vision node gone' }), { timeout: 5_000 });
    await Promise.all([a.media.settled(), b.media.settled()]);
    expect([...a.events(), ...b.events()].filter(({ type }) => type === 'camera.disconnected')).toHaveLength(1);
  });
});

describe('revocation at one hub', () => {
  it('ends the camera\'s socket at another, tells its node at a third and states it once', async () => {
    const c = await chain.hub();
    const one = await chain.node(b);
    await one.register();
    const socket = await chain.camera(c);
    await ask(socket, 'camera:capabilities', {});
    await one.report('cam-1', 'connected');
    const ended = ending(socket);
    a.revoke('cam-1');
    expect(await ended).toBe('io server disconnect');
    await vi.waitFor(() => expect(one.requests.at(-1)).toMatchObject({ event: 'camera:close', request: { camera: 'cam-1' } }));
    await Promise.all([a, b, c].map(({ media }) => media.settled()));
    expect(await stateOf('cam-1')).toMatchObject({ connected: false, reason: 'device revoked' });
    expect([a, b, c].flatMap((each) => each.events()).map(({ type }) => type).sort()).toEqual(['camera.connected', 'camera.disconnected']);
  });

  it('of a node ends it at another; its cameras are called back wherever they are', async () => {
    const one = await chain.node(b);
    await one.register();
    const socket = await chain.camera(b);
    await ask(socket, 'camera:capabilities', {});
    await one.report('cam-1', 'connected');
    const [ended, called] = [ending(one.socket), restart(socket)];
    await (await chain.node(a, 'node-b', 'token-vision-two')).register();
    a.revoke('vision-1');
    await Promise.all([ended, called]);
    expect(await ask(socket, 'camera:capabilities', {})).toEqual(ok({ from: 'node-b' }));
  });

  it('is found in the store by a hub that did not hear of it', async () => {
    const c = await chain.hub({ timings: { ...SHORT_TIMINGS, recheckMs: 100 } });
    const socket = await chain.camera(c);
    const ended = ending(socket);
    // As if the device had been revoked where nothing reaches this hub from.
    const device = DEVICES['token-camera-one']!;
    delete DEVICES['token-camera-one'];
    chain.later(() => { DEVICES['token-camera-one'] = device; });
    await ended;
  });
});

describe('WHIP', () => {
  const OFFER = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n';
  const authorization = 'Bearer token-camera-one';

  it('POST at one hub, DELETE at another, node at a third', async () => {
    const c = await chain.hub();
    const one = await chain.node(c, 'node-a', 'token-vision', () => ok({ sdp: 'v=0 answer' }));
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
