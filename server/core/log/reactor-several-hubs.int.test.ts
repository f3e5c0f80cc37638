import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import pg from 'pg';
import { openPostgresStore, type PostgresStore } from '../store/postgres-store.ts';
import type { NewEvent } from '../store/store.ts';
import { POSTGRES_MIGRATIONS_DIR, temporaryPostgresStore } from '../testing/store.ts';
import { hubEvent } from './event.ts';
import { createLog } from './log.ts';
import { ReactorRunner, type Reactor } from './reactor.ts';
import { checkpointsTable } from './tables.ts';

let stores: PostgresStore[];
let url: string;
let dispose: () => Promise<void>;
const runners: ReactorRunner[] = [];
beforeEach(async () => {
  const first = await temporaryPostgresStore();
  ({ url, dispose } = first);
  stores = [first.store, await openPostgresStore({ url, migrationsDir: POSTGRES_MIGRATIONS_DIR })];
});
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.stop();
  await stores[1]!.close();
  await dispose();
});

const press = (site: string): NewEvent => ({ id: ulid(), type: 'feedback.rated', site, at: 1, device: 'button', touchpoint: null, skew: 0, body: '{"value":1,"scale":4}' });
const echo = (wants?: Reactor['wants'], held?: () => Promise<void>): Reactor => ({
  name: 'echo', types: new Set(['feedback.rated']), ...(wants ? { wants } : {}),
  async react(events, tx, site) {
    await tx.append(events.map((event) => hubEvent(site, 'device.silent', 1, { device: event.id, lastSeen: 0 })));
    await held?.();
  },
});
async function run(hub: number, reactor: Reactor, errors: unknown[] = []): Promise<ReactorRunner> {
  const store = stores[hub]!;
  const runner = new ReactorRunner({ store, log: createLog(store), reactors: [reactor], onError: (error) => errors.push(error) });
  runners.push(runner);
  await runner.start();
  return runner;
}
/** Ids of the ratings in the order of the log, and of what was stated about them. */
async function ids(site: string): Promise<{ ratings: string[]; echoes: string[] }> {
  const events = (await createLog(stores[0]!).read(site, 0, 100_000)).map(({ event }) => event);
  return {
    ratings: events.flatMap((event) => (event.type === 'feedback.rated' ? [event.id] : [])),
    echoes: events.flatMap((event) => (event.type === 'device.silent' ? [event.body.device] : [])),
  };
}

describe('reactors of two hubs', () => {
  it('react once to everything and in order, whichever hub committed it', async () => {
    const errors: unknown[] = [];
    await run(0, echo(), errors);
    await run(1, echo(), errors);
    const sites = ['one', 'two', 'three'];
    await Promise.all(Array.from({ length: 300 }, (_, i) => stores[i % 2]!.append([press(sites[i % 3]!)])));
    for (const site of sites) {
      await vi.waitFor(async () => { const { ratings, echoes } = await ids(site); expect(echoes).toEqual(ratings); expect(ratings).toHaveLength(100); }, { timeout: 15_000, interval: 200 });
    }
    expect(errors).toEqual([]);
  });

  it('take over within 5 s what a hub committed that ended before it had reacted', async () => {
    await run(1, echo());
    // Nobody on this hub reacts: as if it had ended right after the commit.
    await stores[0]!.append([press('one'), press('one')]);
    const started = performance.now();
    await vi.waitFor(async () => { const { ratings, echoes } = await ids('one'); expect(echoes).toEqual(ratings); }, { timeout: 5_000, interval: 50 });
    console.log(`taken over after ${Math.round(performance.now() - started)} ms`);
  });

  it('take over from a hub whose line broke in the middle of reacting, and nothing is done twice', async () => {
    const errors: unknown[] = [];
    let held = 0;
    // The first attempt holds the checkpoint until its connection is taken away.
    await run(0, echo(undefined, async () => {
      if (held++ > 0) return;
      await stores[1]!.append([press('one')]);
      const client = new pg.Client(url);
      await client.connect();
      await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()");
      await client.end();
    }), errors);
    await run(1, echo(), errors);
    // Another site's log: appending to the same one would wait for the transaction that waits for it.
    await stores[0]!.append([press('two')]);
    for (const site of ['one', 'two']) await vi.waitFor(async () => { const { ratings, echoes } = await ids(site); expect(echoes).toEqual(ratings); expect(ratings).toHaveLength(1); }, { timeout: 10_000, interval: 100 });
    expect(errors.length).toBeGreaterThan(0);
  });

  it('write down what the hub at work passes over, so that the other need not read it', async () => {
    const wants: Reactor['wants'] = (event) => event.type === 'feedback.rated' && event.body.value === 0;
    await run(0, echo(wants));
    await run(1, echo(wants));
    await Promise.all(Array.from({ length: 20 }, () => stores[0]!.append(Array.from({ length: 50 }, () => press('one')))));
    const checkpoints = stores[0]!.use(checkpointsTable);
    await vi.waitFor(async () => expect((await stores[0]!.read((db) => db.select().from(checkpoints)))[0]?.offset).toBe(1_000), { timeout: 8_000, interval: 200 });
  });
});
