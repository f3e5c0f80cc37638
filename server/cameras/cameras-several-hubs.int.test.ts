import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NODE_SYNC, type DeviceCameraSetup, type VisionSync, type VisionSyncReply } from '../../contract/index.ts';
import { sharedSpace, type SharedSpace } from '../testing/servers/shared.ts';
import { startTestHub, type TestHub } from '../testing/whole-hub.ts';
import { SETTLE_MS } from './pulls.ts';
import { choicesOf } from './testing/choices.ts';

const WAIT = { timeout: 60_000, interval: 250 };
const LONG = 180_000;
const TOKEN = 'v'.repeat(40);
let space: SharedSpace;
let one: TestHub;
let two: TestHub;
let site: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  space = await sharedSpace();
  const env = { ...space.env, OTKLIK_VISION_TOKEN: TOKEN, OTKLIK_SECRETS_KEY: 's'.repeat(40), OTKLIK_PROFILE: 'other' };
  [one, two] = [await startTestHub(env), await startTestHub(env)];
  ({ site } = await one.shop());
});
afterAll(async () => {
  for (const socket of sockets) socket.disconnect();
  await one.close();
  await two.close();
  await space.remove();
});

async function newCamera(): Promise<{ id: string; token: string }> {
  const { body } = await one.api('POST', `/api/v1/sites/${site}/devices`, { kind: 'camera', name: 'Camera' });
  return { id: (body['device'] as { id: string }).id, token: body['token'] as string };
}
const source = (hub: TestHub, camera: string) => hub.api('PUT', `/api/v1/cameras/${camera}/source`, { url: `rtsp://u:secret@192.168.1.2/${camera}` });

/** A vision node's side of synchronising: it fetches what it is told to. */
class Puller {
  readonly name: string;
  readonly hub: TestHub;
  pulling: string[] = [];
  last: VisionSyncReply | undefined;
  constructor(name: string, hub: TestHub) { this.name = name; this.hub = hub; }
  async sync(more: Partial<VisionSync> = {}): Promise<VisionSyncReply> {
    const body = { node: this.name, room: 4 - this.pulling.length, load: this.pulling.length / 4, cameras: [], pulling: this.pulling, ...more };
    const answer = await this.hub.api('POST', '/api/v1/vision/sync', body, { cookie: null, headers: { authorization: `Bearer ${TOKEN}` } });
    expect(answer.status).toBe(200);
    this.last = answer.body as unknown as VisionSyncReply;
    this.pulling = this.last.pull.map(({ camera }) => camera);
    return this.last;
  }
}

/** A registered node's connection, with the number of hints that it heard. */
async function nodeSocket(hub: TestHub, node: string): Promise<{ hints: () => number }> {
  const socket = io(`${hub.origin}/media`, { auth: { token: TOKEN, role: 'vision' }, transports: ['websocket'], forceNew: true, reconnection: false });
  sockets.push(socket);
  let hints = 0;
  socket.on(NODE_SYNC, () => { hints += 1; });
  await new Promise<void>((resolve, reject) => { socket.once('connect', () => resolve()); socket.once('connect_error', reject); });
  expect(await socket.timeout(10_000).emitWithAck('node:register', { node, capacity: 4, cameras: [] })).toMatchObject({ ok: true });
  return { hints: () => hints };
}

