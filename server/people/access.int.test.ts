import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERSON_ROLES, type Role } from '../../contract/index.ts';
import { hubEvent, LogEvent } from '../core/log/event.ts';
import { startHub, type TestHub } from '../testing/hub.ts';

let hub: TestHub;
const cookies: Partial<Record<Role | 'elsewhere', string>> = {};
let device: { id: string; token: string };
let wall: string;
const alert = '01k7aaaaaaaaaaaaaaaaaaaaaa';

beforeAll(async () => {
  hub = await startHub();
  for (const role of PERSON_ROLES) cookies[role] = (await hub.person(role, role === 'administrator' ? null : ['one'])).cookie;
  const admin = cookies.administrator!;
  for (const id of ['one', 'two']) await hub.call('POST', '/api/v1/sites', { cookie: admin, body: { id, name: id, timezone: 'UTC' } });
  cookies.elsewhere = (await hub.person('supervisor', ['two'])).cookie;
  const made = (await hub.call('POST', '/api/v1/sites/one/devices', { cookie: admin, body: { kind: 'button', name: 'B' } })).body as unknown as { device: { id: string }; token: string };
  device = { id: made.device.id, token: made.token };
  const shown = (await hub.call('POST', '/api/v1/sites/one/walls', { cookie: admin, body: { name: 'W' } })).body as unknown as { wall: { id: string }; token: string };
  wall = shown.wall.id;
  cookies.wall = `otklik_wall=${wall}.${shown.token}`;
  // Resolved, so that no command changes it any more.
  const by = { id: 'x', name: 'X' };
  const stated = [
    hubEvent('one', 'alert.opened', 1, { alert, kind: 'feedback.negative', severity: 'high', source: alert.toUpperCase(), since: 1, touchpoint: null }),
    hubEvent('one', 'alert.resolved', 2, { alert, by, cause: 'queue' }),
  ];
  await hub.store.transaction(async (tx) => { for (const event of stated) await hub.alerts.apply(tx.db, new LogEvent(event, 1, 1).event as Parameters<typeof hub.alerts.apply>[1]); });
});
afterAll(() => hub.close());

