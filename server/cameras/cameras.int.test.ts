import fs from 'node:fs';
import path from 'node:path';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CameraRegister, CameraSetup, DeviceCameraSetup, VisionSync, VisionSyncReply } from '../../contract/index.ts';
import { startTestHub, type TestHub } from '../testing/whole-hub.ts';
import { areaOf, choicesOf, LINE, SQUARE } from './testing/choices.ts';

const PASSWORD = 'a long enough password';
const SECRET = 'hunter2secret';
const WAIT = { timeout: 60_000, interval: 50 };
const CLOCKS_APART_MS = 5_000;
let test: TestHub;
let site: string;
let button: string;
let visionToken: string;
const cookies: Record<string, string> = {};

beforeAll(async () => {
  test = await startTestHub({ OTKLIK_SECRETS_KEY: 'k'.repeat(40) });
  ({ site, token: button } = await test.shop());
  await test.api('POST', `/api/v1/sites/${site}/zones`, { id: 'hall', name: '=Hall' });
  for (const role of ['supervisor', 'floor', 'analyst']) {
    await test.api('POST', '/api/v1/users', { email: `${role}@example.test`, name: role, role, sites: [site], password: PASSWORD });
    const signedIn = await test.api('POST', '/api/v1/session', { email: `${role}@example.test`, password: PASSWORD }, { cookie: null });
    cookies[role] = signedIn.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
  }
  visionToken = test.hub.visionToken;
});
afterAll(() => test.close());