describe('several hubs', () => {
  it('share IP cameras out among nodes of all of them, each to one; what a dead node had goes to the others', async () => {
    const cameras = [await newCamera(), await newCamera(), await newCamera(), await newCamera()].map(({ id }) => id);
    const [a, b] = [new Puller('node-a', one), new Puller('node-b', two)];
    // A node that has just come gets nothing yet: both are there for long enough before there is anything to share.
    const began = performance.now();
    await vi.waitFor(async () => {
      await Promise.all([a.sync(), b.sync()]);
      expect(performance.now() - began).toBeGreaterThan(2 * SETTLE_MS);
    }, WAIT);
    // They go on speaking: one that is silent for six seconds is taken to be dead.
    for (const id of cameras) {
      expect((await source(one, id)).status).toBe(200);
      await Promise.all([a.sync(), b.sync()]);
    }
    await vi.waitFor(async () => {
      await Promise.all([a.sync(), b.sync()]);
      expect([...a.pulling, ...b.pulling].sort()).toEqual([...cameras].sort());
    }, WAIT);
    expect([a.pulling.length, b.pulling.length]).toEqual([2, 2]);
    expect(b.last?.pull[0]?.url).toMatch(/^rtsp:\/\/u:secret@/);

    const kept = [...b.pulling];
    await vi.waitFor(async () => {
      await b.sync();
      expect(kept.every((camera) => b.pulling.includes(camera)), 'a node keeps what it has').toBe(true);
      expect([...b.pulling].sort()).toEqual([...cameras].sort());
    }, WAIT);
    await a.sync();
    expect(a.pulling).toEqual([]);
    for (const id of cameras) await one.api('DELETE', `/api/v1/cameras/${id}/source`);
  }, LONG);

  it('let no node take another\'s place by its name', async () => {
    const [idle, busy] = [new Puller('idle', one), new Puller('busy', two)];
    const { id: first } = await newCamera();
    await source(one, first);
    await vi.waitFor(async () => {
      await Promise.all([idle.sync(), busy.sync({ load: 0.9 })]);
      expect([...idle.pulling, ...busy.pulling]).toEqual([first]);
    }, WAIT);
    const { body } = await one.api('POST', '/api/v1/sites', { id: 'elsewhere', name: 'Elsewhere', timezone: 'UTC' });
    const { body: made } = await one.api('POST', `/api/v1/sites/${body['id'] as string}/devices`, { kind: 'vision', name: 'Another' });
    const { id } = await newCamera();
    // Somebody who sees another site alone calls itself by the idle node's name, just before the busy one asks.
    const answer = await two.api('POST', '/api/v1/vision/sync', { node: 'idle', room: 0, load: 1, cameras: [], pulling: [] }, { cookie: null, headers: { authorization: `Bearer ${made['token'] as string}` } });
    expect(answer.body).toEqual({ setups: [], pull: [] });
    expect((await source(one, id)).status).toBe(200);
    await busy.sync({ load: 0.9 });
    expect(busy.pulling).not.toContain(id);
    await idle.sync();
    expect(idle.pulling).toContain(id);
    for (const camera of [first, id]) await one.api('DELETE', `/api/v1/cameras/${camera}/source`);
  }, LONG);

  it('never give one camera to two nodes, however many ask at once', async () => {
    const cameras: string[] = [];
    for (let i = 0; i < 6; i++) { const { id } = await newCamera(); cameras.push(id); await source(two, id); }
    const nodes = Array.from({ length: 4 }, (_, i) => new Puller(`many-${i}`, i % 2 === 0 ? one : two));
    for (let round = 0; round < 12; round++) {
      await Promise.all(nodes.map((node) => node.sync()));
      const all = nodes.flatMap(({ pulling }) => pulling);
      expect(new Set(all).size, JSON.stringify(nodes.map(({ pulling }) => pulling))).toBe(all.length);
    }
    await vi.waitFor(async () => {
      await Promise.all(nodes.map((node) => node.sync()));
      expect(nodes.flatMap(({ pulling }) => pulling).sort()).toEqual([...cameras].sort());
    }, WAIT);
    for (const id of cameras) await one.api('DELETE', `/api/v1/cameras/${id}/source`);
  }, LONG);

  it('hint to their nodes when a set-up or a source changed at any of them', async () => {
    const [here, there] = [await nodeSocket(one, 'hinted-1'), await nodeSocket(two, 'hinted-2')];
    const { id } = await newCamera();
    const heard = async (work: () => Promise<unknown>): Promise<void> => {
      const before = [here.hints(), there.hints()];
      await work();
      await vi.waitFor(() => { expect(here.hints()).toBeGreaterThan(before[0]!); expect(there.hints()).toBeGreaterThan(before[1]!); }, WAIT);
    };
    await heard(() => one.api('PUT', `/api/v1/cameras/${id}/setup`, choicesOf()));
    await heard(() => two.api('PUT', `/api/v1/cameras/${id}/setup`, choicesOf(), { headers: { 'if-match': '"1"' } }));
    await heard(() => source(two, id));
    await heard(() => one.api('POST', `/api/v1/devices/${id}/revoke`));
  });

  it('take one of two set-ups that come at once', async () => {
    const { id } = await newCamera();
    const both = await Promise.all([one, two].map((hub) => hub.api('PUT', `/api/v1/cameras/${id}/setup`, choicesOf())));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    for (const hub of [one, two]) expect((await hub.api('GET', `/api/v1/cameras/${id}/setup`)).body['version']).toBe(1);
  });

  it('open a camera\'s set-up for its page wherever it is connected', async () => {
    const { id, token } = await newCamera();
    await one.api('POST', `/api/v1/cameras/${id}/setup/open`, { minutes: 5 });
    const own = await two.api('GET', '/api/v1/device/camera-setup', undefined, { cookie: null, headers: { authorization: `Bearer ${token}` } });
    expect((own.body as unknown as DeviceCameraSetup).setup).toMatchObject({ camera: id, version: 0 });
  });

  it('refuse to keep passwords of cameras without a key that all of them know', async () => {
    const keyless = await startTestHub({ ...space.env });
    try {
      const { id } = await newCamera();
      expect((await source(keyless, id)).body).toMatchObject({ status: 409, code: 'source_unusable', detail: expect.stringContaining('OTKLIK_SECRETS_KEY') });
    } finally {
      await keyless.close();
    }
  });
});