interface Row { method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'; url: () => string; body?: unknown; allowed: Role[]; site?: true }
const everyone: Role[] = [...PERSON_ROLES];
const managers: Role[] = ['administrator', 'supervisor'];
/** For commands that ask for a key; the others do not look at it. */
const headers = { 'idempotency-key': 'access-test' };
/** Nothing here succeeds in changing anything: bodies are empty patches or name what is not there, so order does not matter. */
const ROWS: Row[] = [
  { method: 'GET', url: () => '/api/v1/session', allowed: [...everyone, 'wall'] },
  { method: 'GET', url: () => '/api/v1/users', allowed: ['administrator'] },
  { method: 'POST', url: () => '/api/v1/users', body: {}, allowed: ['administrator'] },
  { method: 'PATCH', url: () => '/api/v1/users/nobody', body: {}, allowed: ['administrator'] },
  { method: 'GET', url: () => '/api/v1/audit', allowed: ['administrator'] },
  { method: 'GET', url: () => '/api/v1/sites', allowed: everyone },
  { method: 'POST', url: () => '/api/v1/sites', body: {}, allowed: ['administrator'] },
  { method: 'GET', url: () => '/api/v1/sites/one', allowed: everyone, site: true },
  { method: 'PATCH', url: () => '/api/v1/sites/one', body: {}, allowed: ['administrator'], site: true },
  { method: 'POST', url: () => '/api/v1/sites/one/zones', body: {}, allowed: ['administrator'], site: true },
  { method: 'PATCH', url: () => '/api/v1/sites/one/zones/none', body: {}, allowed: ['administrator'], site: true },
  { method: 'DELETE', url: () => '/api/v1/sites/one/zones/none', allowed: ['administrator'], site: true },
  { method: 'POST', url: () => '/api/v1/sites/one/touchpoints', body: {}, allowed: ['administrator'], site: true },
  { method: 'PATCH', url: () => '/api/v1/sites/one/touchpoints/none', body: {}, allowed: ['administrator'], site: true },
  { method: 'DELETE', url: () => '/api/v1/sites/one/touchpoints/none', allowed: ['administrator'], site: true },
  { method: 'GET', url: () => '/api/v1/sites/one/devices', allowed: ['administrator', 'supervisor', 'floor'], site: true },
  { method: 'POST', url: () => '/api/v1/sites/one/devices', body: {}, allowed: managers, site: true },
  { method: 'PATCH', url: () => `/api/v1/devices/${device.id}`, body: {}, allowed: managers, site: true },
  { method: 'POST', url: () => '/api/v1/devices/none/revoke', allowed: managers },
  { method: 'GET', url: () => '/api/v1/pairings/000000', allowed: managers },
  { method: 'POST', url: () => '/api/v1/pairings/000000/confirm', body: { site: 'one', name: 'x' }, allowed: managers },
  { method: 'GET', url: () => '/api/v1/sites/one/walls', allowed: ['administrator', 'supervisor', 'floor'], site: true },
  { method: 'POST', url: () => '/api/v1/sites/one/walls', body: {}, allowed: managers, site: true },
  { method: 'POST', url: () => '/api/v1/walls/none/revoke', allowed: managers },
  { method: 'GET', url: () => '/api/v1/sites/one/alerts', allowed: ['administrator', 'supervisor', 'floor', 'analyst'], site: true },
  { method: 'POST', url: () => `/api/v1/alerts/${alert}/claim`, allowed: ['administrator', 'supervisor', 'floor'], site: true },
  { method: 'POST', url: () => `/api/v1/alerts/${alert}/release`, allowed: ['administrator', 'supervisor', 'floor'], site: true },
  { method: 'POST', url: () => `/api/v1/alerts/${alert}/resolve`, body: { cause: 'queue' }, allowed: ['administrator', 'supervisor', 'floor'], site: true },
  { method: 'POST', url: () => `/api/v1/alerts/${alert}/depart`, allowed: ['administrator', 'supervisor', 'floor'], site: true },
  { method: 'POST', url: () => `/api/v1/alerts/${alert}/snooze`, body: { for: 5, reason: 'r' }, allowed: ['administrator', 'supervisor', 'floor'], site: true },
  { method: 'POST', url: () => `/api/v1/alerts/${alert}/seen`, allowed: ['administrator', 'supervisor', 'floor'], site: true },
  { method: 'GET', url: () => `/api/v1/alerts/${alert}`, allowed: ['administrator', 'supervisor', 'floor', 'analyst'], site: true },
  { method: 'GET', url: () => '/api/v1/sites/one/alert-settings', allowed: ['administrator', 'supervisor', 'floor', 'analyst'], site: true },
  { method: 'PUT', url: () => '/api/v1/sites/one/alert-settings', body: {}, allowed: managers, site: true },
  { method: 'PUT', url: () => `/api/v1/devices/${device.id}/mute`, body: { until: 1 }, allowed: ['administrator', 'supervisor', 'floor'], site: true },
  { method: 'GET', url: () => '/api/v1/sites/one/shifts', allowed: everyone, site: true },
  { method: 'POST', url: () => '/api/v1/sites/one/shifts', body: {}, allowed: managers, site: true },
  { method: 'PUT', url: () => '/api/v1/shifts/none', body: {}, allowed: managers },
  { method: 'DELETE', url: () => '/api/v1/shifts/none', allowed: managers },
  { method: 'GET', url: () => '/api/v1/sites/one/duty', allowed: everyone, site: true },
  { method: 'PUT', url: () => '/api/v1/sites/one/duty', body: {}, allowed: ['administrator', 'supervisor', 'floor'], site: true },
  { method: 'GET', url: () => '/api/v1/sites/one/people', allowed: managers, site: true },
  { method: 'POST', url: () => '/api/v1/sites/one/presence', allowed: everyone, site: true },
  { method: 'GET', url: () => '/api/v1/sites/one/rules', allowed: everyone, site: true },
  { method: 'POST', url: () => '/api/v1/sites/one/rules', body: {}, allowed: managers, site: true },
  { method: 'POST', url: () => '/api/v1/sites/one/rules/preview', body: {}, allowed: managers, site: true },
  { method: 'PUT', url: () => '/api/v1/sites/one/rules/none', body: {}, allowed: managers, site: true },
  { method: 'DELETE', url: () => '/api/v1/sites/one/rules/none', allowed: managers, site: true },
  { method: 'GET', url: () => '/api/v1/notifications', allowed: everyone },
  { method: 'PUT', url: () => '/api/v1/notifications/settings', body: {}, allowed: everyone },
  { method: 'POST', url: () => '/api/v1/notifications/subscriptions', body: {}, allowed: everyone },
  { method: 'DELETE', url: () => '/api/v1/notifications/subscriptions/none', allowed: everyone },
  { method: 'POST', url: () => '/api/v1/notifications/test', body: {}, allowed: everyone },
  { method: 'GET', url: () => '/api/v1/sites/one/deliveries', allowed: managers, site: true },
  { method: 'GET', url: () => '/api/v1/sites/one/webhooks', allowed: managers, site: true },
  { method: 'POST', url: () => '/api/v1/sites/one/webhooks', body: {}, allowed: managers, site: true },
  { method: 'PUT', url: () => '/api/v1/sites/one/webhooks/none', body: {}, allowed: managers, site: true },
  { method: 'DELETE', url: () => '/api/v1/sites/one/webhooks/none', allowed: managers, site: true },
  { method: 'POST', url: () => '/api/v1/webhooks/none/test', allowed: managers },
  { method: 'GET', url: () => '/api/v1/sites/one/reports/response', allowed: ['administrator', 'supervisor', 'analyst'], site: true },
];

describe.each(ROWS)('$method $url', ({ method, url, body, allowed }) => {
  const call = (options: { cookie?: string; token?: string }) => hub.call(method, url(), { ...options, headers, ...(body === undefined ? {} : { body }) });

  it.each([...everyone, 'wall'] as Role[])('as %s', async (role) => {
    const { status, body: answer } = await call({ cookie: cookies[role]! });
    if (allowed.includes(role)) expect([200, 204, 404, 409, 422]).toContain(status);
    else expect({ status, code: answer.code }).toEqual({ status: 403, code: 'forbidden' });
    if (allowed.includes(role) && status === 404) expect(url()).toMatch(/none|nobody|000000/);
  });

  it('is closed to strangers, to unknown cookies and to devices', async () => {
    expect(await call({})).toMatchObject({ status: 401, body: { code: 'unauthorised' } });
    expect((await call({ cookie: `otklik_session=${'A'.repeat(43)}; otklik_wall=x.${'A'.repeat(43)}` })).status).toBe(401);
    expect([401, 403]).toContain((await call({ token: device.token })).status);
  });
});

describe.each(ROWS.filter(({ site }) => site))('$method $url', ({ method, url, body, allowed }) => {
  it('does not exist for somebody of another site', async () => {
    const { status, body: answer } = await hub.call(method, url(), { cookie: cookies.elsewhere!, headers, ...(body === undefined ? {} : { body }) });
    expect({ status, code: answer.code }).toEqual(allowed.includes('supervisor') || url().startsWith('/api/v1/sites/') ? { status: 404, code: 'not_found' } : { status: 403, code: 'forbidden' });
  });
});

it('lists only one\'s own sites', async () => {
  const ids = async (cookie: string) => ((await hub.call('GET', '/api/v1/sites', { cookie })).body as unknown as { sites: { id: string }[] }).sites.map(({ id }) => id);
  expect(await ids(cookies.administrator!)).toEqual(['one', 'two']);
  expect(await ids(cookies.floor!)).toEqual(['one']);
  expect((await hub.call('GET', '/api/v1/session', { cookie: cookies.elsewhere! })).body).toMatchObject({ role: 'supervisor', sites: [{ id: 'two' }] });
});

it('every route of the table is one that exists, and every route that exists is in the table or open on purpose', () => {
  const open = ['GET /api/v1/setup', 'POST /api/v1/setup', 'POST /api/v1/session', 'DELETE /api/v1/session', 'POST /api/v1/session/password', 'POST /api/v1/pairings', 'POST /api/v1/pairings/:code/token', 'POST /api/v1/walls/:wall/session', 'GET /api/v1/devices/me', 'POST /api/v1/devices/me/heartbeat', 'POST /api/v1/notifications/receipts/:receipt'];
  const { paths } = hub.app.swagger() as { paths: Record<string, Record<string, unknown>> };
  const exist = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`));
  const generic = (route: string): string => route.replaceAll(/:\w+/g, '*').replace(/\/sites\/one/, '/sites/*').replace(/\/(none|nobody|000000)(?=\/|$)/, '/*').replace(device.id, '*').replace(alert, '*');
  expect([...ROWS.map(({ method, url }) => generic(`${method} ${url()}`)), ...open.map(generic)].sort()).toEqual(exist.map(generic).sort());
});