type Answer = Awaited<ReturnType<TestHub['api']>>;
async function newCamera(at = site): Promise<{ id: string; token: string }> {
  const made = await test.api('POST', `/api/v1/sites/${at}/devices`, { kind: 'camera', name: 'Door camera', touchpoint: at === site ? 'till-3' : null });
  return { id: (made.body['device'] as { id: string }).id, token: made.body['token'] as string };
}
const byDevice = (method: string, url: string, token: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  test.api(method, url, body, { cookie: null, headers: { authorization: `Bearer ${token}`, ...headers } });
const setupUrl = (camera: string): string => `/api/v1/cameras/${camera}/setup`;
const put = (camera: string, body: unknown, version?: number | string, cookie = test.cookie): Promise<Answer> =>
  test.api('PUT', setupUrl(camera), body, { cookie, headers: version === undefined ? {} : { 'if-match': typeof version === 'number' ? `"${version}"` : version } });
const setupOf = async (camera: string): Promise<CameraSetup> => (await test.api('GET', setupUrl(camera))).body as unknown as CameraSetup;
const sync = async (message: Partial<VisionSync> = {}, token = visionToken): Promise<VisionSyncReply> => {
  const answer = await byDevice('POST', '/api/v1/vision/sync', token, { node: 'node-1', room: 4, load: 0.1, cameras: [], pulling: [], ...message });
  expect(answer.status).toBe(200);
  return answer.body as unknown as VisionSyncReply;
};
const eventsOf = async (type: string): Promise<{ body: Record<string, unknown> }[]> => ((await test.api('GET', `/api/v1/sites/${site}/events?limit=1000`)).body['events'] as { type: string; body: Record<string, unknown> }[]).filter((event) => event.type === type);
const auditText = async (): Promise<string> => JSON.stringify((await test.api('GET', '/api/v1/audit?limit=200')).body);

describe('a camera\'s set-up', () => {
  it('has version 0 and analyses nothing until somebody decides', async () => {
    const { id } = await newCamera();
    expect(await setupOf(id)).toMatchObject({ camera: id, site, version: 0, staff: null, areas: [], scene: null, staffAnalysis: false, demographics: false, updatedAt: null });
  });

  it('is kept with a new version, stands in the journal, and is told in the site\'s log', async () => {
    const { id } = await newCamera();
    const saved = await put(id, choicesOf({ areas: [areaOf({ zone: 'hall' }), areaOf({ id: 'door', touchpoint: 'till-3', role: 'entrance' })], counting: true, line: LINE }), undefined, cookies['supervisor']);
    expect(saved.status).toBe(200);
    expect(saved.headers.get('etag')).toBe('"1"');
    expect(saved.body).toMatchObject({ version: 1, counting: true, line: LINE, updatedBy: { name: 'supervisor' } });
    expect(await setupOf(id)).toEqual(saved.body);
    expect((await eventsOf('camera.configured')).filter(({ body }) => body['camera'] === id).map(({ body }) => body)).toEqual([{ camera: id, version: 1, by: { id: expect.any(String), name: 'supervisor' } }]);
    expect(await auditText()).toContain('camera.configured');
  });

  it('keeps the touchpoint of an outlined part from being deleted under it, and says which part', async () => {
    const { id } = await newCamera();
    expect((await test.api('POST', `/api/v1/sites/${site}/touchpoints`, { id: 'window', name: 'Window' })).status).toBe(201);
    expect((await put(id, choicesOf({ areas: [areaOf({ name: 'Shop window', touchpoint: 'window' })] }))).status).toBe(200);
    const refused = await test.api('DELETE', `/api/v1/sites/${site}/touchpoints/window`);
    expect(refused.body).toMatchObject({ status: 409, code: 'conflict', detail: expect.stringContaining('"Shop window" of Door camera') });
    expect((await put(id, choicesOf({ areas: [areaOf()] }), 1)).status).toBe(200);
    expect((await test.api('DELETE', `/api/v1/sites/${site}/touchpoints/window`)).status).toBe(204);
  });

  it('is not overwritten by whoever saw an older one', async () => {
    const { id } = await newCamera();
    expect((await put(id, choicesOf())).status).toBe(200);
    for (const version of [undefined, 0, 7]) expect((await put(id, choicesOf({ purpose: 'Late' }), version)).body).toMatchObject({ code: 'conflict', status: 409 });
    const both = await Promise.all(['One', 'Two'].map((purpose) => put(id, choicesOf({ purpose }), 1)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await setupOf(id)).version).toBe(2);
  });

  it('is refused where it cannot be done at this site', async () => {
    const { id } = await newCamera();
    const bow: typeof SQUARE = [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]];
    const wrong: [Record<string, unknown>, string][] = [
      [{ areas: [areaOf({ zone: 'nowhere' })] }, '/areas/0/zone'], [{ areas: [areaOf({ touchpoint: 'nothing' })] }, '/areas/0/touchpoint'], [{ areas: [areaOf(), areaOf()] }, '/areas/1/id'],
      [{ areas: [areaOf({ polygon: [[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]] })] }, '/areas/0/polygon'], [{ areas: [areaOf({ polygon: bow })] }, '/areas/0/polygon'],
      [{ staff: 'masked' }, '/masks'], [{ staff: 'masked', masks: [bow] }, '/masks/0'], [{ counting: true }, '/line'], [{ counting: true, line: { ...LINE, to: LINE.from } }, '/line'],
    ];
    for (const [changes, at] of wrong) {
      const answer = await put(id, choicesOf(changes));
      expect(answer.body, JSON.stringify(changes)).toMatchObject({ status: 422, errors: [{ path: at, message: expect.any(String) }] });
    }
    expect((await setupOf(id)).version).toBe(0);
  });

  it('takes no rubbish', async () => {
    const { id } = await newCamera();
    const fine = choicesOf();
    const rubbish: unknown[] = [
      null, [], 'x', {}, { ...fine, more: 1 }, { ...fine, areas: [{}] }, { ...fine, areas: Array.from({ length: 9 }, (_, i) => areaOf({ id: `a${i}` })) }, { ...fine, staff: 'some' },
      { ...fine, areas: [areaOf({ polygon: [[0, 0], [2, 0], [0, 1]] })] }, { ...fine, areas: [areaOf({ polygon: Array.from({ length: 33 }, () => [0.5, 0.5] as [number, number]) })] }, { ...fine, masks: [[[0, 0], [1, 1]]] },
      { ...fine, purpose: 'x'.repeat(201) }, { ...fine, emotions: 'yes' }, { ...fine, line: {} }, { ...fine, areas: [areaOf({ id: '__proto__' })] }, '{"areas":', `{"purpose":"${'x'.repeat(70_000)}"}`,
    ];
    for (const body of rubbish) expect([400, 413, 422], JSON.stringify(body).slice(0, 80)).toContain((await put(id, body)).status);
    for (const tag of ['x', '"-1"', 'W/"1"', '"1", "2"', '*']) expect((await put(id, fine, tag)).status, tag).toBe(422);
    for (const camera of ['none', 'A', '%00', 'x'.repeat(100)]) expect([400, 404, 422], camera).toContain((await put(camera, fine)).status);
    expect((await setupOf(id)).version).toBe(0);
  });

  it('is read by the floor and changed by those who manage devices, at their sites', async () => {
    const { id } = await newCamera();
    expect((await test.api('GET', setupUrl(id), undefined, { cookie: cookies['floor']! })).status).toBe(200);
    expect((await test.api('GET', setupUrl(id), undefined, { cookie: cookies['analyst']! })).status).toBe(403);
    expect((await test.api('GET', setupUrl(id), undefined, { cookie: null })).status).toBe(401);
    expect((await put(id, choicesOf(), undefined, cookies['floor'])).status).toBe(403);
    const { site: other } = await test.shop();
    const { id: far } = await newCamera(other);
    for (const url of [setupUrl(far)]) expect((await test.api('GET', url, undefined, { cookie: cookies['supervisor']! })).status).toBe(404);
    expect((await put(far, choicesOf(), undefined, cookies['supervisor'])).status).toBe(404);
    expect((await test.api('GET', setupUrl('none'))).status).toBe(404);
  });

  it('is gone with the camera', async () => {
    const { id } = await newCamera();
    await put(id, choicesOf());
    await test.api('PUT', `/api/v1/cameras/${id}/source`, { url: 'rtsp://192.168.1.9/s' });
    await test.api('POST', `/api/v1/devices/${id}/revoke`);
    for (const url of [setupUrl(id), `/api/v1/cameras/${id}/source`]) expect((await test.api('GET', url)).status).toBe(404);
    expect((await put(id, choicesOf(), 1)).status).toBe(404);
    expect((await sync({ cameras: [{ camera: id, version: 1 }] })).setups).toEqual([expect.objectContaining({ camera: id, version: 0, staff: null, areas: [] })]);
    expect((await eventsOf('camera.configured')).at(-1)?.body).toMatchObject({ camera: id, version: 0 });
  });
});

