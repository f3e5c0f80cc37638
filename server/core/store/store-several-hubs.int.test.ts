import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../log/log.ts';
import type { LogEvent } from '../log/event.ts';
import { checkpointsTable } from '../log/tables.ts';
import { POSTGRES_MIGRATIONS_DIR, temporaryPostgresStore } from '../testing/store.ts';
import { eq } from './drizzle.ts';
import { openPostgresStore, type PostgresStore } from './postgres-store.ts';
import { StoreUnavailable, type NewEvent } from './store.ts';

let stores: PostgresStore[];
let url: string;
let dispose: () => Promise<void>;
beforeEach(async () => {
  const first = await temporaryPostgresStore();
  ({ url, dispose } = first);
  stores = [first.store, await openPostgresStore({ url, migrationsDir: POSTGRES_MIGRATIONS_DIR })];
});
afterEach(async () => {
  await stores[1]!.close();
  await dispose();
});

const press = (site: string, id = ulid(), device = 'button'): NewEvent => ({ id, type: 'feedback.rated', site, at: 1_000, device, touchpoint: null, skew: 0, body: '{"value":1,"scale":4}' });
const log = async (site: string): Promise<LogEvent[]> => createLog(stores[0]!).read(site, 0, 100_000);

async function onServer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe('two hubs that write to the same logs', () => {
  it('give out offsets without holes and without repeats, alone and within transactions', async () => {
    const sites = ['one', 'two', 'three'];
    const events = Array.from({ length: 1_500 }, (_, i) => press(sites[i % 3]!));
    await Promise.all(events.map((event, i) => {
      const store = stores[i % 2]!;
      return i % 7 === 0 ? store.transaction((tx) => tx.append([event]), `scope ${i % 5}`) : store.append([event, press('two', event.id, 'other')]);
    }));
    for (const site of sites) {
      const kept = await log(site);
      expect(kept.map(({ offset }) => offset)).toEqual(kept.map((_, i) => i + 1));
      expect(new Set(kept.map(({ event }) => `${event.device} ${event.id}`)).size).toBe(kept.length);
      const received = kept.map((event) => event.received);
      expect(received).toEqual([...received].sort((a, b) => a - b));
    }
    const ids = new Set((await Promise.all(sites.map(log))).flat().flatMap(({ event }) => (event.device === 'button' ? [event.id] : [])));
    expect(ids.size).toBe(events.length);
  });

  it('keep an event once that both are sent at the same time, though it names another site each time', async () => {
    const events = Array.from({ length: 300 }, () => ulid());
    const answers = await Promise.all(events.flatMap((id, i) => [stores[0]!.append([press('one', id)]), stores[1]!.append([press(i % 2 ? 'one' : 'two', id)])]));
    expect(answers.flat().filter((offset) => offset > 0)).toHaveLength(events.length);
    for (const site of ['one', 'two']) expect((await log(site)).map(({ offset }) => offset)).toEqual((await log(site)).map((_, i) => i + 1));
    expect((await log('one')).length + (await log('two')).length).toBe(events.length);
  });

  it('wait for each other\'s transactions: without a scope for all, with one for those of its name', async () => {
    const checkpoints = stores[0]!.use(checkpointsTable);
    await Promise.all(Array.from({ length: 80 }, (_, i) => stores[i % 2]!.transaction(async ({ db }) => {
      const row = (await db.select().from(checkpoints).where(eq(checkpoints.reactor, 'count')))[0];
      const next = (row?.offset ?? 0) + 1;
      await db.insert(checkpoints).values({ reactor: 'count', site: 'one', epoch: 'e', offset: next }).onConflictDoUpdate({ target: [checkpoints.reactor, checkpoints.site], set: { offset: next } });
    }, i % 3 === 0 ? undefined : 'counting')));
    expect((await stores[0]!.read((db) => db.select().from(checkpoints)))[0]?.offset).toBe(80);
  });

  it('do the work again after a deadlock', async () => {
    const arrived = [0, 0];
    let attempts = 0;
    const both = [['one', 'two'], ['two', 'one']] as const;
    await Promise.all(both.map(([first, second], i) => stores[i]!.transaction(async (tx) => {
      attempts += 1;
      await tx.append([press(first)]);
      arrived[i] = 1;
      for (let waited = 0; arrived.includes(0) && waited < 200; waited++) await delay(10);
      await tx.append([press(second)]);
    }, `scope ${i}`)));
    expect(attempts).toBeGreaterThan(2);
    expect((await log('one')).map(({ offset }) => offset)).toEqual([1, 2]);
    expect((await log('two')).map(({ offset }) => offset)).toEqual([1, 2]);
  });
});

describe('one sender\'s bad value', () => {
  it('costs the others of its commit nothing', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => stores[0]!.append([i === 7 ? { ...press('one'), touchpoint: 'a\u0000b' } : press('one')])));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, (_, i) => (i === 7 ? 'rejected' : 'fulfilled')));
    expect((await log('one')).map(({ offset }) => offset)).toEqual(Array.from({ length: 19 }, (_, i) => i + 1));
  });
});

describe('hubs that start together', () => {
  it('migrate an empty database once', async () => {
    const name = `fresh_${ulid().toLowerCase()}`;
    await onServer((client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0`));
    const fresh = new URL(url);
    fresh.pathname = `/${name}`;
    const hubs = await Promise.all(Array.from({ length: 10 }, () => openPostgresStore({ url: fresh.href, migrationsDir: POSTGRES_MIGRATIONS_DIR, connections: 8 })));
    expect(await Promise.all(hubs.map((store) => store.append([press('one')])))).toHaveLength(10);
    await Promise.all(hubs.map((store) => store.close()));
    await onServer((client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  });
});

describe('a line that breaks', () => {
  it('in the middle of a transaction undoes it, is told as unreachable, and the next one works', async () => {
    const [store] = stores as [PostgresStore];
    await store.append([press('one')]);
    const broken = store.transaction(async (tx) => {
      await tx.append([press('one')]);
      await onServer((client) => client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"));
      await tx.append([press('one')]);
    });
    await expect(broken).rejects.toMatchObject({ name: 'StoreUnavailable', code: 'store_unreachable' });
    expect(await store.append([press('one')])).toEqual([2]);
  });

  it('of every idle connection is not noticed by those who come next', async () => {
    const [store] = stores as [PostgresStore];
    await store.append([press('one')]);
    await onServer((client) => client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()'));
    for (let tries = 0; tries < 50; tries++) if (await store.append([press('one')]).then(() => true, (error: unknown) => { expect(error).toBeInstanceOf(StoreUnavailable); return false; })) break;
    expect(await store.ready()).toBe(true);
  });
});
