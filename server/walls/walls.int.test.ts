import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sql } from '../core/store/drizzle.ts';
import { startHub, type TestHub } from '../testing/hub.ts';

let hub: TestHub;
let admin: string;
beforeEach(async () => {
  hub = await startHub();
  admin = (await hub.person('administrator')).cookie;
  await hub.call('POST', '/api/v1/sites', { cookie: admin, body: { id: 'one', name: 'One', timezone: 'UTC' } });
});
afterEach(() => hub.close());

interface Made { wall: { id: string }; token: string }
const make = async (): Promise<Made> => (await hub.call('POST', '/api/v1/sites/one/walls', { cookie: admin, body: { name: 'Hall' } })).body as unknown as Made;

describe('walls', () => {
  it('open with their token, by a cookie that scripts do not get', async () => {
    const { wall, token } = await make();
    const answer = await hub.call('POST', `/api/v1/walls/${wall.id}/session`, { body: { token } });
    expect(answer).toMatchObject({ status: 200, body: { wall: { id: wall.id, name: 'Hall' }, site: { id: 'one', timezone: 'UTC' } } });
    const cookie = String([answer.headers['set-cookie']].flat()[0]);
    expect(cookie).toMatch(/^otklik_wall=.*HttpOnly.*SameSite=Lax/);
    const principal = await hub.auth.authenticateCookie({ cookie: cookie.split(';')[0]! });
    expect(principal).toEqual({ kind: 'wall', wall: { id: wall.id, site: 'one', name: 'Hall' } });
    expect((await hub.call('GET', '/api/v1/session', { cookie: cookie.split(';')[0]! })).body).toMatchObject({ user: null, role: 'wall', permissions: ['wall.read'], sites: [{ id: 'one' }] });
    expect((await hub.call('GET', '/api/v1/sites/one/walls', { cookie: admin })).body).toEqual({ walls: [{ id: wall.id, site: 'one', name: 'Hall', createdAt: hub.clock(), revokedAt: null, lastSeen: hub.clock() }] });
  });

  it('do not open with another token, another wall\'s token or rubbish', async () => {
    const a = await make();
    const b = await make();
    for (const [id, token] of [[a.wall.id, b.token], [a.wall.id, 'A'.repeat(43)], ['none', a.token]]) {
      expect(await hub.call('POST', `/api/v1/walls/${id}/session`, { body: { token } })).toMatchObject({ status: 401, body: { code: 'bad_credentials' } });
    }
    for (const value of [`${a.wall.id}.${b.token}`, `${a.wall.id}`, `.${a.token}`, `${a.wall.id}.${a.token}x`, '%']) expect(await hub.auth.authenticateCookie({ cookie: `otklik_wall=${value}` })).toBeNull();
  });

  it('go dark at once when taken back', async () => {
    const { wall, token } = await make();
    const cookie = `otklik_wall=${wall.id}.${token}`;
    expect(await hub.auth.authenticateCookie({ cookie })).not.toBeNull();
    const told: unknown[] = [];
    hub.auth.revocations.subscribe((revocation) => told.push(revocation));
    expect((await hub.call('POST', `/api/v1/walls/${wall.id}/revoke`, { cookie: admin })).body).toMatchObject({ revokedAt: hub.clock() });
    expect(told).toEqual([{ subject: 'wall', id: wall.id }]);
    expect(await hub.auth.authenticateCookie({ cookie })).toBeNull();
    expect((await hub.call('POST', `/api/v1/walls/${wall.id}/session`, { body: { token } })).status).toBe(401);
  });

  it('stay hidden from managers of other sites', async () => {
    const { wall } = await make();
    const { cookie } = await hub.person('supervisor', []);
    expect((await hub.call('POST', `/api/v1/walls/${wall.id}/revoke`, { cookie })).status).toBe(404);
  });

  it('give way to a person who is signed in in the same browser', async () => {
    const { wall, token } = await make();
    expect(await hub.auth.authenticateCookie({ cookie: `otklik_wall=${wall.id}.${token}; ${admin}` })).toMatchObject({ kind: 'person' });
    expect(await hub.auth.authenticateCookie({ cookie: `otklik_session=${'A'.repeat(43)}; otklik_wall=${wall.id}.${token}` })).toMatchObject({ kind: 'wall' });
  });
});

