import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataDir } from '../core/store/data-lock.ts';
import { openPostgresStore } from '../core/store/postgres-store.ts';
import { openSqliteStore } from '../core/store/sqlite-store.ts';
import type { NewEvent } from '../core/store/store.ts';
import { testSeed } from '../core/testing/random.ts';
import { MIGRATIONS_DIR, POSTGRES_MIGRATIONS_DIR } from '../core/testing/store.ts';
import { sharedSpace } from '../testing/servers/index.ts';
import { createFiles } from '../files/index.ts';
import { wav } from '../files/testing/made-files.ts';
import { sitesTable } from '../sites/tables.ts';
import { LiveClient, startTestHub } from '../testing/whole-hub.ts';
import { compare, move, type MoveOptions } from './move.ts';
import { columnList, keyOrder, quote, type Row } from './shapes.ts';
import { command } from './testing/command.ts';
import { filledDataDir, openFilled, SHAPES, SITES } from './testing/filled.ts';

let dataDir: string;
let url: string;
let client: pg.Client;
const endings: (() => Promise<unknown>)[] = [];
const seed = testSeed('rows to move');

beforeEach(async () => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-move-'));
  const space = await sharedSpace();
  endings.push(() => space.remove());
  url = space.databaseUrl;
  client = await connect(url);
});
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
  fs.rmSync(dataDir, { recursive: true, force: true });
});

async function connect(to: string): Promise<pg.Client> {
  const made = new pg.Client({ connectionString: to });
  made.on('error', () => undefined);
  await made.connect();
  endings.push(() => made.end());
  return made;
}

const options = (): MoveOptions => ({ from: dataDir, to: url, shapes: SHAPES, migrations: { sqlite: MIGRATIONS_DIR, postgres: POSTGRES_MIGRATIONS_DIR } });

/** Everything in both stores, read here in a way of its own. */
function sourceContents(): Record<string, Row[]> {
  const database = openFilled(dataDir);
  try {
    return Object.fromEntries(SHAPES.map((shape) => [shape.name, database.prepare(`SELECT ${columnList(shape)} FROM ${quote(shape.name)} ORDER BY ${keyOrder(shape, 'sqlite')}`).raw().all() as Row[]]));
  } finally {
    database.close();
  }
}
async function targetContents(): Promise<Record<string, Row[]>> {
  const contents: Record<string, Row[]> = {};
  for (const shape of SHAPES) {
    contents[shape.name] = (await client.query<Row>({ rowMode: 'array', text: `SELECT ${columnList(shape)} FROM ${quote(shape.name)} ORDER BY ${keyOrder(shape, 'postgres')}` })).rows;
  }
  return contents;
}
async function expectEmpty(): Promise<void> {
  expect(Object.values(await targetContents()).flat()).toEqual([]);
}
const event = (site: string): NewEvent => ({ id: ulid(), type: 'feedback.rated', site, at: 1, device: 'button', touchpoint: null, skew: 0, body: '{"value":4,"scale":4}' });
const source = (sql: string): void => {
  const database = openFilled(dataDir);
  database.exec(sql);
  database.close();
};

