import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startHub, type TestHub } from '../../testing/hub.ts';
import { withIdempotency } from './idempotency.ts';
import { ApiError, conflict } from './problem.ts';

let hub: TestHub;
let runs: string[];
let failWith: Error | undefined;
beforeAll(async () => {
  hub = await startHub();
  const idempotency = withIdempotency(hub.store, hub.clock);
  hub.app.post('/api/v1/things/:thing', (request, reply) => idempotency.answer(request, reply, String(request.headers['x-actor'] ?? 'user:a'), async () => {
    runs.push(request.url);
    await new Promise(setImmediate);
    if (failWith) throw failWith;
    return { status: 201, body: { run: runs.length, echo: request.body } };
  }));
  hub.app.post('/api/v1/empty', (request, reply) => idempotency.answer(request, reply, 'user:a', async () => { runs.push('empty'); return { status: 204, body: undefined }; }));
});
afterAll(() => hub.close());
beforeEach(() => { runs = []; failWith = undefined; });

let keys = 0;
const newKey = (): string => `key-${String(keys++).padStart(8, '0')}`;
const send = (key: string | undefined, body: unknown = { a: 1 }, url = '/api/v1/things/x', headers: Record<string, string> = {}) =>
  hub.call('POST', url, { body, headers: { ...headers, ...(key === undefined ? {} : { 'idempotency-key': key }) } });

it('answers a repeat with the first answer and runs once', async () => {
  const key = newKey();
  const first = await send(key);
  const second = await send(key);
  expect(first).toMatchObject({ status: 201, body: { run: 1, echo: { a: 1 } } });
  expect({ status: second.status, text: second.text, type: second.headers['content-type'] }).toEqual({ status: 201, text: first.text, type: first.headers['content-type'] });
  expect(runs).toHaveLength(1);
});

it('runs once for many at once', async () => {
  const key = newKey();
  const answers = await Promise.all(Array.from({ length: 8 }, () => send(key)));
  expect(runs).toHaveLength(1);
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
});

it('refuses the key with another body, and takes it from another actor and for another object', async () => {
  const key = newKey();
  await send(key);
  expect(await send(key, { a: 2 })).toMatchObject({ status: 409, body: { code: 'conflict' } });
  expect(runs).toHaveLength(1);
  expect((await send(key, { a: 1 }, '/api/v1/things/y')).status).toBe(201);
  expect((await send(key, { a: 1 }, '/api/v1/things/x', { 'x-actor': 'user:b' })).status).toBe(201);
  expect(runs).toHaveLength(3);
});

it('needs a usable key', async () => {
  for (const key of [undefined, '', 'short', 'x'.repeat(65), 'has space', 'ключ-ключ']) {
    const answer = key === undefined || /^[\x20-\x7e]*$/.test(key) ? await send(key) : await send(Buffer.from(key).toString('latin1'));
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid' } });
  }
  expect(runs).toHaveLength(0);
});

it('keeps a refusal as the answer, but lets failures and waiting be tried again', async () => {
  const refused = newKey();
  failWith = conflict('Somebody was faster.');
  const first = await send(refused);
  failWith = undefined;
  expect(await send(refused)).toMatchObject({ status: 409, text: first.text, headers: { 'content-type': 'application/problem+json; charset=utf-8' } });

  for (const error of [new Error('broken'), new ApiError('rate_limited', 429, 'Later.')]) {
    const key = newKey();
    failWith = error;
    expect((await send(key)).status).toBeGreaterThanOrEqual(429);
    failWith = undefined;
    expect((await send(key)).status).toBe(201);
  }
});

it('repeats answers without a body', async () => {
  const key = newKey();
  for (let i = 0; i < 2; i++) expect(await send(key, {}, '/api/v1/empty')).toMatchObject({ status: 204, text: '' });
  expect(runs).toEqual(['empty']);
});

it('forgets after a day', async () => {
  const key = newKey();
  await send(key);
  hub.advance(24 * 3600_000 + 1);
  expect((await send(key)).body).toMatchObject({ run: 2 });
});
