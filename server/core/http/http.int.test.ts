import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError } from './problem.ts';
import { StoreUnavailable } from '../store/store.ts';
import { PASSWORD, startHub, type TestHub } from '../../testing/hub.ts';
import { serveWeb } from './web.ts';

let hub: TestHub;
let admin: string;
const webDir = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-web-'));
beforeAll(async () => {
  fs.mkdirSync(path.join(webDir, '_app', 'immutable'), { recursive: true });
  fs.writeFileSync(path.join(webDir, 'index.html'), '<!doctype html><script>start()</script><script src="/x.js"></script>');
  fs.writeFileSync(path.join(webDir, 'service-worker.js'), '1');
  fs.writeFileSync(path.join(webDir, '_app', 'immutable', 'a.js'), '2');
  hub = await startHub({ webDir });
  hub.app.get('/api/v1/busy', { schema: { hide: true } }, async () => { throw new Error('outer', { cause: new StoreUnavailable('storage_full', 'The disk is full: free some space.') }); });
  hub.app.get('/api/v1/full', { schema: { hide: true } }, async () => { throw new ApiError('unavailable', 503, 'There is no room now.', { retryAfter: 5 }); });
  hub.app.get('/api/v1/broken', { schema: { hide: true } }, async () => { throw new Error('Failed query: insert\nparams: secret-parameter\n'); });
  await serveWeb(hub.app, { webDir });
  admin = (await hub.person('administrator')).cookie;
});
afterAll(async () => {
  await hub.close();
  fs.rmSync(webDir, { recursive: true });
});

describe('every answer', () => {
  it('carries the security headers', async () => {
    for (const url of ['/', '/api/v1/setup', '/api/v1/nowhere', '/_app/immutable/a.js']) {
      const { headers } = await hub.call('GET', url);
      // The hash of `start()`, computed with openssl.
      expect(headers['content-security-policy']).toBe("default-src 'self'; script-src 'self' 'sha256-DIm7WJS6ZKDYe5qFLPy+h4JFI9Bol5QmYC57mt3Fb00='; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'");
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
      expect(headers['permissions-policy']).toContain('camera=(self), microphone=()');
      expect(headers['strict-transport-security']).toBeUndefined();
    }
  });

  it('of the API is not kept by caches', async () => {
    expect((await hub.call('GET', '/api/v1/setup')).headers['cache-control']).toBe('no-store');
  });
});

describe('origin', () => {
  const create = (headers: Record<string, string>) => hub.call('POST', '/api/v1/sites', { body: { name: 'S', timezone: 'UTC' }, headers });

  it('lets nothing be changed from other sites', async () => {
    for (const headers of [
      { cookie: admin, origin: 'http://evil.example' }, { cookie: admin, origin: 'null' }, { cookie: admin }, { cookie: admin, 'sec-fetch-site': 'cross-site' },
      { cookie: admin, origin: 'http://hub.test', 'sec-fetch-site': 'cross-site' }, { origin: 'http://evil.example' }, { cookie: admin, authorization: 'Bearer x' },
    ] as Record<string, string>[]) {
      expect(await create(headers)).toMatchObject({ status: 403, body: { code: 'bad_origin' } });
    }
    expect((await create({ cookie: admin, origin: 'http://hub.test' })).status).toBe(201);
    expect((await create({ cookie: admin, 'sec-fetch-site': 'same-origin' })).status).toBe(201);
  });

  it('covers signing in, which has no cookie yet', async () => {
    const answer = await hub.call('POST', '/api/v1/session', { body: { email: 'a@b.c', password: 'x' }, headers: { origin: 'http://evil.example' } });
    expect(answer.body.code).toBe('bad_origin');
  });
});

