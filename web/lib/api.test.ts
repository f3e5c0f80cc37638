import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, newKey, onUnauthorised, request } from './api.ts';

function answering(status: number, body: string, headers: Record<string, string> = {}) {
  const fetched = vi.fn(async (_url: string, _init?: RequestInit) => new Response(status === 204 ? null : body, { status, headers }));
  vi.stubGlobal('fetch', fetched);
  return fetched;
}
const problem = { 'content-type': 'application/problem+json' };
const failure = (promise: Promise<unknown>) => promise.then(() => undefined, (error: unknown) => error as ApiError);

afterEach(() => vi.unstubAllGlobals());

describe('requests to the hub', () => {
  it('send JSON with the session and the key, and parse the answer', async () => {
    const fetched = answering(200, '{"ok":1}', { 'content-type': 'application/json' });
    expect(await request('POST', '/alerts/a/claim', { body: { a: 1 }, idempotencyKey: 'k'.repeat(8) })).toEqual({ ok: 1 });
    const [url, init] = fetched.mock.calls[0]!;
    expect(url).toBe('/api/v1/alerts/a/claim');
    expect(init).toMatchObject({ method: 'POST', credentials: 'same-origin', body: '{"a":1}', headers: { 'idempotency-key': 'kkkkkkkk', 'content-type': 'application/json' } });
  });

  it('give undefined for 204', async () => {
    answering(204, '');
    expect(await request('DELETE', '/session')).toBeUndefined();
  });

  it('turn problem details into an error with code, owner, fields and wait', async () => {
    answering(409, JSON.stringify({ code: 'already_claimed', owner: { id: 'u', name: 'Анна' }, errors: [{ path: '/a', message: 'm' }] }), { ...problem, 'retry-after': '3' });
    expect(await failure(request('POST', '/x'))).toMatchObject({ status: 409, code: 'already_claimed', owner: 'Анна', retryAfter: 3, fields: [{ path: '/a' }] });
  });

  it.each([[502, '<html>', 'unavailable'], [404, '', 'not_found'], [400, 'null', 'invalid'], [401, '{', 'unauthorised']])('find a code for %i with body %j', async (status, body, code) => {
    answering(status, body, problem);
    expect(await failure(request('GET', '/x'))).toMatchObject({ status, code });
  });

  it('say offline when there is no answer', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('Failed to fetch');
    });
    expect(await failure(request('GET', '/x'))).toMatchObject({ status: 0, code: 'offline' });
  });

  it('tell when nobody is signed in, but not when a password was wrong', async () => {
    const told = vi.fn();
    const stop = onUnauthorised(told);
    answering(401, '{"code":"bad_credentials"}', problem);
    await failure(request('POST', '/session'));
    expect(told).not.toHaveBeenCalled();
    answering(401, '{"code":"unauthorised"}', problem);
    await failure(request('GET', '/session'));
    expect(told).toHaveBeenCalledOnce();
    stop();
  });

  it('make keys that the contract accepts', () => {
    expect(newKey()).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
    expect(newKey()).not.toBe(newKey());
  });
});