describe('a profile outside of the EU\'s', () => {
  it('lets an administrator switch the analysis of staff on, with its legal basis in the journal', async () => {
    const { id } = await newCamera();
    const ask = (body: unknown, options = {}) => one.api('PUT', `/api/v1/cameras/${id}/staff-analysis`, body, options);
    expect((await one.api('GET', `/api/v1/cameras/${id}/setup`)).body['staffAnalysis']).toBe(false);
    for (const body of [{ enabled: true }, { enabled: true, basis: 'short' }, { enabled: true, basis: ' '.repeat(30) }, { enabled: 'yes' }, null]) expect([400, 422]).toContain((await ask(body)).status);
    const basis = 'Agreement with the works council of 1 March, paragraph 4';
    expect((await ask({ enabled: true, basis })).body).toMatchObject({ staffAnalysis: true });
    expect(JSON.stringify((await one.api('GET', '/api/v1/audit?limit=5')).body)).toContain(basis);
    const node = new Puller('staff', one);
    expect((await node.sync({ cameras: [{ camera: id, version: 0 }] })).setups).toMatchObject([{ camera: id, staffAnalysis: true }]);

    await one.api('POST', '/api/v1/users', { email: 'super@example.test', name: 'Super', role: 'supervisor', sites: null, password: 'a long enough password' });
    const signedIn = await one.api('POST', '/api/v1/session', { email: 'super@example.test', password: 'a long enough password' }, { cookie: null });
    const cookie = signedIn.headers.getSetCookie().map((part) => part.split(';')[0]).join('; ');
    expect((await ask({ enabled: false }, { cookie })).status).toBe(403);

    // What is stored counts for nothing once the hub is in the EU.
    const eu = await startTestHub({ ...space.env, OTKLIK_VISION_TOKEN: TOKEN });
    try {
      expect((await eu.api('GET', `/api/v1/cameras/${id}/setup`)).body['staffAnalysis']).toBe(false);
      expect((await new Puller('staff-eu', eu).sync({ cameras: [{ camera: id, version: -1 }] })).setups).toMatchObject([{ camera: id, staffAnalysis: false }]);
    } finally {
      await eu.close();
    }
    expect((await ask({ enabled: false })).body).toMatchObject({ staffAnalysis: false });
  });
});
