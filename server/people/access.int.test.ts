import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEVICE_KIND_NAMES, PERSON_ROLES, type DeviceKind, type Role } from '../../contract/index.ts';
import { pressOf, startTestHub, type TestHub } from '../testing/whole-hub.ts';
import { DEVICE_ROWS, OPEN_ROUTES, PERSON_ROWS, type AccessRow } from './testing/access-rows.ts';

const PASSWORD = 'a long enough password';
const WAIT = { timeout: 60_000, interval: 50 };
const LONG = 120_000;
let test: TestHub;
const cookies: Partial<Record<Role | 'elsewhere', string>> = {};
/** Devices of each kind at site `one`; `otherCamera` and `otherVision` stand at site `two`. */
const devices: Record<string, { id: string; token: string }> = {};
let alert: string;

const cookieOf = (headers: Headers): string => headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');

async function person(name: string, role: Role, sites: string[] | null): Promise<string> {
  await test.api('POST', '/api/v1/users', { email: `${name}@example.test`, name, role, sites, password: PASSWORD });
  return cookieOf((await test.api('POST', '/api/v1/session', { email: `${name}@example.test`, password: PASSWORD }, { cookie: null })).headers);
}
async function device(site: string, kind: DeviceKind): Promise<{ id: string; token: string }> {
  const { status, body } = await test.api('POST', `/api/v1/sites/${site}/devices`, { kind, name: kind });
  expect(status).toBe(201);
  return { id: (body['device'] as { id: string }).id, token: body['token'] as string };
}
/** An alert that is resolved, so that no command changes it any more. */
async function resolvedAlert(): Promise<string> {
  await test.send(devices['button']!.token, [pressOf('one', 1)]);
  const id = await vi.waitFor(async () => {
    const { alerts } = (await test.api('GET', '/api/v1/sites/one/alerts')).body as { alerts?: { id: string }[] };
    expect(alerts).toHaveLength(1);
    return alerts![0]!.id;
  }, WAIT);
  const { status } = await test.api('POST', `/api/v1/alerts/${id}/resolve`, { cause: 'queue', outcome: 'helped' }, { headers: { 'idempotency-key': ulid() } });
  expect(status).toBe(200);
  return id;
}

beforeAll(async () => {
  // Outside the EU profile, where what the EU refuses to everybody is a matter of roles.
  test = await startTestHub({ OTKLIK_PROFILE: 'other', OTKLIK_SECRETS_KEY: 'k'.repeat(40), OTKLIK_WEB_DIR: '/nonexistent' });
  for (const id of ['one', 'two']) await test.api('POST', '/api/v1/sites', { id, name: id, timezone: 'UTC' });
  for (const role of PERSON_ROLES) cookies[role] = await person(role, role, role === 'administrator' ? null : ['one']);
  cookies.elsewhere = await person('elsewhere', 'supervisor', ['two']);
  for (const kind of DEVICE_KIND_NAMES) devices[kind] = await device('one', kind);
  devices['setUp'] = await device('one', 'camera');
  devices['otherCamera'] = await device('two', 'camera');
  devices['otherVision'] = await device('two', 'vision');
  await test.api('POST', `/api/v1/cameras/${devices['camera']!.id}/setup/open`, { minutes: 30 });
  const wall = (await test.api('POST', '/api/v1/sites/one/walls', { name: 'W' })).body as { wall: { id: string }; token: string };
  cookies.wall = `otklik_wall=${wall.wall.id}.${wall.token}`;
  alert = await resolvedAlert();
}, LONG);
afterAll(() => test.close());

const methodOf = ({ route }: AccessRow): string => route.split(' ')[0]!;
function urlOf({ route, query = '', nobody }: AccessRow, more: Record<string, string> = {}): string {
  const named: Record<string, string> = { site: 'one', camera: devices['setUp']!.id, alert, ...(nobody === true ? {} : { device: devices['button']!.id }), hash: '0'.repeat(64), code: '000000', ...more };
  return route.split(' ')[1]!.replaceAll(/:(\w+)/g, (_, name: string) => named[name] ?? 'none') + query;
}

interface As { cookie?: string; token?: string; ids?: Record<string, string> }
const ask = (row: AccessRow, { cookie, token, ids }: As) => test.api(methodOf(row), urlOf(row, ids), row.body, {
  cookie: cookie ?? null,
  // A key for commands that ask for one; the others do not look at it.
  headers: { 'idempotency-key': ulid(), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...row.headers },
});
/** What somebody hears who may do it: it was done, or what was asked for is not there, not so, or not whole. */
const LET_IN = [200, 204, 400, 404, 409, 422];

describe.each(PERSON_ROWS)('$route', (row) => {
  const { allowed } = row;
  it.each([...PERSON_ROLES, 'wall'] as Role[])('as %s', async (role) => {
    const { status, body } = await ask(row, { cookie: cookies[role]! });
    if (!allowed.includes(role)) return expect({ status, code: body['code'] }).toEqual({ status: 403, code: 'forbidden' });
    expect(LET_IN).toContain(status);
    return expect(status === 404 && row.nobody === undefined).toBe(false);
  });

  it('is closed to strangers, to unknown cookies and to devices', async () => {
    expect(await ask(row, {})).toMatchObject({ status: 401, body: { code: 'unauthorised' } });
    expect((await ask(row, { cookie: `otklik_session=${'A'.repeat(43)}; otklik_wall=x.${'A'.repeat(43)}` })).status).toBe(401);
    for (const kind of ['button', 'camera', 'vision'] as const) expect([401, 403], kind).toContain((await ask(row, { token: devices[kind]!.token })).status);
  });
});