describe('a camera\'s own page', () => {
  const OWN = '/api/v1/device/camera-setup';
  const open = (camera: string, minutes: unknown = 10, cookie = test.cookie): Promise<Answer> => test.api('POST', `${setupUrl(camera)}/open`, { minutes }, { cookie });

  it('sets it up only while somebody opened that', async () => {
    const { id, token } = await newCamera();
    for (const method of ['GET', 'PUT']) expect((await byDevice(method, OWN, token, method === 'PUT' ? choicesOf() : undefined)).body).toMatchObject({ status: 403, code: 'setup_closed' });
    const opened = await open(id);
    expect(opened.body['openUntil']).toBeGreaterThan(Date.now() + 9 * 60_000);
    const own = (await byDevice('GET', OWN, token)).body as unknown as DeviceCameraSetup;
    expect(own).toMatchObject({ setup: { camera: id, version: 0, openUntil: opened.body['openUntil'] }, zones: [{ id: 'hall' }], touchpoints: [{ id: 'till-3' }], analysis: null, sample: null });
    const saved = await byDevice('PUT', OWN, token, choicesOf(), { 'if-match': '"0"' });
    expect(saved.body).toMatchObject({ version: 1, updatedBy: { id, name: 'Door camera' } });
    expect((await byDevice('PUT', OWN, token, choicesOf())).status).toBe(409);
    expect((await byDevice('PUT', OWN, token, choicesOf({ staff: 'masked' }), { 'if-match': '"1"' })).status).toBe(422);
    expect((await test.api('POST', `${setupUrl(id)}/close`)).body['openUntil']).toBeNull();
    expect((await byDevice('GET', OWN, token)).status).toBe(403);
    expect(await auditText()).toMatch(/camera\.setup_opened.*|camera\.setup_closed/);
  });

  it('may do so for a quarter of an hour after it was paired', async () => {
    const pairing = (await test.api('POST', '/api/v1/pairings', { kind: 'camera' }, { cookie: null })).body as { code: string; secret: string };
    await test.api('POST', `/api/v1/pairings/${pairing.code}/confirm`, { site, name: 'Tablet' });
    const paired = (await test.api('POST', `/api/v1/pairings/${pairing.code}/token`, { secret: pairing.secret }, { cookie: null })).body as { token: string };
    const { setup } = (await byDevice('GET', OWN, paired.token)).body as unknown as DeviceCameraSetup;
    expect(setup.openUntil! - Date.now()).toBeGreaterThan(14 * 60_000);
    // The clock is the store's, which may be another machine's.
    expect(setup.openUntil! - Date.now()).toBeLessThanOrEqual(15 * 60_000 + CLOCKS_APART_MS);
  });

  it('is opened by those who manage devices, for half an hour at most', async () => {
    const { id } = await newCamera();
    for (const minutes of [0, 31, 1.5, '10', null]) expect((await open(id, minutes)).status, String(minutes)).toBe(422);
    expect((await open(id, 5, cookies['floor'])).status).toBe(403);
    expect((await test.api('POST', `${setupUrl(id)}/close`, undefined, { cookie: cookies['floor']! })).status).toBe(403);
  });

  it('is nobody else\'s', async () => {
    expect((await byDevice('GET', OWN, button)).status).toBe(403);
    expect((await byDevice('GET', OWN, visionToken)).status).toBe(403);
    expect((await test.api('GET', OWN)).status).toBe(401);
    expect((await byDevice('PUT', OWN, button, choicesOf())).status).toBe(403);
  });
});

