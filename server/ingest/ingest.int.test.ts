import { ulid } from 'ulid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pressOf, startTestHub, type TestHub } from '../testing/whole-hub.ts';

let hub: TestHub;
beforeAll(async () => { hub = await startTestHub(); });
afterAll(() => hub.close());

it('keeps whatever text a visitor sent, also what a database takes in no column of its own', async () => {
  const { site, token } = await hub.shop();
  const factors = ['a\0b', '\0', '\\u0000', '\ud800', '"\\{},', '\u{1f600}'];
  for (const factor of factors) expect((await hub.send(token, [pressOf(site, 1, { body: { value: 1, scale: 4, factor } })])).body).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
  const log = (await hub.api('GET', `/api/v1/sites/${site}/events?limit=100`)).body as { events: { type: string; body: { factor?: string } }[] };
  expect(log.events.filter(({ type }) => type === 'feedback.rated').map(({ body }) => body.factor)).toEqual(factors);
  const ratings = async (): Promise<unknown[]> => ((await hub.api('GET', `/api/v1/sites/${site}/alerts`)).body as { alerts: { kind: string; rating: { factor: string } }[] }).alerts.filter(({ kind }) => kind === 'feedback.negative').map(({ rating }) => rating.factor).sort();
  await expect.poll(ratings).toEqual([...factors].sort());
});

it('refuses a note of an alert that no store takes, and takes another with the same key', async () => {
  const { site, token } = await hub.shop();
  await hub.send(token, [pressOf(site)]);
  const alerts = async (): Promise<{ id: string }[]> => ((await hub.api('GET', `/api/v1/sites/${site}/alerts`)).body as { alerts: { id: string }[] }).alerts;
  await expect.poll(async () => (await alerts()).length).toBe(1);
  const [alert] = await alerts();
  const resolve = (note: string) => hub.api('POST', `/api/v1/alerts/${alert!.id}/resolve`, { cause: 'queue', note }, { headers: { 'idempotency-key': ulid() } });
  expect(await resolve('a\0b')).toMatchObject({ status: 422, body: { code: 'invalid' } });
  expect(await resolve('a b')).toMatchObject({ status: 200, body: { state: 'resolved', note: 'a b' } });
});
