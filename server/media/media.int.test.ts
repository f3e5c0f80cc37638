import type { Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnyEvent, NodeRequest } from '../../contract/index.ts';
import type { LogStore } from '../core/store/store.ts';
import { temporaryStore } from '../core/testing/store.ts';
import { cameraPlacesTable, camerasStateTable, visionNodesTable } from './tables.ts';
import { admission, ask, connect, SITE, startHub, startNode, type FakeNode, type TestHub } from './testing/hub.ts';

let store: LogStore;
let dispose: () => Promise<void>;
let hub: TestHub;
let committed: AnyEvent[];
const open: Socket[] = [];
const keep = <T extends Socket>(socket: T): T => { open.push(socket); return socket; };

beforeAll(async () => {
  ({ store, dispose } = await temporaryStore());
  store.onCommitted((events) => committed.push(...events.map((event) => event.event)));
});
afterAll(() => dispose());
beforeEach(async () => {
  await store.transaction(async ({ db }) => {
    await db.delete(store.use(camerasStateTable));
    await db.delete(store.use(cameraPlacesTable));
    await db.delete(store.use(visionNodesTable));
  });
  committed = [];
  hub = await startHub(store, committed);
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.disconnect();
  await hub.close();
});

const camera = async (token = 'token-camera-one'): Promise<Socket> => {
  const socket = keep(connect(hub, token, 'camera'));
  expect(await admission(socket)).toBeUndefined();
  return socket;
};
const node = async (...args: Parameters<typeof startNode> extends [unknown, ...infer R] ? R : never): Promise<FakeNode> => {
  const started = await startNode(hub, ...args);
  keep(started.socket);
  return started;
};
const states = async () => { await hub.media.settled(); return Object.fromEntries((await hub.media.cameraStates(SITE)).map((one) => [one.id, one])); };
const sample = (id: string, site = SITE) => ({ camera: id, site, at: Date.now(), faces: 0, shares: null, mood: null, fps: 5, lagMs: 20, width: 640, height: 480 });
/** Waits for a moment on the clock: for what must not have happened by then. */
const pass = (ms: number): Promise<void> => {
  const until = Date.now() + ms;
  return vi.waitFor(() => expect(Date.now()).toBeGreaterThanOrEqual(until), { timeout: ms + 2_000 });
};
const ok = (data: unknown) => ({ ok: true, data });

describe('next to another WebSocket server on one HTTP server', () => {
  const echo = (text: string): Promise<string> => new Promise((resolve, reject) => {
    const ws = new WebSocket(`${hub.url.replace('http', 'ws')}/ws`);
    ws.on('open', () => ws.send(text));
    ws.on('message', (data) => { resolve(String(data)); ws.close(); });
    ws.on('error', reject);
  });

  it('20 of 20 connections of each kind work at once: /ws, WebSocket signalling, polling, polling that is upgraded', async () => {
    const a = await node();
    await a.register([], 100);
    const signalling = async (transports: string[]): Promise<unknown> => {
      const socket = keep(connect(hub, 'token-camera-two', 'camera', transports));
      const refused = await admission(socket);
      const answer = refused ?? await ask(socket, 'camera:capabilities', {});
      socket.disconnect();
      return answer;
    };
    const rounds = Array.from({ length: 20 }, (_, i) => i);
    const echoes = Promise.all(rounds.map((i) => echo(String(i))));
    for (let i = 0; i < 20; i += 2) {
      // Two at a time: one camera may have three connections at once.
      for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
        expect(await Promise.all([signalling(transports), signalling(transports)])).toEqual([ok({ from: 'node-a' }), ok({ from: 'node-a' })]);
      }
    }
    expect(await echoes).toEqual(rounds.map((i) => `echo ${i}`));
  });

  it('a polling connection goes over to WebSocket', async () => {
    const socket = keep(connect(hub, 'token-camera-one', 'camera', ['polling', 'websocket']));
    expect(await admission(socket)).toBeUndefined();
    await vi.waitFor(() => expect(socket.io.engine.transport.name).toBe('websocket'));
  });
});