describe('a vision node', () => {
  it('learns what differs from what it has, and of cameras that nobody set up', async () => {
    const { id } = await newCamera();
    const node = 'node-learns';
    expect((await sync({ node, cameras: [{ camera: id, version: -1 }] })).setups).toEqual([expect.objectContaining({ camera: id, version: 0 })]);
    expect((await sync({ node, cameras: [{ camera: id, version: 0 }] })).setups).toEqual([]);
    await put(id, choicesOf());
    expect((await sync({ node, cameras: [{ camera: id, version: 0 }] })).setups).toEqual([expect.objectContaining({ camera: id, version: 1, staff: 'none' })]);
    expect((await sync({ node, cameras: [{ camera: 'unheard-of', version: 3 }] })).setups).toEqual([]);
  });

  it('hears that a set-up was opened though its version stays', async () => {
    const { id } = await newCamera();
    await put(id, choicesOf());
    await test.api('POST', `${setupUrl(id)}/open`, { minutes: 5 });
    expect((await sync({ cameras: [{ camera: id, version: 1 }] })).setups).toEqual([expect.objectContaining({ version: 1, openUntil: expect.any(Number) })]);
  });

  it('keeps the first scene of each version; another set-up clears it', async () => {
    const { id } = await newCamera();
    await put(id, choicesOf());
    const say = (version: unknown, scene: unknown): Promise<Answer> => byDevice('POST', `/api/v1/vision/cameras/${id}/scene`, visionToken, { version, scene });
    expect((await say(1, 'AAAAAAAAAAA=')).status).toBe(204);
    expect((await say(1, 'BBBBBBBBBBB=')).status).toBe(204);
    expect((await setupOf(id)).scene).toBe('AAAAAAAAAAA=');
    expect((await sync({ cameras: [{ camera: id, version: 1 }] })).setups[0]?.scene).toBe('AAAAAAAAAAA=');
    expect((await say(2, 'AAAAAAAAAAA=')).status).toBe(409);
    for (const [version, scene] of [[0, 'AAAAAAAAAAA='], [1, ''], [1, '<svg>'], [1, 'A'.repeat(2_001)], ['1', 'AAAAAAAAAAA=']]) expect((await say(version, scene)).status).toBe(422);
    await put(id, choicesOf({ purpose: 'Other' }), 1);
    expect((await setupOf(id)).scene).toBeNull();
    expect((await byDevice('POST', `/api/v1/vision/cameras/${id}/scene`, button, { version: 2, scene: 'AAAAAAAAAAA=' })).status).toBe(403);
    expect((await byDevice('POST', '/api/v1/vision/cameras/none/scene', visionToken, { version: 2, scene: 'AAAAAAAAAAA=' })).status).toBe(404);
  });

  it('of one site hears nothing of others', async () => {
    const { site: other } = await test.shop();
    const { id } = await newCamera(other);
    await put(id, choicesOf({ areas: [] }));
    const made = await test.api('POST', `/api/v1/sites/${site}/devices`, { kind: 'vision', name: 'Node of one site' });
    const token = made.body['token'] as string;
    expect((await sync({ node: 'limited', cameras: [{ camera: id, version: 0 }] }, token)).setups).toEqual([]);
    expect((await byDevice('POST', `/api/v1/vision/cameras/${id}/scene`, token, { version: 1, scene: 'AAAAAAAAAAA=' })).status).toBe(404);
  });

  it('is the only one to synchronise, and sends no rubbish', async () => {
    const { token } = await newCamera();
    const fine = { node: 'n', room: 1, load: 0, cameras: [], pulling: [] };
    for (const wrong of [button, token]) expect((await byDevice('POST', '/api/v1/vision/sync', wrong, fine)).status).toBe(403);
    expect((await test.api('POST', '/api/v1/vision/sync', fine)).status).toBe(401);
    for (const body of [null, {}, { ...fine, room: -1 }, { ...fine, load: 2 }, { ...fine, node: '' }, { ...fine, cameras: [{ camera: 'A' }] }, { ...fine, pulling: Array.from({ length: 1001 }, () => 'a') }, { ...fine, x: 1 }, '{']) {
      expect([400, 422], JSON.stringify(body).slice(0, 60)).toContain((await byDevice('POST', '/api/v1/vision/sync', visionToken, body)).status);
    }
  });
});