/** Routes that name something of site `one`. */
const OF_A_SITE = PERSON_ROWS.filter(({ route, nobody }) => /:(site|camera)\b/.test(route) || (nobody === undefined && /:(alert|device)\b/.test(route)));
describe.each(OF_A_SITE)('$route', (row) => {
  it('does not exist for somebody of another site', async () => {
    const { status, body } = await ask(row, { cookie: cookies.elsewhere! });
    // Where the address alone tells no site, a role that may do it nowhere hears so first; never that it is there.
    const hears = row.allowed.includes('supervisor') || /:(site|camera)\b/.test(row.route) ? { status: 404, code: 'not_found' } : { status: 403, code: 'forbidden' };
    expect({ status, code: body['code'] }).toEqual(hears);
  });
});

describe.each(DEVICE_ROWS)('$route', (row) => {
  it.each(DEVICE_KIND_NAMES)('as a %s', async (kind) => {
    const { status, body } = await ask(row, { token: devices[kind]!.token, ids: { camera: devices['camera']!.id } });
    if (!row.kinds.includes(kind)) return expect({ status, code: body['code'] }).toEqual({ status: 403, code: 'forbidden' });
    expect(LET_IN).toContain(status);
    return expect(status === 404 && row.nobody === undefined).toBe(false);
  });

  it('is closed to people, walls, strangers and unknown tokens', async () => {
    for (const role of [...PERSON_ROLES, 'wall'] as const) expect([401, 403], role).toContain((await ask(row, { cookie: cookies[role]! })).status);
    for (const as of [{}, { token: 'A'.repeat(43) }]) expect(await ask(row, as)).toMatchObject({ status: 401, body: { code: 'unauthorised' } });
  });
});

describe('a device', () => {
  it.each(DEVICE_ROWS.filter(({ route }) => route.includes('/cameras/:camera/whip')))('of its own is nobody at $route of another camera', async (row) => {
    for (const name of ['setUp', 'otherCamera']) expect(await ask(row, { token: devices[name]!.token, ids: { camera: devices['camera']!.id } })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it('that is a node of one site hears nothing of another\'s cameras', async () => {
    const { id } = devices['camera']!;
    await test.api('PUT', `/api/v1/cameras/${id}/setup`, PERSON_ROWS.find(({ route }) => route === 'PUT /api/v1/cameras/:camera/setup')!.body);
    await test.api('PUT', `/api/v1/cameras/${id}/source`, { url: 'rtsp://10.0.0.7/live' });
    const sync = DEVICE_ROWS.find(({ route }) => route === 'POST /api/v1/vision/sync')!;
    const asked = { node: 'n2', room: 10, load: 0, cameras: [{ camera: id, version: -1 }], pulling: [id] };
    const answer = await ask({ ...sync, body: asked }, { token: devices['otherVision']!.token });
    expect(answer).toMatchObject({ status: 200, body: { setups: [], pull: [] } });
    const scene = DEVICE_ROWS.find(({ route }) => route === 'POST /api/v1/vision/cameras/:camera/scene')!;
    expect(await ask(scene, { token: devices['otherVision']!.token, ids: { camera: id } })).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

it('lists only one\'s own sites', async () => {
  const ids = async (cookie: string) => ((await test.api('GET', '/api/v1/sites', undefined, { cookie })).body as { sites: { id: string }[] }).sites.map(({ id }) => id);
  expect(await ids(cookies.administrator!)).toEqual(['one', 'two']);
  expect(await ids(cookies.floor!)).toEqual(['one']);
  expect((await test.api('GET', '/api/v1/session', undefined, { cookie: cookies.elsewhere! })).body).toMatchObject({ role: 'supervisor', sites: [{ id: 'two' }] });
});

/** Every route that the hub has, also those that its description leaves out, from the router's own drawing of its tree. */
function routesOf(drawn: string): string[] {
  const path: string[] = [];
  const routes: string[] = [];
  for (const line of drawn.split('\n').filter((text) => text !== '')) {
    const [, indent, segment, methods] = /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?$/.exec(line)!;
    path.length = indent!.length / 4;
    path.push(segment!);
    // HEAD is GET without its body, by the same hooks.
    for (const method of methods?.split(', ') ?? []) if (method !== 'HEAD') routes.push(`${method} ${path.join('').replace(/^\/(?=[^/])/, '').replace(/^(?=[^/*])/, '/')}`);
  }
  return routes;
}

it('every route of the tables is one that exists, and every route that exists is in one of them or open on purpose', () => {
  const exist = routesOf(test.hub.http.printRoutes({ commonPrefix: false })).filter((route) => !/^GET \/api\/docs(\/|$)/.test(route));
  expect(exist.length).toBeGreaterThan(100);
  expect([...[...PERSON_ROWS, ...DEVICE_ROWS].map(({ route }) => route), ...OPEN_ROUTES].sort()).toEqual(exist.sort());
});
