import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Revocation } from '../core/auth/index.ts';
import { PASSWORD, startHub, type TestHub } from '../testing/hub.ts';

let hub: TestHub;
let revoked: Revocation[];
beforeEach(async () => {
  hub = await startHub();
  revoked = [];
  hub.auth.revocations.subscribe((revocation) => revoked.push(revocation));
});
afterEach(() => hub.close());

const cookieOf = (headers: Record<string, unknown>): string => [headers['set-cookie']].flat().map(String).join('; ');
const sessionIn = (headers: Record<string, unknown>): string => /otklik_session=[^;]+/.exec(cookieOf(headers))![0];

describe('set-up', () => {
  const admin = { email: 'Ann@Example.org', name: 'Ann', password: PASSWORD };

  it('makes the first administrator once; on a store of its own, with the token of the latest start only', async () => {
    const earlier = await hub.auth.ensureFirstAdministrator();
    const { setupToken } = await hub.auth.ensureFirstAdministrator();
    expect((await hub.call('GET', '/api/v1/setup')).body).toEqual({ needed: true });
    if (!hub.store.shared) expect((await hub.call('POST', '/api/v1/setup', { body: { ...admin, token: earlier.setupToken } })).body.code).toBe('setup_token_invalid');
    expect((await hub.call('POST', '/api/v1/setup', { body: { ...admin, token: 'A'.repeat(43) } })).body.code).toBe('setup_token_invalid');

    const done = await hub.call('POST', '/api/v1/setup', { body: { ...admin, token: setupToken } });
    expect(done.status).toBe(201);
    expect(done.body).toMatchObject({ role: 'administrator', user: { email: 'ann@example.org', sites: null } });
    expect((await hub.call('GET', '/api/v1/session', { cookie: sessionIn(done.headers) })).status).toBe(200);

    expect((await hub.call('GET', '/api/v1/setup')).body).toEqual({ needed: false });
    for (const token of [setupToken, earlier.setupToken]) expect(await hub.call('POST', '/api/v1/setup', { body: { ...admin, token } })).toMatchObject({ status: 409, body: { code: 'setup_done' } });
    expect(await hub.auth.ensureFirstAdministrator()).toEqual({});
  });

  it('is won by one of many who use the token at once', async () => {
    const { setupToken } = await hub.auth.ensureFirstAdministrator();
    const answers = await Promise.all([1, 2, 3, 4].map((n) => hub.call('POST', '/api/v1/setup', { body: { ...admin, email: `a${n}@example.org`, token: setupToken } })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  it('takes the administrator from the configuration', async () => {
    const other = await startHub({ adminEmail: 'Boss@Example.org', adminPassword: PASSWORD });
    expect(await other.auth.ensureFirstAdministrator()).toEqual({});
    expect((await other.call('POST', '/api/v1/session', { body: { email: 'boss@example.org', password: PASSWORD } })).body).toMatchObject({ role: 'administrator' });
    await other.close();
  });
});

describe('sign-in', () => {
  it('sets a cookie that scripts and other sites do not get, and keeps only its hash', async () => {
    const { user } = await hub.person('floor');
    const answer = await hub.call('POST', '/api/v1/session', { body: { email: user.email.toUpperCase(), password: PASSWORD } });
    expect(answer.status).toBe(200);
    const cookie = cookieOf(answer.headers);
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Lax/);
    expect(cookie).toMatch(/Path=\//);
    expect(cookie).toMatch(/Max-Age=2592000/);
    expect(cookie).not.toMatch(/Secure/);
    const token = sessionIn(answer.headers).split('=')[1]!;
    const stored = await hub.store.read((db) => hub.auth.repository.session(db, token, hub.clock()));
    expect(stored).toBeUndefined();
  });

  it('marks the cookie Secure behind a proxy that speaks https', async () => {
    const behind = await startHub({ trustProxy: true });
    const { user } = await behind.person('floor');
    const answer = await behind.call('POST', '/api/v1/session', { body: { email: user.email, password: PASSWORD }, headers: { 'x-forwarded-proto': 'https' } });
    expect(cookieOf(answer.headers)).toMatch(/Secure/);
    expect(answer.headers['strict-transport-security']).toBeDefined();
    // What a client writes before the proxy's own entry does not make it another address.
    for (let i = 0; i < 11; i++) await behind.call('POST', '/api/v1/session', { body: { email: `x${i}@example.org`, password: 'wrong' }, headers: { 'x-forwarded-for': `10.1.1.${i}, 203.0.113.7` } });
    const guess = (address: string) => behind.call('POST', '/api/v1/session', { body: { email: 'y@example.org', password: 'wrong' }, headers: { 'x-forwarded-for': address } });
    expect((await guess('10.1.1.99, 203.0.113.7')).status).toBe(429);
    expect((await guess('203.0.113.8')).status).toBe(401);
    await behind.close();
  });

  it('makes each further failure wait longer, for unknown emails too, and forgives after success', async () => {
    const { user } = await hub.person('floor');
    for (const email of [user.email, 'nobody@example.org']) {
      const attempt = (password = 'wrong') => hub.call('POST', '/api/v1/session', { body: { email, password }, ip: email === user.email ? '10.0.0.1' : '10.0.0.2' });
      for (let i = 0; i < 3; i++) expect(await attempt()).toMatchObject({ status: 401, body: { code: 'bad_credentials' } });
      for (const seconds of [1, 2, 4, 8]) {
        const delayed = await attempt(PASSWORD);
        expect(delayed).toMatchObject({ status: 429, body: { code: 'signin_delayed' } });
        expect(delayed.headers['retry-after']).toBe(String(seconds));
        hub.advance(seconds * 1000);
        expect((await attempt()).status).toBe(401);
      }
      hub.advance(16_000);
      expect((await attempt(PASSWORD)).status).toBe(email === user.email ? 200 : 401);
    }
    expect((await hub.call('POST', '/api/v1/session', { body: { email: user.email, password: 'wrong' }, ip: '10.0.0.1' })).status).toBe(401);
  });

  it('hears at most the free attempts of many sent at once', async () => {
    const { user } = await hub.person('floor');
    const answers = await Promise.all(Array.from({ length: 12 }, () => hub.call('POST', '/api/v1/session', { body: { email: user.email, password: 'wrong' } })));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(9);
  });

  it('slows down one address that tries many emails', async () => {
    const statuses = [];
    for (let i = 0; i < 12; i++) statuses.push((await hub.call('POST', '/api/v1/session', { body: { email: `x${i}@example.org`, password: 'wrong' }, ip: '10.9.9.9' })).status);
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses.slice(10)).toEqual([429, 429]);
  });

  it('ends after thirty days without use, and lives on with use', async () => {
    const { cookie } = await hub.person('floor');
    for (let i = 0; i < 3; i++) {
      hub.advance(20 * 24 * 3600_000);
      expect((await hub.call('GET', '/api/v1/session', { cookie })).status).toBe(200);
    }
    hub.advance(30 * 24 * 3600_000 + 1);
    expect(await hub.call('GET', '/api/v1/session', { cookie })).toMatchObject({ status: 401, body: { code: 'unauthorised' } });
  });

  it('ends at sign-out, and sockets are told', async () => {
    const { cookie } = await hub.person('floor');
    const known = await hub.auth.authenticateCookie({ cookie });
    expect((await hub.call('DELETE', '/api/v1/session', { cookie })).status).toBe(204);
    expect(revoked).toEqual([{ subject: 'session', id: (known as { session: string }).session }]);
    expect((await hub.call('GET', '/api/v1/session', { cookie })).status).toBe(401);
    expect(await hub.auth.authenticateCookie({ cookie })).toBeNull();
  });
});

describe('passwords', () => {
  it('changes only with the current one, ends other sessions and keeps the caller signed in', async () => {
    const { user, cookie } = await hub.person('floor');
    const other = await hub.call('POST', '/api/v1/session', { body: { email: user.email, password: PASSWORD } });
    expect((await hub.call('POST', '/api/v1/session/password', { cookie, body: { current: 'wrong', password: 'a new long one' } })).body.code).toBe('bad_credentials');
    const changed = await hub.call('POST', '/api/v1/session/password', { cookie, body: { current: PASSWORD, password: 'a new long one' } });
    expect(changed.status).toBe(204);
    expect(revoked).toContainEqual({ subject: 'user', id: user.id });
    expect((await hub.call('GET', '/api/v1/session', { cookie: sessionIn(other.headers) })).status).toBe(401);
    expect((await hub.call('GET', '/api/v1/session', { cookie })).status).toBe(401);
    expect((await hub.call('GET', '/api/v1/session', { cookie: sessionIn(changed.headers) })).status).toBe(200);
    expect((await hub.call('POST', '/api/v1/session', { body: { email: user.email, password: PASSWORD } })).status).toBe(401);
  });

  it('refuses short ones', async () => {
    const { cookie } = await hub.person('administrator');
    const answer = await hub.call('POST', '/api/v1/users', { cookie, body: { email: 'a@b.c', name: 'A', role: 'floor', sites: null, password: 'short' } });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid', errors: [{ path: '/password' }] } });
  });
});

describe('users', () => {
  it('loses sessions and sockets at once when disabled, demoted or given other sites, but not when renamed', async () => {
    const { cookie: admin } = await hub.person('administrator');
    await hub.call('POST', '/api/v1/sites', { cookie: admin, body: { id: 'one', name: 'One', timezone: 'UTC' } });
    for (const [patch, ends] of [[{ name: 'New' }, false], [{ role: 'analyst' }, true], [{ sites: ['one'] }, true], [{ disabled: true }, true], [{ password: 'another password' }, true]] as const) {
      const { user, cookie } = await hub.person('floor');
      revoked.length = 0;
      expect((await hub.call('PATCH', `/api/v1/users/${user.id}`, { cookie: admin, body: patch })).status).toBe(200);
      expect(revoked).toEqual(ends ? [{ subject: 'user', id: user.id }] : []);
      expect((await hub.call('GET', '/api/v1/session', { cookie })).status).toBe(ends ? 401 : 200);
    }
  });

  it('cannot sign in while disabled', async () => {
    const { cookie: admin } = await hub.person('administrator');
    const { user } = await hub.person('floor');
    await hub.call('PATCH', `/api/v1/users/${user.id}`, { cookie: admin, body: { disabled: true } });
    expect((await hub.call('POST', '/api/v1/session', { body: { email: user.email, password: PASSWORD } })).body.code).toBe('bad_credentials');
  });

  it('keeps the last administrator of all sites', async () => {
    const { user, cookie } = await hub.person('administrator');
    const site = (await hub.call('POST', '/api/v1/sites', { cookie, body: { name: 'One', timezone: 'UTC' } })).body as unknown as { id: string };
    for (const patch of [{ disabled: true }, { role: 'floor' }, { sites: [site.id] }]) {
      expect(await hub.call('PATCH', `/api/v1/users/${user.id}`, { cookie, body: patch })).toMatchObject({ status: 409, body: { code: 'conflict' } });
    }
    await hub.person('administrator');
    expect((await hub.call('PATCH', `/api/v1/users/${user.id}`, { cookie, body: { disabled: true } })).status).toBe(200);
  });

  it('gives out no more sites than the giver has, and shows nobody outside them', async () => {
    const { user: boss, cookie: all } = await hub.person('administrator');
    for (const id of ['one', 'two']) await hub.call('POST', '/api/v1/sites', { cookie: all, body: { id, name: id, timezone: 'UTC' } });
    const { user: self, cookie } = await hub.person('administrator', ['one']);
    const { user: elsewhere } = await hub.person('floor', ['two']);
    const input = { email: 'n@example.org', name: 'N', role: 'floor', password: PASSWORD };
    for (const sites of [null, ['two'], ['one', 'two']]) expect((await hub.call('POST', '/api/v1/users', { cookie, body: { ...input, sites } })).status).toBe(403);
    expect((await hub.call('PATCH', `/api/v1/users/${self.id}`, { cookie, body: { sites: null } })).status).toBe(403);
    for (const { id } of [boss, elsewhere]) expect((await hub.call('PATCH', `/api/v1/users/${id}`, { cookie, body: { password: 'taken over by one' } })).status).toBe(404);
    expect((await hub.call('POST', '/api/v1/users', { cookie, body: { ...input, sites: ['one'] } })).status).toBe(201);
    const { users } = (await hub.call('GET', '/api/v1/users', { cookie })).body as unknown as { users: { email: string }[] };
    expect(users.map(({ email }) => email).sort()).toEqual([self.email, 'n@example.org'].sort());
    expect((await hub.call('POST', '/api/v1/sites', { cookie, body: { name: 'Three', timezone: 'UTC' } })).status).toBe(403);
    expect((await hub.call('GET', '/api/v1/audit', { cookie })).status).toBe(403);
  });

  it('has one email each, whatever the case, and only sites that exist', async () => {
    const { user, cookie } = await hub.person('administrator');
    const input = { name: 'N', role: 'floor', password: PASSWORD };
    expect((await hub.call('POST', '/api/v1/users', { cookie, body: { ...input, email: user.email.toUpperCase(), sites: null } })).status).toBe(409);
    expect(await hub.call('POST', '/api/v1/users', { cookie, body: { ...input, email: 'x@example.org', sites: ['nowhere'] } })).toMatchObject({ status: 422, body: { errors: [{ path: '/sites' }] } });
  });
});
