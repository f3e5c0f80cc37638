import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServerMessage } from '../../../contract/index.ts';
import { newEpochs } from '../../operations/index.ts';
import { startTestHub, pressOf, type LiveClient, type TestHub } from '../../testing/whole-hub.ts';
import { sharedSpace, type SharedSpace } from '../../testing/servers/index.ts';
import { openPostgresStore } from '../store/postgres-store.ts';
import { POSTGRES_MIGRATIONS_DIR } from '../testing/store.ts';

let space: SharedSpace;
const hubs: TestHub[] = [];
beforeEach(async () => {
  space = await sharedSpace();
  // Without Redis: the store alone brings what other hubs commit.
  const { REDIS_URL: _redis, ...env } = space.env;
  for (let i = 0; i < 2; i++) hubs.push(await startTestHub(env));
});
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close();
  await space.remove();
});

const snapshots = (client: LiveClient): Extract<ServerMessage, { t: 'snapshot' }>[] => client.messages.filter((message) => message.t === 'snapshot');

describe('consoles of two hubs without Redis', () => {
  it('get what either hub commits, in order and once', async () => {
    const [one, two] = hubs as [TestHub, TestHub];
    const { site, token } = await one.shop();
    const consoles = await Promise.all(hubs.map((hub) => hub.live([{ channel: `floor:${site}` }])));
    await Promise.all(consoles.map((client) => client.until(({ t }) => t === 'snapshot')));
    const presses = Array.from({ length: 60 }, () => pressOf(site, 4));
    for (const [i, press] of presses.entries()) expect((await (i % 2 ? one : two).send(token, [press])).status).toBe(200);
    const offsets = (client: LiveClient): number[] => client.messages.flatMap((message) => (message.t === 'events' ? message.events : [])).map(({ offset }) => offset);
    for (const client of consoles) {
      const ids = (): string[] => client.messages.flatMap((message) => (message.t === 'events' ? message.events : [])).flatMap(({ type, id }) => (type === 'feedback.rated' ? [id] : []));
      await vi.waitFor(() => expect(ids()).toEqual(presses.map(({ id }) => id)), { timeout: 10_000 });
      expect(offsets(client)).toEqual([...offsets(client)].sort((a, b) => a - b));
    }
  });

  it('start over with a snapshot when the log gets another epoch under the running hubs', async () => {
    const [one] = hubs as [TestHub, TestHub];
    const { site, token } = await one.shop();
    await one.send(token, [pressOf(site, 4)]);
    const before = await one.live([{ channel: `floor:${site}` }]);
    const { epoch, offset } = await before.until<Extract<ServerMessage, { t: 'snapshot' }>>(({ t }) => t === 'snapshot');
    const store = await openPostgresStore({ url: space.databaseUrl, migrationsDir: POSTGRES_MIGRATIONS_DIR, connections: 8 });
    await newEpochs(store);
    await store.close();
    expect(await before.ended()).toBe(4000);
    const after = await one.live([{ channel: `floor:${site}`, epoch, offset }]);
    const again = await after.until<Extract<ServerMessage, { t: 'snapshot' }>>(({ t }) => t === 'snapshot');
    expect(again.epoch).not.toBe(epoch);
    expect(again.offset).toBeGreaterThanOrEqual(offset);
    const press = { ...pressOf(site), id: ulid() };
    await one.send(token, [press]);
    expect(await after.event('alert.opened', 10_000)).toMatchObject({ body: { source: press.id } });
    expect(snapshots(after)).toHaveLength(1);
  });
});