describe('the address of an IP camera', () => {
  const sourceUrl = (camera: string): string => `/api/v1/cameras/${camera}/source`;
  const URL_WITH_SECRET = `rtsp://admin:${SECRET}@192.168.1.20:554/stream1?token=${SECRET}`;

  it('is shown without its password, in the answer, the journal, the log and the database', async () => {
    const { id } = await newCamera();
    const saved = await test.api('PUT', sourceUrl(id), { url: URL_WITH_SECRET });
    expect(saved.body).toMatchObject({ url: 'rtsp://192.168.1.20:554/stream1?…' });
    expect((await test.api('GET', sourceUrl(id))).body).toEqual(saved.body);
    const told = JSON.stringify(await eventsOf('camera.configured')) + await auditText();
    expect(told).not.toContain(SECRET);
    expect((await eventsOf('camera.configured')).at(-1)?.body).toMatchObject({ camera: id, version: 0 });
    const file = path.join(test.dataDir, 'otklik.db');
    for (const name of [file, `${file}-wal`]) if (fs.existsSync(name)) expect(fs.readFileSync(name).includes(SECRET), name).toBe(false);
  });

  it('goes whole to the node that fetches it', async () => {
    const { id } = await newCamera();
    await test.api('PUT', sourceUrl(id), { url: URL_WITH_SECRET });
    const reply = await vi.waitFor(async () => {
      const answer = await sync({ node: 'fetcher', room: 50 });
      expect(answer.pull.map(({ camera }) => camera)).toContain(id);
      return answer;
    }, WAIT);
    expect(reply.pull.find(({ camera }) => camera === id)).toEqual({ camera: id, site, url: URL_WITH_SECRET });
    expect(reply.setups).toContainEqual(expect.objectContaining({ camera: id, version: 0 }));
    expect((await test.api('DELETE', sourceUrl(id))).status).toBe(204);
    expect((await sync({ node: 'fetcher', pulling: [id] })).pull.map(({ camera }) => camera)).not.toContain(id);
    expect((await test.api('DELETE', sourceUrl(id))).status).toBe(404);
    expect((await test.api('GET', sourceUrl(id))).status).toBe(404);
  });

  it('is refused when it cannot be a camera\'s', async () => {
    const { id } = await newCamera();
    for (const url of ['rtsp://127.0.0.1/s', 'rtsp://localhost/s', 'rtsp://169.254.169.254/latest', 'rtsp://[::1]/s', 'rtsp://2130706433/s', 'rtsp://metadata.google.internal/x']) {
      expect((await test.api('PUT', sourceUrl(id), { url })).body, url).toMatchObject({ status: 422, code: 'source_unusable' });
    }
    for (const body of [{}, null, { url: 'http://192.168.1.2/' }, { url: 'file:///etc/passwd' }, { url: '' }, { url: 'rtsp://a b' }, { url: `rtsp://${'x'.repeat(600)}` }, { url: 'rtsp://10.0.0.1/', more: 1 }]) {
      expect([400, 422], JSON.stringify(body)).toContain((await test.api('PUT', sourceUrl(id), body)).status);
    }
  });

  it('is the business of those who manage devices', async () => {
    const { id, token } = await newCamera();
    await test.api('PUT', sourceUrl(id), { url: URL_WITH_SECRET });
    for (const role of ['floor', 'analyst']) {
      expect((await test.api('GET', sourceUrl(id), undefined, { cookie: cookies[role]! })).status).toBe(403);
      expect((await test.api('PUT', sourceUrl(id), { url: URL_WITH_SECRET }, { cookie: cookies[role]! })).status).toBe(403);
      expect((await test.api('DELETE', sourceUrl(id), undefined, { cookie: cookies[role]! })).status).toBe(403);
    }
    expect((await byDevice('GET', sourceUrl(id), token)).status).toBe(403);
  });
});

