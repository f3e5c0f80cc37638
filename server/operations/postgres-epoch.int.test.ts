import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ulid } from 'ulid';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnyEvent } from '../../contract/index.ts';
import { asc } from '../core/store/drizzle.ts';
import { checkpointsTable, eventsTable, logsTable } from '../core/log/tables.ts';
import type { NewEvent } from '../core/store/store.ts';
import { temporaryPostgresStore } from '../core/testing/store.ts';
import { database, dropDatabase, sharedSpace } from '../testing/servers/index.ts';
import { serverPrograms } from '../testing/servers/programs.ts';
import { pressesOnCards } from '../testing/alert-counts.ts';
import { pressOf, startTestHub } from '../testing/whole-hub.ts';
import { newEpochs } from './epochs.ts';
import { command } from './testing/command.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => { for (const end of endings.splice(0).reverse()) await end(); });

const press = (site: string): NewEvent => ({ id: ulid(), type: 'feedback.rated', site, at: 1, device: 'button', touchpoint: null, skew: 0, body: '{"value":1,"scale":4}' });

async function opened() {
  const { store, url, dispose } = await temporaryPostgresStore();
  endings.push(dispose);
  const logs = store.use(logsTable);
  const checkpoints = store.use(checkpointsTable);
  return {
    store, url,
    logs: () => store.read((db) => db.select({ site: logs.site, epoch: logs.epoch, offset: logs.offset }).from(logs).orderBy(asc(logs.site))),
    checkpoints: () => store.read((db) => db.select().from(checkpoints).orderBy(asc(checkpoints.site), asc(checkpoints.reactor))),
    keep: (rows: { reactor: string; site: string; epoch: string; offset: number }[]) => store.transaction((tx) => tx.db.insert(checkpoints).values(rows)),
  };
}

describe('new epochs on PostgreSQL', () => {
  it('are one for each log, with offsets kept; places of the old epoch go along, older ones stay behind', async () => {
    const { store, logs, checkpoints, keep } = await opened();
    await store.append([press('one'), press('one'), press('two')]);
    const before = await logs();
    const [one, two] = before.map(({ epoch }) => epoch) as [string, string];
    await keep([{ reactor: 'a', site: 'one', epoch: one, offset: 2 }, { reactor: 'b', site: 'one', epoch: 'long ago', offset: 9 }, { reactor: 'a', site: 'two', epoch: two, offset: 1 }]);
    expect(await newEpochs(store)).toBe(2);
    const after = await logs();
    expect(after.map(({ site, offset }) => ({ site, offset }))).toEqual([{ site: 'one', offset: 2 }, { site: 'two', offset: 1 }]);
    const epochs = after.map(({ epoch }) => epoch);
    expect(new Set([one, two, ...epochs]).size).toBe(4);
    expect(await checkpoints()).toEqual([
      { reactor: 'a', site: 'one', epoch: epochs[0], offset: 2 }, { reactor: 'b', site: 'one', epoch: 'long ago', offset: 9 }, { reactor: 'a', site: 'two', epoch: epochs[1], offset: 1 },
    ]);
  });

  it('stop no append that is under way, and leave no hole', async () => {
    const { store, logs } = await opened();
    const sites = ['c', 'a', 'b', 'e', 'd'];
    let running = true;
    let appended = 0;
    const writers = Array.from({ length: 4 }, async () => { while (running) { const { length } = await store.append(sites.map(press)); appended += length; } });
    await expect.poll(() => appended).toBeGreaterThan(100);
    const seen = new Set<string>();
    for (let round = 0; round < 10; round++) {
      await newEpochs(store);
      for (const { epoch } of await logs()) seen.add(epoch);
    }
    running = false;
    await Promise.all(writers);
    expect(seen.size).toBe(50);
    expect((await logs()).reduce((total, { offset }) => total + offset, 0)).toBe(appended);
    const events = store.use(eventsTable);
    const offsets = (await store.read((db) => db.select({ offset: events.offset, site: events.site }).from(events).orderBy(asc(events.offset)))).filter(({ site }) => site === 'a').map(({ offset }) => offset);
    expect(offsets).toEqual(offsets.map((_, i) => i + 1));
  });

  it('follow a restore by pg_dump and pg_restore: old clients take a snapshot, reactors go on', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-dump-'));
    endings.push(async () => fs.rmSync(folder, { recursive: true, force: true }));
    const space = await sharedSpace();
    endings.push(() => space.remove());
    const hub = await startTestHub(space.env);
    const { site, token } = await hub.shop();
    const client = await hub.live([{ channel: `floor:${site}` }]);
    const { epoch } = await client.until((message) => message.t === 'snapshot') as unknown as { epoch: string };
    await hub.send(token, [pressOf(site, 1), pressOf(site, 1)]);
    const opened = async (on: typeof hub): Promise<number> => pressesOnCards((await on.api('GET', `/api/v1/sites/${site}/events?after=0&limit=1000`)).body['events'] as AnyEvent[]);
    await expect.poll(() => opened(hub), { timeout: 10_000 }).toBe(2);
    const dump = path.join(folder, 'otklik.dump');
    const run = (program: string, args: string[]): Promise<unknown> => promisify(execFile)(path.join(serverPrograms().postgresBin, program), args);
    // As docs/operations.md has it, while the hub runs.
    await run('pg_dump', ['--format=custom', '--file', dump, space.databaseUrl]);
    await hub.send(token, [pressOf(site, 1)]);
    await expect.poll(() => opened(hub), { timeout: 10_000 }).toBe(3);
    client.socket.close();
    await hub.close();

    const url = await database(space.databaseUrl);
    endings.push(() => dropDatabase(url));
    await run('pg_restore', ['--no-owner', '--exit-on-error', '--dbname', url, dump]);
    expect(await command('db-epoch.ts', [], { DATABASE_URL: url })).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^1 logs have a new epoch/) });
    const restored = await startTestHub({ ...space.env, DATABASE_URL: url });
    endings.push(() => restored.close());
    expect(await opened(restored)).toBe(2);
    const old = await restored.live([{ channel: `floor:${site}`, epoch, offset: 2 }]);
    const answer = await old.until((message) => message.t === 'snapshot' || message.t === 'delta') as unknown as { t: string; epoch: string };
    expect(answer.t).toBe('snapshot');
    expect(answer.epoch).not.toBe(epoch);
    await restored.send(token, [pressOf(site, 1)]);
    await expect.poll(() => opened(restored), { timeout: 10_000 }).toBe(3);
    old.socket.close();
  }, 90_000);
});
