import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Revocation } from '../core/auth/index.ts';
import { PASSWORD, startHubs, type TestHub } from '../testing/hub.ts';

let several: Awaited<ReturnType<typeof startHubs>>;
let hubs: TestHub[];
async function start(count: number, config = {}): Promise<void> {
  several = await startHubs(count, config);
  hubs = several.hubs;
}
afterEach(() => several.close());

describe('the first administrator, on several hubs', () => {
  it('is made once from the configuration by ten hubs that start at the same time', async () => {
    await start(10, { adminEmail: 'boss@example.org', adminPassword: PASSWORD });
    expect(await Promise.all(hubs.map((hub) => hub.auth.ensureFirstAdministrator()))).toEqual(hubs.map(() => ({})));
    expect(await hubs[0]!.store.read((db) => hubs[0]!.auth.repository.userCount(db))).toBe(1);
    expect((await hubs[9]!.call('POST', '/api/v1/session', { body: { email: 'boss@example.org', password: PASSWORD } })).status).toBe(200);
  });

  it('is made once with the links that hubs printed, whichever hub they are opened on', async () => {
    await start(3);
    const tokens = [];
    for (const hub of hubs) tokens.push((await hub.auth.ensureFirstAdministrator()).setupToken!);
    const valid = hubs[0]!.store.shared ? tokens : tokens.slice(-1);
    const answers = await Promise.all(valid.map((token, i) => hubs[(i + 1) % 3]!.call('POST', '/api/v1/setup', { body: { token, email: `a${i}@example.org`, name: 'A', password: PASSWORD } })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(valid.length - 1);
    expect(await hubs[0]!.store.read((db) => hubs[0]!.auth.repository.setupTokens(db))).toEqual([]);
  });
});

describe('people on several hubs', () => {
  beforeEach(() => start(2));

  it('are signed in on every hub, and signed out on every hub', async () => {
    const { cookie } = await hubs[0]!.person('floor');
    expect((await hubs[1]!.call('GET', '/api/v1/session', { cookie })).status).toBe(200);
    expect((await hubs[1]!.call('DELETE', '/api/v1/session', { cookie })).status).toBe(204);
    expect((await hubs[0]!.call('GET', '/api/v1/session', { cookie })).status).toBe(401);
  });

  it('are heard for the free attempts only, however these are spread over hubs', async () => {
    const { user } = await hubs[0]!.person('floor');
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => hubs[i % 2]!.call('POST', '/api/v1/session', { body: { email: user.email, password: 'wrong' } })));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(9);
  });

  it('lose what they have open on another hub when their rights change there', async () => {
    const { cookie: admin } = await hubs[0]!.person('administrator');
    const { user, cookie } = await hubs[0]!.person('floor');
    const principal = (await hubs[1]!.auth.authenticateCookie({ cookie }))!;
    const heard: Revocation[] = [];
    hubs[1]!.auth.revocations.subscribe((revocation) => heard.push(revocation));
    expect(await hubs[1]!.auth.findRevoked([principal])).toEqual([]);
    expect((await hubs[0]!.call('PATCH', `/api/v1/users/${user.id}`, { cookie: admin, body: { role: 'analyst' } })).status).toBe(200);
    await expect.poll(() => heard).toEqual([{ subject: 'user', id: user.id }]);
    expect(await hubs[1]!.auth.findRevoked([principal])).toEqual([principal]);
  });

  it('keep the last administrator of all sites, when two hubs are asked to disable one each', async () => {
    const [a, b] = [await hubs[0]!.person('administrator'), await hubs[0]!.person('administrator')];
    const answers = await Promise.all([hubs[0]!.call('PATCH', `/api/v1/users/${a.user.id}`, { cookie: a.cookie, body: { disabled: true } }), hubs[1]!.call('PATCH', `/api/v1/users/${b.user.id}`, { cookie: b.cookie, body: { disabled: true } })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('leave one journal without holes or doubles, whichever hub they work on', async () => {
    const { cookie } = await hubs[0]!.person('administrator');
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => hubs[i % 2]!.call('POST', '/api/v1/sites', { cookie, body: { name: `Site ${i}`, timezone: 'UTC' } })));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    const ids = (await hubs[1]!.audit.list(100)).map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: 30 }, (_, i) => 30 - i));
  });
});

describe('the rights of what is open', () => {
  beforeEach(() => start(2));

  it('are found to have ended without any word of it: sessions, rights, walls, devices', async () => {
    const [one, two] = [hubs[0]!, hubs[1]!];
    several.links.setLive(false);
    const { cookie: admin } = await one.person('administrator');
    await one.call('POST', '/api/v1/sites', { cookie: admin, body: { id: 'one', name: 'One', timezone: 'UTC' } });
    const people = [];
    for (let i = 0; i < 5; i++) people.push(await one.person('floor', i === 4 ? ['one'] : null));
    const principals = [];
    for (const { cookie } of people) principals.push((await two.auth.authenticateCookie({ cookie }))!);
    const walls = [];
    for (let i = 0; i < 2; i++) walls.push((await one.call('POST', '/api/v1/sites/one/walls', { cookie: admin, body: { name: 'W' } })).body as unknown as { wall: { id: string; site: string; name: string }; token: string });
    const devices = [];
    for (let i = 0; i < 2; i++) devices.push((await one.call('POST', '/api/v1/sites/one/devices', { cookie: admin, body: { kind: 'button', name: 'B' } })).body as unknown as { device: { id: string }; token: string });
    const { token: vision } = await two.devices.ensureVisionDevice();
    for (const { wall: { id, site, name } } of walls) principals.push({ kind: 'wall' as const, wall: { id, site, name } });
    for (const token of [...devices.map((device) => device.token), vision]) principals.push({ kind: 'device' as const, device: (await two.devices.authenticate(token))! });
    expect(await two.auth.findRevoked(principals)).toEqual([]);

    await one.call('DELETE', '/api/v1/session', { cookie: people[0]!.cookie });
    for (const [i, patch] of [[1, { disabled: true }], [2, { sites: ['one'] }], [3, { name: 'New' }]] as const) await one.call('PATCH', `/api/v1/users/${people[i]!.user.id}`, { cookie: admin, body: patch });
    await one.call('POST', `/api/v1/walls/${walls[0]!.wall.id}/revoke`, { cookie: admin });
    await one.call('POST', `/api/v1/devices/${devices[0]!.device.id}/revoke`, { cookie: admin });
    expect(await two.auth.findRevoked(principals)).toEqual([principals[0], principals[1], principals[2], principals[5], principals[7]]);

    two.advance(31 * 24 * 3600_000);
    expect((await two.auth.findRevoked(principals)).filter(({ kind }) => kind === 'person')).toHaveLength(5);
  });
});