describe('the EU profile', () => {
  it('knows no analysis of staff, whatever is sent', async () => {
    const { id } = await newCamera();
    const ask = (body: unknown, cookie?: string): Promise<Answer> => test.api('PUT', `/api/v1/cameras/${id}/staff-analysis`, body, cookie === undefined ? {} : { cookie });
    for (const body of [{ enabled: true, basis: 'A recorded basis that is long enough' }, { enabled: false }, {}, 'x', '{', null]) expect((await ask(body)).body).toMatchObject({ status: 403, code: 'not_in_this_profile' });
    expect((await ask({ enabled: false }, cookies['supervisor'])).status).toBe(403);
    expect((await setupOf(id)).staffAnalysis).toBe(false);
  });
});

describe('the register of cameras', () => {
  it('says what each camera watches for, who decided it, and what its node says of it', async () => {
    const { id } = await newCamera();
    await put(id, choicesOf({ purpose: '=cmd()', areas: [areaOf({ zone: 'hall' })], staff: 'masked', masks: [SQUARE] }), undefined, cookies['supervisor']);
    const at = Date.now();
    expect((await test.send(visionToken, [{ id: ulid(), type: 'camera.analysis', site, at, body: { camera: id, running: false, reason: 'moved', since: at } }])).body).toMatchObject({ accepted: 1 });
    const row = await vi.waitFor(async () => {
      const register = (await test.api('GET', `/api/v1/sites/${site}/cameras/register`, undefined, { cookie: cookies['analyst']! })).body as unknown as CameraRegister;
      const found = register.cameras.find(({ camera }) => camera === id);
      expect(found?.analysis).toEqual({ running: false, reason: 'moved', since: at });
      return found;
    }, WAIT);
    expect(row).toMatchObject({ name: 'Door camera', touchpoint: 'Till 3', purpose: '=cmd()', staff: 'masked', masks: 1, version: 1, updatedBy: { name: 'supervisor' }, fetched: false, areas: [{ name: 'Counter', role: 'contact', place: '=Hall' }] });

    const csv = (await test.api('GET', `/api/v1/sites/${site}/cameras/register.csv`)).body['text'] as string;
    const line = csv.split('\r\n').find((one) => one.startsWith(id));
    expect(line).toContain('\'=cmd()');
    expect(line).toContain('supervisor');
    const cameras = (await test.api('GET', `/api/v1/sites/${site}/cameras`)).body['cameras'] as { id: string }[];
    expect(cameras.find((one) => one.id === id)).toMatchObject({ setup: 1, analysis: { running: false, reason: 'moved', since: at } });
  });

  it('gives the sign its words, and neither to strangers', async () => {
    const sign = (await test.api('GET', `/api/v1/sites/${site}/cameras/sign`)).body;
    expect(sign).toMatchObject({ profile: 'eu', emotions: true, staffAnalysis: false, demographics: false, purposes: expect.arrayContaining(['Queues at the till']) });
    for (const what of ['register', 'register.csv', 'sign']) {
      expect((await test.api('GET', `/api/v1/sites/none/cameras/${what}`)).status).toBe(404);
      expect((await test.api('GET', `/api/v1/sites/${site}/cameras/${what}`, undefined, { cookie: null })).status).toBe(401);
      expect((await byDevice('GET', `/api/v1/sites/${site}/cameras/${what}`, button)).status).toBe(403);
    }
  });
});