describe('the journal of changes', () => {
  it('names who did what, newest first, in pages', async () => {
    const { wall } = await make();
    await hub.call('POST', `/api/v1/walls/${wall.id}/revoke`, { cookie: admin });
    const { entries } = (await hub.call('GET', '/api/v1/audit?limit=2', { cookie: admin })).body as unknown as { entries: { id: number; action: string; actor: string; target: string }[] };
    expect(entries.map(({ action }) => action)).toEqual(['wall.revoked', 'wall.created']);
    expect(entries[0]).toMatchObject({ target: `wall:${wall.id}`, actor: expect.stringMatching(/^user:/) });
    const rest = (await hub.call('GET', `/api/v1/audit?before=${entries[1]!.id}`, { cookie: admin })).body as unknown as { entries: { action: string }[] };
    expect(rest.entries.map(({ action }) => action)).toEqual(['site.created']);
  });

  it('leaves no entry of a change that failed', async () => {
    const before = (await hub.audit.list(500)).length;
    await hub.call('POST', '/api/v1/sites', { cookie: admin, body: { id: 'one', name: 'Again', timezone: 'UTC' } });
    await hub.call('PATCH', '/api/v1/sites/one', { cookie: admin, body: { timezone: 'Mars/Olympus' } });
    expect(await hub.audit.list(500)).toHaveLength(before);
  });

  it('cannot be changed or deleted, not even with SQL', async () => {
    await make();
    for (const statement of ['UPDATE audit_entries SET action = \'nothing\'', 'DELETE FROM audit_entries']) {
      await expect(hub.store.transaction(({ db }) => db.run(sql.raw(statement)))).rejects.toThrow();
    }
    expect((await hub.audit.list(500)).map(({ action }) => action)).toContain('wall.created');
  });
});

describe('sites', () => {
  it('number their ids, keep removed touchpoints\' names for history, and tell of changes', async () => {
    const changed: string[] = [];
    hub.sites.onSiteChanged((site) => changed.push(site));
    const add = async (body: unknown) => (await hub.call('POST', '/api/v1/sites/one/touchpoints', { cookie: admin, body })).body as unknown as { id: string };
    const zone = (await hub.call('POST', '/api/v1/sites/one/zones', { cookie: admin, body: { name: 'Вход' } })).body as unknown as { id: string };
    expect(zone).toEqual({ id: 'vkhod', name: 'Вход' });
    expect((await add({ name: 'Касса', zone: zone.id })).id).toBe('kassa');
    expect((await add({ name: 'Касса' })).id).toBe('kassa-2');
    expect((await hub.call('DELETE', '/api/v1/sites/one/touchpoints/kassa', { cookie: admin })).status).toBe(204);
    expect((await add({ name: 'Касса' })).id).toBe('kassa-3');
    expect((await hub.sites.touchpointNames('one')).get('kassa')).toEqual({ name: 'Касса', archived: true });
    expect(changed).toEqual(Array.from({ length: 5 }, () => 'one'));
    expect((await hub.call('POST', '/api/v1/sites/one/touchpoints', { cookie: admin, body: { id: 'kassa', name: 'Back', zone: zone.id } })).status).toBe(201);
    expect((await hub.call('DELETE', `/api/v1/sites/one/zones/${zone.id}`, { cookie: admin })).status).toBe(204);
    expect((await hub.call('GET', '/api/v1/sites/one', { cookie: admin })).body).toMatchObject({ zones: [], touchpoints: expect.arrayContaining([{ id: 'kassa', name: 'Back', zone: null }]) });
  });

  it('show a change to the next reader at once', async () => {
    expect((await hub.sites.get('one'))?.name).toBe('One');
    await hub.call('PATCH', '/api/v1/sites/one', { cookie: admin, body: { name: 'Renamed' } });
    expect((await hub.sites.get('one'))?.name).toBe('Renamed');
    expect(await hub.sites.get('none')).toBeUndefined();
  });
});