describe('problems', () => {
  const post = (body: string, headers: Record<string, string> = {}) => hub.call('POST', '/api/v1/sites', { cookie: admin, body, headers });

  it('are problem details with a stable code', async () => {
    const { headers, body } = await post('{"name":"x"}');
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(body).toMatchObject({ type: 'urn:otklik:problem:invalid', title: 'invalid', status: 422, code: 'invalid', errors: [{ path: '/', message: expect.stringContaining('timezone') }] });
  });

  const deep = (open: string, close: string, levels: number) => `{"name":${open.repeat(levels)}1${close.repeat(levels)},"timezone":"UTC"}`;
  it.each([
    ['no JSON', '{', 400, 'malformed'],
    ['nothing', '', 400, 'malformed'],
    ['not a number', '{"name":NaN,"timezone":"UTC"}', 400, 'malformed'],
    ['infinity', '{"name":Infinity}', 400, 'malformed'],
    ['an array', '[]', 422, 'invalid'],
    ['null', 'null', 422, 'invalid'],
    ['a number as a name', '{"name":1e308,"timezone":"UTC"}', 422, 'invalid'],
    ['a number too large for a double', '{"name":1e999,"timezone":"UTC"}', 422, 'invalid'],
    ['unknown fields', '{"name":"x","timezone":"UTC","admin":true}', 422, 'invalid'],
    ['prototype', '{"__proto__":{"admin":true},"name":"x","timezone":"UTC"}', 400, 'malformed'],
    ['prototype in disguise', '{"\\u005f_proto__":{"admin":true},"name":"x","timezone":"UTC"}', 400, 'malformed'],
    ['constructor', '{"constructor":{"prototype":{"admin":true}},"name":"x","timezone":"UTC"}', 400, 'malformed'],
    ['deep arrays', deep('[', ']', 30_000), 422, 'invalid'],
    ['deep objects', deep('{"a":', '}', 10_000), 422, 'invalid'],
    ['a blank name', '{"name":"   ","timezone":"UTC"}', 422, 'invalid'],
    ['a long name', JSON.stringify({ name: 'x'.repeat(81), timezone: 'UTC' }), 422, 'invalid'],
    ['an unknown time zone', '{"name":"x","timezone":"Mars/Olympus"}', 422, 'invalid'],
    ['too much', JSON.stringify({ name: 'x'.repeat(70_000), timezone: 'UTC' }), 413, 'too_large'],
  ])('answer %s', async (_what, body, status, code) => {
    expect(await post(body)).toMatchObject({ status, body: { code, status } });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('answer other media types, broken addresses, methods and queries', async () => {
    expect(await post('<x/>', { 'content-type': 'text/xml' })).toMatchObject({ status: 415, body: { code: 'malformed' } });
    expect(await post('x', { 'content-type': 'text/plain' })).toMatchObject({ status: 415, body: { code: 'malformed' } });
    expect(await hub.call('GET', '/api/v1/sites/%zz', { cookie: admin })).toMatchObject({ status: 400, body: { code: 'malformed' } });
    expect(await hub.call('GET', `/api/v1/sites/${'a'.repeat(200)}`, { cookie: admin })).toMatchObject({ status: expect.any(Number), body: { code: expect.any(String) } });
    expect(await hub.call('PUT', '/api/v1/sites', { cookie: admin, body: {} })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, POST' }, body: { code: 'method_not_allowed' } });
    for (const query of ['limit=0', 'limit=x', 'limit=1e9', 'limit=1&limit=2', 'before=-1', 'more=1']) expect(await hub.call('GET', `/api/v1/audit?${query}`, { cookie: admin })).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect((await hub.call('GET', '/api/v1/audit?limit=1', { cookie: admin })).status).toBe(200);
  });

  it('answer text that no store takes, wherever it stands', async () => {
    for (const body of ['{"name":"a\\u0000b","timezone":"UTC"}', '{"name":"\\u0000","timezone":"UTC"}', '{"name":"a","timezone":"UTC","x\\u0000":1}']) expect(await post(body)).toMatchObject({ status: 422, body: { code: 'invalid', detail: expect.stringContaining('U+0000') } });
    for (const url of ['/api/v1/sites/a%00b', '/api/v1/sites/%00/devices', '/api/v1/audit?limit=1%00', '/api/v1/pairings/%00']) expect(await hub.call('GET', url, { cookie: admin })).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect((await hub.call('POST', '/api/v1/session', { body: { email: 'a\0@example.org', password: 'x' } })).status).toBe(422);
  });

  it('pass on what the store refuses, with when to come back', async () => {
    const answer = await hub.call('GET', '/api/v1/busy');
    expect(answer).toMatchObject({ status: 503, body: { code: 'storage_full', detail: 'The disk is full: free some space.' } });
    expect(answer.headers['retry-after']).toBe('60');
  });

  it('are no failures in the log where the hub gives them knowingly', async () => {
    expect(await hub.call('GET', '/api/v1/full')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    const lines = hub.logged.filter((one) => one.includes('There is no room now.')).map((one) => JSON.parse(one) as { level: number; code: string; msg: string });
    expect(lines).toEqual([expect.objectContaining({ level: 40, code: 'unavailable', msg: 'a request cannot be served now' })]);
  });

  it('say nothing of what nobody foresaw, and log it without its parameters', async () => {
    const answer = await hub.call('GET', '/api/v1/broken');
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(answer.text).not.toContain('query');
    const line = hub.logged.find((one) => one.includes('a request failed') && one.includes('insert'));
    expect(line).toBeDefined();
    expect(line).not.toContain('secret-parameter');
  });
});

describe('rubbish of every kind', () => {
  it('gets a coded answer below 500 on every route', async () => {
    const { paths } = hub.app.swagger() as { paths: Record<string, Record<string, unknown>> };
    const bodies = ['', 'x', '[]', '{}', 'null', '"a"', '1e999', '{"a":{"b":[1,2,{"c":null}]}}', '{"email":{},"password":[],"site":7,"name":false,"token":1e400,"secret":"\\u0000","kind":"toString","sentAt":-1}'];
    for (const [template, methods] of Object.entries(paths)) for (const method of Object.keys(methods)) {
      for (const [i, body] of bodies.entries()) {
        const url = template.replaceAll(/\{\w+\}/g, ['none', '..%2f..', '%00', '__proto__', 'constructor', '1e3', '%F0%9F%98%80', '000000', "'--"][i]!);
        const answer = await hub.call(method.toUpperCase() as 'GET', url, { cookie: admin, ...(method === 'get' || method === 'delete' ? {} : { body }) });
        if (method === 'delete' && url.endsWith('/session')) admin = (await hub.person('administrator')).cookie;
        expect([method, url, body, answer.status < 500]).toEqual([method, url, body, true]);
        if (answer.status >= 400) expect(answer.body.code).toMatch(/^[a-z_]+$/);
      }
    }
    expect((await hub.call('GET', '/api/v1/setup')).status).toBe(200);
  }, 60_000);
});

describe('the web', () => {
  it('serves pages, files and their caching, and JSON to programs', async () => {
    expect(await hub.call('GET', '/floor/one')).toMatchObject({ status: 200, text: expect.stringContaining('start()') });
    expect((await hub.call('GET', '/floor/one')).headers['cache-control']).toBe('no-store');
    expect((await hub.call('GET', '/')).headers['cache-control']).toBe('no-store');
    expect((await hub.call('GET', '/_app/immutable/a.js')).headers['cache-control']).toContain('immutable');
    expect((await hub.call('GET', '/service-worker.js')).headers['cache-control']).toBe('no-cache');
    for (const url of ['/api/v1/none', '/ws/x', '/socket.io/x', '/_app/immutable/old.js']) expect(await hub.call('GET', url)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await hub.call('POST', '/floor/one')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await hub.call('GET', '/..%2f..%2fetc%2fpasswd')).text).not.toContain('root:');
  });

  it('describes the API, with a policy of its own only there', async () => {
    const { body } = await hub.call('GET', '/api/docs/json');
    expect(body).toMatchObject({
      openapi: '3.1.0', components: { schemas: { Problem: { properties: { code: {} } } } },
      paths: { '/api/v1/session': { post: { responses: { 200: {}, default: { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } } }, requestBody: {} } } },
    });
    const page = await hub.call('GET', '/api/docs/');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("'unsafe-inline'");
  });

  it('says what to do while it is not built', async () => {
    const bare = await startHub();
    await serveWeb(bare.app, { webDir: '/nonexistent' });
    expect(await bare.call('GET', '/')).toMatchObject({ status: 200, text: expect.stringContaining('npm run demo') });
    expect((await bare.call('GET', '/api/none')).status).toBe(404);
    await bare.close();
  });
});

it('logs no secret while people sign in and devices pair', async () => {
  const { user } = await hub.person('administrator');
  const signedIn = await hub.call('POST', '/api/v1/session', { body: { email: user.email, password: PASSWORD } });
  const cookie = String([signedIn.headers['set-cookie']].flat()[0]).split(';')[0]!;
  await hub.call('POST', '/api/v1/session', { body: { email: user.email, password: 'a wrong password' } });
  await hub.call('POST', '/api/v1/sites', { cookie, body: { id: 'secret-test', name: 'S', timezone: 'UTC' } });
  const pairing = (await hub.call('POST', '/api/v1/pairings', { body: { kind: 'button' } })).body as unknown as { code: string; secret: string };
  await hub.call('POST', `/api/v1/pairings/${pairing.code}/confirm`, { cookie, body: { site: 'secret-test', name: 'B' } });
  const { token } = (await hub.call('POST', `/api/v1/pairings/${pairing.code}/token`, { body: { secret: pairing.secret } })).body as unknown as { token: string };
  await hub.call('GET', '/api/v1/devices/me', { token });
  const wall = (await hub.call('POST', '/api/v1/sites/secret-test/walls', { cookie, body: { name: 'W' } })).body as unknown as { wall: { id: string }; token: string };
  await hub.call('POST', `/api/v1/walls/${wall.wall.id}/session`, { body: { token: wall.token } });
  const journal = JSON.stringify(await hub.audit.list(500));
  const everything = hub.logged.join('') + journal;
  expect(everything).toContain('/api/v1/pairings');
  for (const secret of [PASSWORD, 'a wrong password', cookie.split('=')[1]!, pairing.secret, token, wall.token]) {
    expect(secret.length).toBeGreaterThan(10);
    expect(everything).not.toContain(secret);
  }
});