describe('db:move', () => {
  it('copies every row of every table, whatever is in it, and says so', async () => {
    filledDataDir(dataDir, { seed });
    const said = await command('db-move.ts', ['--from', dataDir, '--to', url]);
    expect(said).toMatchObject({ code: 0, err: '' });
    for (const { name } of SHAPES) expect(said.out).toMatch(new RegExp(`^${name} +[1-9]\\d* +equal$`, 'm'));
    const expected = sourceContents();
    expect(await targetContents()).toEqual(expected);
    expect(expected['events']).toHaveLength(60 * SITES.length);
    expect(await command('db-move.ts', ['--check'], { OTKLIK_DATA_DIR: dataDir, DATABASE_URL: url })).toMatchObject({ code: 0, err: '' });
  });

  it('can be repeated: nothing changes, or the target follows what changed in the source', async () => {
    filledDataDir(dataDir, { seed });
    await move(options());
    const first = sourceContents();
    await move({ ...options(), from: path.join(dataDir, 'otklik.db') });
    expect(await targetContents()).toEqual(first);
    source(`INSERT INTO events (site, "offset", device, id, type, at, received, touchpoint, skew, body) VALUES ('shop', 61, 'd', 'i', 't', 1, 1, NULL, 0, '{}');
      INSERT INTO logs (site, epoch, created_at) VALUES ('a-new-one', 'e', 1);
      UPDATE logs SET "offset" = 61 WHERE site = 'shop'; DELETE FROM zones; UPDATE rate_limits SET value = value / 3;
      INSERT INTO audit_entries (id, at, actor, actor_name, action, target, detail) VALUES (-5, 1, '', '', '', '', '')`);
    await move(options());
    const second = sourceContents();
    expect(second).not.toEqual(first);
    expect(await targetContents()).toEqual(second);
  });

  it('turns the files of the data folder into rows, and hubs on the target serve them', async () => {
    const store = await openSqliteStore({ file: path.join(dataDir, 'otklik.db'), migrationsDir: MIGRATIONS_DIR });
    await store.transaction(({ db }) => db.insert(store.use(sitesTable)).values({ id: 'shop', name: 'Shop', timezone: 'UTC', createdAt: 1 }));
    const files = createFiles({ store, clock: Date.now, dataDir, days: 30, onError: (error) => { throw error; } });
    const recording = wav(3, 48_000);
    const file = await files.put('shop', recording, 'audio/wav', 'message', null);
    const gone = await files.put('shop', wav(1), 'audio/wav', 'message', null);
    await store.close();
    fs.rmSync(path.join(dataDir, 'files', gone.slice(0, 2), gone));

    const moved = await move(options());
    expect(moved.find(({ name }) => name === 'file_parts')).toMatchObject({ equal: true, target: { rows: Math.ceil(recording.length / (192 * 1024)) } });
    expect((await compare(options())).every(({ equal }) => equal)).toBe(true);
    const hub = await startTestHub({ DATABASE_URL: url });
    endings.push(() => hub.close());
    const take = (hash: string) => fetch(`${hub.origin}/api/v1/sites/shop/files/${hash}`, { headers: { cookie: hub.cookie } });
    expect(Buffer.from(await (await take(file)).arrayBuffer()).equals(recording)).toBe(true);
    expect((await take(gone)).status).toBe(404);
    await client.query("UPDATE file_parts SET data = 'AAAA' WHERE part = 0");
    expect((await compare(options())).find(({ name }) => name === 'file_parts')).toMatchObject({ equal: false, difference: expect.stringContaining(file) });
  });

  it('orders rows the same way on a database of another language', async () => {
    filledDataDir(dataDir, { seed });
    const name = `otklik_icu_${ulid().toLowerCase()}`;
    const server = client;
    await server.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`);
    const other = new URL(url);
    other.pathname = `/${name}`;
    endings.push(() => server.query(`DROP DATABASE ${name} WITH (FORCE)`));
    url = other.href;
    const moved = await move(options());
    expect(moved.filter(({ equal }) => !equal)).toEqual([]);
    client = await connect(url);
    // The language's order is another one: without saying which, both sides could not be compared.
    const inLanguage = (await client.query<{ site: string }>('SELECT site FROM logs ORDER BY site')).rows.map(({ site }) => site);
    expect(inLanguage).not.toEqual([...SITES].sort());
    expect(await targetContents()).toEqual(sourceContents());
  });

  it('leaves nothing when it is killed in the middle, and can be begun again', async () => {
    filledDataDir(dataDir, { seed, events: 8_000 });
    const script = path.join(import.meta.dirname, '..', '..', 'scripts', 'db-move.ts');
    const child = spawn(process.execPath, [script, '--from', dataDir, '--to', url], { stdio: 'ignore' });
    const gone = once(child, 'exit');
    endings.push(async () => { child.kill('SIGKILL'); await gone; });
    await untilInserting();
    child.kill('SIGKILL');
    await gone;
    await expectEmpty();
    await move(options());
    expect(await targetContents()).toEqual(sourceContents());
  }, 90_000);

  it('leaves nothing when the connection breaks, and says so', async () => {
    filledDataDir(dataDir, { seed, events: 8_000 });
    const running = command('db-move.ts', ['--from', dataDir, '--to', url]);
    const pid = await untilInserting();
    await client.query('SELECT pg_terminate_backend($1)', [pid]);
    expect(await running).toMatchObject({ code: 1, err: expect.stringMatching(/terminat/) });
    await expectEmpty();
  }, 90_000);

  it('is not the end of the log: clients resume where they were', async () => {
    const store = await openSqliteStore({ file: path.join(dataDir, 'otklik.db'), migrationsDir: MIGRATIONS_DIR });
    await store.transaction((tx) => tx.db.insert(store.use(sitesTable)).values({ id: 'shop', name: 'Shop', timezone: 'UTC', createdAt: 1 }));
    await store.append([event('shop'), event('shop'), event('shop')]);
    const epoch = await store.ensureLog('shop');
    await store.close();
    await move(options());
    const after = await startTestHub({ DATABASE_URL: url });
    endings.push(() => after.close());
    const resumed = await LiveClient.open(after.origin, after.cookie, [{ channel: 'floor:shop', epoch, offset: 1 }]);
    const answer = await resumed.until((message) => message.t === 'delta' || message.t === 'snapshot');
    expect(answer).toMatchObject({ t: 'delta', epoch });
    expect((answer as { events: { type: string }[] }).events.filter(({ type }) => type === 'feedback.rated')).toHaveLength(2);
    expect(await after.hub.log.append([event('shop')])).toEqual([4]);
    resumed.socket.close();
  }, 60_000);
});

/** Until the move's connection adds rows; its process id in PostgreSQL. */
async function untilInserting(): Promise<number> {
  let pid: number | undefined;
  await expect.poll(async () => {
    const { rows } = await client.query<{ pid: number }>("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'otklik db:move' AND query LIKE 'INSERT INTO \"events\"%'");
    pid = rows[0]?.pid;
    return pid;
  }, { timeout: 30_000, interval: 5 }).toBeDefined();
  return pid!;
}

describe('db:move is refused', () => {
  it('when the target has events or audit entries that the source has not, or other ones; nothing is lost there', async () => {
    filledDataDir(dataDir, { seed });
    await move(options());
    const CHANGES: [string, RegExp][] = [
      ["INSERT INTO events VALUES ('shop', 61, 'x', 'y', 't', 1, 1, NULL, 0, '{}')", /in use already: it holds events shop, 61, which the embedded store does not have/],
      ["INSERT INTO events VALUES ('яяя', 1, 'x', 'y', 't', 1, 1, NULL, 0, '{}')", /events яяя, 1, which/],
      ["INSERT INTO events VALUES ('', 1, 'x', 'y', 't', 1, 1, NULL, 0, '{}')", /events , 1, which/],
      ["UPDATE events SET body = '{}' WHERE site = 'Shop-2' AND \"offset\" = 7", /events Shop-2, 7, with other contents/],
      ["INSERT INTO audit_entries VALUES (900, 1, '', '', '', '', '')", /audit_entries 900, which/],
    ];
    for (const [change, message] of CHANGES) {
      await client.query(change);
      const before = await targetContents();
      await expect(move(options()), change).rejects.toThrow(message);
      expect(await targetContents()).toEqual(before);
      await client.query('ALTER TABLE audit_entries DISABLE TRIGGER USER; DELETE FROM audit_entries; DELETE FROM events; ALTER TABLE audit_entries ENABLE TRIGGER USER');
      await move(options());
    }
  }, 60_000);

  it('while a hub works on the target, or somebody holds its tables', async () => {
    filledDataDir(dataDir, { seed });
    const store = await openPostgresStore({ url, migrationsDir: POSTGRES_MIGRATIONS_DIR });
    await store.append([event('elsewhere')]);
    expect(await command('db-move.ts', ['--from', dataDir, '--to', url])).toMatchObject({ code: 1, err: expect.stringMatching(/^Hubs are working on the target\. Stop them/) });
    await store.close();
    await client.query('BEGIN');
    await client.query('DELETE FROM events');
    await expect(move(options())).rejects.toThrow(/Another program is writing to the target/);
    await client.query('ROLLBACK');
  });

  it('when what arrived is not what was sent', async () => {
    filledDataDir(dataDir, { seed });
    await client.query(`CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.created_at := NEW.created_at % 1000; RETURN NEW; END $$;
      CREATE TRIGGER spoil BEFORE INSERT ON sites FOR EACH ROW EXECUTE FUNCTION spoil()`);
    await expect(move(options())).rejects.toThrow(/sites is not in the target as it is in the embedded store/);
    await expectEmpty();
  });

  it('while the hub has the source, and of a source that is not one of this version', async () => {
    filledDataDir(dataDir, { seed });
    const release = lockDataDir(dataDir);
    expect(await command('db-move.ts', ['--from', dataDir, '--to', url])).toMatchObject({ code: 1, err: expect.stringMatching(/in use by another program/) });
    release();
    const WRONG: [string, string, RegExp][] = [
      ['CREATE TABLE stranger (a)', 'DROP TABLE stranger', /has a table stranger/],
      ["UPDATE sites SET created_at = 'noon' WHERE rowid = 1", 'UPDATE sites SET created_at = 1 WHERE rowid = 1', /sites .*created_at is not a whole number/],
      ['UPDATE sites SET created_at = 9007199254740993 WHERE rowid = 1', 'UPDATE sites SET created_at = 1 WHERE rowid = 1', /created_at is not a whole number below/],
      ["UPDATE sites SET name = char(65, 0, 66) WHERE rowid = 1", "UPDATE sites SET name = '' WHERE rowid = 1", /name has a character of code 0/],
      ["UPDATE sites SET name = x'00ff' WHERE rowid = 1", "UPDATE sites SET name = '' WHERE rowid = 1", /name is not a text/],
      ["UPDATE rate_limits SET value = 9e999 WHERE rowid = 1", 'UPDATE rate_limits SET value = 0 WHERE rowid = 1', /value is not a finite number/],
      ['UPDATE __drizzle_migrations SET created_at = created_at + 1', 'UPDATE __drizzle_migrations SET created_at = created_at - 1', /of a newer version/],
      ['UPDATE __drizzle_migrations SET created_at = created_at - 1', 'UPDATE __drizzle_migrations SET created_at = created_at + 1', /of an older version.*db:migrate/],
      ['ALTER TABLE __drizzle_migrations RENAME TO hidden', 'ALTER TABLE hidden RENAME TO __drizzle_migrations', /not an embedded store/],
    ];
    for (const [wrong, right, message] of WRONG) {
      const database = openFilled(dataDir);
      database.exec(wrong);
      await expect(move(options()), wrong).rejects.toThrow(message);
      database.exec(right);
      database.close();
    }
    await expectEmpty();
    await expect(move({ ...options(), from: path.join(dataDir, 'nowhere') })).rejects.toThrow(/There is no/);
    fs.writeFileSync(path.join(dataDir, 'text.db'), 'not a database at all'.repeat(100));
    expect(await command('db-move.ts', ['--from', path.join(dataDir, 'text.db'), '--to', url])).toMatchObject({ code: 1, err: expect.stringMatching(/no database, or it is damaged/) });
    await move(options());
  }, 90_000);

  it('when it is called wrongly, with 2, or nobody answers at the target, with 1', async () => {
    filledDataDir(dataDir, { seed });
    for (const [args, env] of [[['--online'], {}], [[], {}], [['--to', 'mysql://x/y'], {}]] as const) {
      expect(await command('db-move.ts', [...args], { OTKLIK_DATA_DIR: dataDir, ...env })).toMatchObject({ code: 2, err: expect.stringContaining('npm run db:move --') });
    }
    expect(await command('db-move.ts', ['--from', dataDir, '--to', 'postgres://127.0.0.1:1/x'])).toMatchObject({ code: 1, err: expect.stringMatching(/Nobody answers there/) });
    const missing = new URL(url);
    missing.pathname = '/no_such_database';
    expect(await command('db-move.ts', ['--from', dataDir, '--to', missing.href])).toMatchObject({ code: 1, err: expect.stringMatching(/createdb/) });
  }, 60_000);
});

describe('db:move --check', () => {
  it('names the first row that is missing, more or different, and changes nothing', async () => {
    filledDataDir(dataDir, { seed });
    expect(await command('db-move.ts', ['--check', '--from', dataDir, '--to', url])).toMatchObject({ code: 1, out: expect.stringMatching(/^events +180\/0 +DIFFERS: events Shop-2, 1 is missing in the target$/m) });
    await move(options());
    await client.query(`UPDATE events SET body = body || ' ' WHERE site = 'аптека' AND "offset" = 60; DELETE FROM walls WHERE id = (SELECT min(id COLLATE "C") FROM walls);
      UPDATE rate_limits SET value = value + 1e-9 WHERE value = 0.1; INSERT INTO zones VALUES ('~', '~', '', 1)`);
    const before = await targetContents();
    const compared = await compare(options());
    expect(compared.filter(({ equal }) => !equal).map(({ name }) => name)).toEqual(['events', 'rate_limits', 'walls', 'zones']);
    const said = await command('db-move.ts', ['--check', '--from', dataDir, '--to', url]);
    expect(said).toMatchObject({ code: 1, err: '4 tables differ.\n' });
    expect(said.out).toMatch(/^events .*DIFFERS: events аптека, 60 differs in body$/m);
    expect(said.out).toMatch(/^rate_limits .*differs in value$/m);
    expect(said.out).toMatch(/^walls +40\/39 .*is missing in the target$/m);
    expect(said.out).toMatch(/^zones +40\/41 .*zones ~, ~ is in the target only$/m);
    expect(await targetContents()).toEqual(before);
  });
});