describe('who is let in', () => {
  it.each([
    ['no token', undefined, 'camera', 'unauthorised'],
    ['an unknown token', 'token-nobody', 'camera', 'unauthorised'],
    ['a token that is no text', { $ne: '' }, 'camera', 'unauthorised'],
    ['a token without end', 'x'.repeat(10_000), 'camera', 'unauthorised'],
    ['an unknown role', 'token-camera-one', 'administrator', 'unauthorised'],
    ['a button as camera', 'token-button', 'camera', 'forbidden'],
    ['a camera as vision node', 'token-camera-one', 'vision', 'forbidden'],
    ['a vision node as camera', 'token-vision', 'camera', 'forbidden'],
  ])('refuses %s', async (_title, token, role, code) => {
    expect(await admission(keep(connect(hub, token, role)))).toBe(code);
  });

  it('refuses long polling from a foreign page', async () => {
    const polling = await fetch(`${hub.url}/socket.io/?EIO=4&transport=polling`, { headers: { origin: 'https://evil.example' } });
    expect(polling.status).toBe(403);
    const own = await fetch(`${hub.url}/socket.io/?EIO=4&transport=polling`, { headers: { origin: hub.url } });
    expect(own.status).toBe(200);
  });

  it('refuses a WebSocket from a foreign page', async () => {
    const status = await new Promise((resolve) => {
      const ws = new WebSocket(`${hub.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { origin: 'https://evil.example' });
      ws.on('unexpected-response', (_request, response) => { resolve(response.statusCode); ws.terminate(); });
      ws.on('open', () => { resolve('open'); ws.close(); });
      ws.on('error', () => resolve('error'));
    });
    // engine.io answers every refused upgrade with 400.
    expect(status).toBe(400);
  });

  it('closes a frame above 64 KiB', async () => {
    const socket = await camera();
    const closed = new Promise((resolve) => socket.once('disconnect', resolve));
    socket.emit('camera:connect', { dtlsParameters: { filler: 'x'.repeat(70_000) } });
    expect(await closed).toBeDefined();
  });
});

describe('a camera\'s requests', () => {
  it('reach its node with the camera\'s identity and come back', async () => {
    const a = await node();
    expect(await a.register()).toEqual(ok({ node: 'node-a' }));
    const socket = await camera();
    expect(await ask(socket, 'camera:capabilities', {})).toEqual(ok({ from: 'node-a' }));
    expect(await ask(socket, 'camera:connect', { dtlsParameters: { role: 'client' } })).toEqual(ok({ from: 'node-a' }));
    expect(a.requests).toEqual([
      { event: 'camera:capabilities', request: { camera: 'cam-1', site: SITE, name: 'Door', payload: {} } },
      { event: 'camera:connect', request: { camera: 'cam-1', site: SITE, name: 'Door', payload: { dtlsParameters: { role: 'client' } } } },
    ]);
  });

  it.each([
    ['camera:capabilities', { extra: 1 }], ['camera:connect', null], ['camera:connect', { dtlsParameters: 'no' }],
    ['camera:produce', { kind: 'audio', rtpParameters: {} }], ['camera:produce', []], ['node:register', { node: 'x', capacity: 1, cameras: [] }],
    ['__proto__', {}], ['camera:transport', 'x'],
  ])('rubbish is refused and never reaches the node: %s %j', async (event, payload) => {
    const a = await node();
    await a.register();
    const socket = await camera();
    expect(await ask(socket, event, payload)).toMatchObject({ ok: false, code: 'invalid' });
    expect(a.requests).toEqual([]);
    expect(await ask(socket, 'camera:capabilities', {})).toMatchObject({ ok: true });
  });

  it('without any node: no_vision_node, and a call back when one comes', async () => {
    const socket = await camera();
    const restarted = new Promise((resolve) => socket.once('camera:restart', () => resolve(true)));
    expect(await ask(socket, 'camera:capabilities', {})).toMatchObject({ ok: false, code: 'no_vision_node' });
    await (await node()).register();
    expect(await restarted).toBe(true);
    expect(await ask(socket, 'camera:capabilities', {})).toMatchObject({ ok: true });
  });

  it('a full node takes nobody else; room that was given back is offered', async () => {
    await (await node()).register([], 1);
    const [first, second] = [await camera(), await camera('token-camera-two')];
    expect(await ask(first, 'camera:capabilities', {})).toMatchObject({ ok: true });
    expect(await ask(second, 'camera:capabilities', {})).toMatchObject({ ok: false, code: 'no_vision_node' });
    const restarted = new Promise((resolve) => second.once('camera:restart', () => resolve(true)));
    expect(await ask(first, 'camera:close', {})).toMatchObject({ ok: true });
    expect(await restarted).toBe(true);
  });

  it('a node that can take fewer than it said is given no more, and more when it can again; one that is not registered has no say', async () => {
    const a = await node();
    await a.register([], 4);
    const [first, second] = [await camera(), await camera('token-camera-two')];
    expect(await ask(first, 'camera:capabilities', {})).toMatchObject({ ok: true });
    expect(await ask(a.socket, 'node:capacity', { capacity: 1 })).toEqual({ ok: true, data: {} });
    expect(await ask(second, 'camera:capabilities', {})).toMatchObject({ ok: false, code: 'no_vision_node' });
    expect(await ask((await node('node-b')).socket, 'node:capacity', { capacity: 9 })).toMatchObject({ ok: false, code: 'conflict' });
    const restarted = new Promise((resolve) => second.once('camera:restart', () => resolve(true)));
    expect(await ask(a.socket, 'node:capacity', { capacity: 2 })).toMatchObject({ ok: true });
    expect(await restarted).toBe(true);
    expect(await ask(second, 'camera:capabilities', {})).toMatchObject({ ok: true });
    expect(await ask(first, 'camera:capabilities', {})).toMatchObject({ ok: true });
  });

  it('a node of one site takes no camera of another', async () => {
    await (await node('node-b', 'token-vision-two')).register();
    expect(await ask(await camera('token-camera-far'), 'camera:capabilities', {})).toMatchObject({ code: 'no_vision_node' });
  });

  it.each([
    ['says nothing', undefined, 'media_failed'], ['says rubbish', 'rubbish', 'media_failed'],
    ['refuses with a known code', { ok: false, code: 'bad_sdp', message: 'no' }, 'bad_sdp'], ['refuses with an unknown code', { ok: false, code: 42 }, 'media_failed'],
  ])('a node that %s gives the camera a code', async (_title, answer, code) => {
    await (await node('node-a', 'token-vision', () => answer)).register();
    expect(await ask(await camera(), 'camera:capabilities', {})).toMatchObject({ ok: false, code });
  });

  it('a flood is slowed down, then cut off', async () => {
    const socket = await camera();
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask(socket, 'camera:nonsense', {})));
    expect(answers.filter((ack) => !ack.ok && ack.code === 'rate_limited').length).toBeGreaterThan(10);
    const closed = new Promise((resolve) => socket.once('disconnect', resolve));
    for (let i = 0; i < 400; i++) socket.emit('camera:nonsense', {});
    expect(await closed).toBe('io server disconnect');
  });
});

describe('coming and going', () => {
  it('is stated once, row and log agreeing, with the camera\'s touchpoint', async () => {
    const a = await node();
    await a.register();
    await ask(await camera(), 'camera:capabilities', {});
    expect(await a.report('cam-1', 'connected', { codec: 'VP8' })).toMatchObject({ ok: true });
    await a.report('cam-1', 'connected', { codec: 'VP8' });
    expect((await states())['cam-1']).toMatchObject({ name: 'Door', touchpoint: 'door', connected: true, codec: 'VP8', node: 'node-a', reason: null });
    expect((await states())['cam-2']).toMatchObject({ connected: false, since: null });
    await a.report('cam-1', 'disconnected', { reason: 'ice failed' });
    expect((await states())['cam-1']).toMatchObject({ connected: false, reason: 'ice failed' });
    const [came, went] = hub.events();
    expect(hub.events().map(({ type, touchpoint }) => ({ type, touchpoint }))).toEqual([{ type: 'camera.connected', touchpoint: 'door' }, { type: 'camera.disconnected', touchpoint: 'door' }]);
    expect(went!.offset).toBe(came!.offset + 1);
    expect((await states())['cam-1']!.since).toBe(hub.events()[1]!.at);
  });

  it('a node cannot speak for an unknown camera, or for one that another node has', async () => {
    const [a, b] = [await node(), await node('node-b', 'token-vision-two')];
    await a.register([], 9);
    await b.register([], 1);
    await ask(await camera(), 'camera:capabilities', {});
    await a.report('cam-1', 'connected');
    expect(await b.report('cam-1', 'connected')).toMatchObject({ ok: false, code: 'conflict' });
    expect(await b.report('cam-3', 'connected')).toMatchObject({ ok: false, code: 'conflict' });
    expect(await b.report('nobody', 'connected')).toMatchObject({ ok: false, code: 'conflict' });
    await b.report('cam-1', 'disconnected');
    expect((await states())['cam-1']).toMatchObject({ connected: true, node: 'node-a' });
    await vi.waitFor(() => expect(b.requests.map(({ event, request }) => `${event} ${request.camera}`)).toEqual(['camera:close cam-1', 'camera:close cam-3', 'camera:close nobody']));
  });

  it('a report before registration, and rubbish from a node, change nothing', async () => {
    const a = await node();
    expect(await a.report('cam-1', 'connected')).toMatchObject({ ok: false, code: 'conflict' });
    for (const [event, payload] of [['node:register', { node: 'n', capacity: 0, cameras: [] }], ['node:capacity', { capacity: 0 }], ['node:capacity', { capacity: 1.5, more: 1 }], ['node:samples', {}], ['node:camera', { camera: 'cam-1', state: 'up', at: 1 }], ['node:status', []], ['camera:capabilities', {}]] as const) {
      expect(await ask(a.socket, event, payload), event).toMatchObject({ ok: false, code: 'invalid' });
    }
    await hub.media.settled();
    expect(hub.events()).toEqual([]);
  });

  it('a node that returns in time leaves no trace; its cameras keep their places', async () => {
    const a = await node();
    await a.register();
    const socket = await camera();
    await ask(socket, 'camera:capabilities', {});
    await a.report('cam-1', 'connected');
    a.socket.disconnect();
    const again = await node();
    await again.register(['cam-1']);
    await pass(300); // the grace of this hub is 200 ms
    expect(await ask(socket, 'camera:produce', { kind: 'video', rtpParameters: {} })).toMatchObject({ ok: true });
    expect((await states())['cam-1']).toMatchObject({ connected: true });
    expect(hub.events()).toHaveLength(1);
  });

  it('a node that dies: its cameras are stated as gone and called to another node', async () => {
    const a = await node('node-a', 'token-vision');
    await a.register();
    const socket = await camera();
    await ask(socket, 'camera:capabilities', {});
    await a.report('cam-1', 'connected');
    const b = await node('node-b', 'token-vision-two');
    await b.register();
    const restarted = new Promise((resolve) => socket.once('camera:restart', () => resolve(true)));
    a.socket.disconnect();
    expect(await restarted).toBe(true);
    expect((await states())['cam-1']).toMatchObject({ connected: false, reason: 'vision node gone', node: 'node-a' });
    expect(await ask(socket, 'camera:capabilities', {})).toEqual(ok({ from: 'node-b' }));
  });

  it('a node that returns without its cameras lost them', async () => {
    const a = await node();
    await a.register();
    const socket = await camera();
    await ask(socket, 'camera:capabilities', {});
    await a.report('cam-1', 'connected');
    a.socket.disconnect();
    const restarted = new Promise((resolve) => socket.once('camera:restart', () => resolve(true)));
    await (await node()).register([]);
    expect(await restarted).toBe(true);
    expect((await states())['cam-1']).toMatchObject({ connected: false, reason: 'vision node restarted' });
  });

  it('a node\'s name belongs to its device while it is present', async () => {
    await (await node('node-a', 'token-vision')).register();
    expect(await (await node('node-a', 'token-vision-two')).register()).toMatchObject({ ok: false, code: 'conflict' });
  });
});

describe('revocation', () => {
  it('closes the camera at once, tells its node and states it', async () => {
    const a = await node();
    await a.register();
    const socket = await camera();
    await ask(socket, 'camera:capabilities', {});
    await a.report('cam-1', 'connected');
    const closed = new Promise((resolve) => socket.once('disconnect', resolve));
    hub.revoke('cam-1');
    expect(await closed).toBe('io server disconnect');
    await vi.waitFor(() => expect(a.requests.at(-1)).toMatchObject({ event: 'camera:close', request: { camera: 'cam-1' } }));
    await hub.media.settled();
    expect(hub.events().at(-1)).toMatchObject({ type: 'camera.disconnected', body: { reason: 'device revoked' } });
    expect(await admission(keep(connect(hub, 'token-camera-one', 'camera')))).toBe('unauthorised');
  });

  it('of a node ends it without grace', async () => {
    const a = await node();
    await a.register();
    await ask(await camera(), 'camera:capabilities', {});
    await a.report('cam-1', 'connected');
    hub.revoke('vision-1');
    expect((await states())['cam-1']).toMatchObject({ connected: false, reason: 'vision node gone' });
    await vi.waitFor(() => expect(a.socket.connected).toBe(false));
  });
});

describe('samples and status', () => {
  it('pass only for cameras that the node has, at their own site', async () => {
    const a = await node();
    await a.register();
    await ask(await camera(), 'camera:capabilities', {});
    await a.report('cam-1', 'connected');
    expect(await ask(a.socket, 'node:samples', [sample('cam-1'), sample('cam-2'), sample('cam-1', 'elsewhere')])).toMatchObject({ ok: true });
    expect(hub.samples.map(({ camera: id, site }) => `${id} ${site}`)).toEqual(['cam-1 clinic']);
    expect(await ask(a.socket, 'node:status', { fps: 10, lagP50Ms: 5, lagP95Ms: 9, dropped: 0, cameras: 1, outbox: 0 })).toMatchObject({ ok: true });
    expect(hub.statuses).toMatchObject([{ node: 'node-a', status: { fps: 10 } }]);
  });
});

describe('a hub that was restarted', () => {
  const restart = async (): Promise<void> => { await hub.close(); hub = await startHub(store, committed); };
  const serving = async (): Promise<void> => {
    const a = await node();
    await a.register();
    await ask(await camera(), 'camera:capabilities', {});
    await a.report('cam-1', 'connected');
    await hub.media.settled();
  };

  it('states a camera as gone when no node confirms it', async () => {
    await serving();
    await restart();
    expect((await states())['cam-1']).toMatchObject({ connected: true });
    await vi.waitFor(async () => expect((await states())['cam-1']).toMatchObject({ connected: false, reason: 'hub restarted' }), { timeout: 5_000 });
  });

  it('states a camera as gone as soon as its node comes without it, though it connects again at once', async () => {
    await serving();
    await restart();
    const a = await node();
    await a.register([]);
    await ask(await camera(), 'camera:capabilities', {});
    await a.report('cam-1', 'connected');
    await hub.media.settled();
    expect(hub.events().map(({ type }) => type)).toEqual(['camera.connected', 'camera.disconnected', 'camera.connected']);
    expect(hub.events()[1]).toMatchObject({ body: { reason: 'vision node restarted' } });
  });

  it('states nothing when its node confirms it', async () => {
    await serving();
    await restart();
    const a = await node();
    await a.register(['cam-1', 'cam-3', 'unknown']);
    await vi.waitFor(() => expect(a.requests.map(({ request }: { request: NodeRequest }) => request.camera)).toEqual(['unknown']));
    await ask(a.socket, 'node:samples', [sample('cam-1')]);
    expect(hub.samples).toHaveLength(1);
    // The start grace of this hub is 300 ms; a later statement would come with it.
    await pass(450);
    expect((await states())['cam-1']).toMatchObject({ connected: true });
    expect(hub.events().filter((event) => event.type === 'camera.disconnected')).toEqual([]);
  });
});
