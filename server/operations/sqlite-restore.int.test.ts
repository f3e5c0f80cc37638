import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnyEvent, ServerMessage } from '../../contract/index.ts';
import { FolderLocked, lockDataDir } from '../core/store/data-lock.ts';
import { MIGRATIONS_DIR } from '../core/testing/store.ts';
import { HubProcess } from '../testing/hub-process.ts';
import { pressesOnCards } from '../testing/alert-counts.ts';
import { pressOf, startTestHub, type TestHub } from '../testing/whole-hub.ts';
import { backup } from './backup.ts';
import { DATABASE, MANIFEST, type BackupManifest } from './manifest.ts';
import { restore } from './restore.ts';
import { command } from './testing/command.ts';

let folder: string;
let dataDir: string;
const endings: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-restore-'));
  dataDir = path.join(folder, 'data');
});
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function hubOn(data: string): Promise<TestHub> {
  const hub = await startTestHub({ OTKLIK_DATA_DIR: data });
  let closed: Promise<void> | undefined;
  const close = hub.close;
  hub.close = () => (closed ??= close());
  endings.push(hub.close);
  return hub;
}

async function logOf(hub: TestHub, site: string): Promise<AnyEvent[]> {
  const { body } = await hub.api('GET', `/api/v1/sites/${site}/events?after=0&limit=1000`);
  return body['events'] as AnyEvent[];
}

/** Until this many presses of the site's log stand on cards. */
async function untilOnCards(hub: TestHub, site: string, count: number): Promise<AnyEvent[]> {
  let log: AnyEvent[] = [];
  await expect.poll(async () => pressesOnCards(log = await logOf(hub, site)), { timeout: 10_000 }).toBe(count);
  return log;
}

function query(sql: string, file = path.join(dataDir, DATABASE)): unknown[] {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** A backup of a hub whose log has three presses and their alerts; the hub goes on and is closed. */
async function backedUp(): Promise<{ folder: string; token: string; site: string; epoch: string; log: AnyEvent[] }> {
  const hub = await hubOn(dataDir);
  const { site, token } = await hub.shop();
  const client = await hub.live([{ channel: `floor:${site}` }]);
  const { epoch } = await client.until((message) => message.t === 'snapshot') as ServerMessage & { epoch: string };
  client.socket.close();
  await hub.send(token, [pressOf(site, 1), pressOf(site, 1), pressOf(site, 4)]);
  // The place of the reactor is committed with its alerts.
  await untilOnCards(hub, site, 2);
  const made = await backup({ dataDir, to: path.join(folder, 'to'), version: '1' });
  await hub.send(token, [pressOf(site, 1)]);
  const log = await untilOnCards(hub, site, 3);
  await hub.close();
  return { folder: made.folder, token, site, epoch, log: log.slice(0, made.manifest.sites[0]!.offset) };
}

/** What is in the data folder beside locks and what SQLite keeps beside a database that was opened. */
const entries = (): string[] => fs.readdirSync(dataDir).filter((name) => !/^otklik\.lock$|-(wal|shm)$/.test(name)).sort();

describe('a restored backup', () => {
  it('is the log as it was with a new epoch: clients of the old one take a snapshot, reactors go on from their place', async () => {
    const { folder: made, token, site, epoch, log } = await backedUp();
    const said = await command('restore.ts', [made], { OTKLIK_DATA_DIR: dataDir });
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toMatch(new RegExp(`1 sites, ${log.length} events[^]*kept as otklik\\.db\\.before-restore-`));
    const [head] = query('SELECT epoch, "offset" FROM logs') as { epoch: string; offset: number }[];
    expect(head!.epoch).not.toBe(epoch);
    expect(head!.offset).toBe(log.length);
    const places = query('SELECT reactor, epoch, "offset" FROM checkpoints') as { epoch: string; offset: number }[];
    expect(places.length).toBeGreaterThan(0);
    for (const place of places) { expect(place.epoch).toBe(head!.epoch); expect(place.offset).toBeGreaterThanOrEqual(2); }

    const hub = await hubOn(dataDir);
    expect(await logOf(hub, site)).toEqual(log);
    // Offset 3 is in the restored log: only the epoch says that the client may have seen another 4.
    const old = await hub.live([{ channel: `floor:${site}`, epoch, offset: 3 }]);
    expect(await old.until((message) => message.t === 'snapshot' || message.t === 'delta')).toMatchObject({ t: 'snapshot', epoch: head!.epoch });
    const fresh = await hub.live([{ channel: `floor:${site}`, epoch: head!.epoch, offset: 3 }]);
    expect(await fresh.until((message) => message.t === 'snapshot' || message.t === 'delta')).toMatchObject({ t: 'delta' });
    await hub.send(token, [pressOf(site, 1)]);
    const after = await untilOnCards(hub, site, 3);
    expect(after.slice(0, log.length)).toEqual(log);
    expect(after.map(({ offset }) => offset)).toEqual(after.map((_, i) => i + 1));
    const added = after.slice(log.length).map(({ type }) => type);
    expect(added.filter((type) => !type.startsWith('device.'))).toEqual(['feedback.rated', 'alert.grown']);
    expect(query('SELECT DISTINCT epoch FROM checkpoints')).toEqual([{ epoch: head!.epoch }]);
    for (const client of [old, fresh]) client.socket.close();
  }, 60_000);

  it('keeps what was there, whole, even what a killed hub had only in its write-ahead log', async () => {
    const { folder: made, site } = await backedUp();
    const lost = new Database(path.join(dataDir, DATABASE));
    lost.pragma('journal_mode = WAL');
    lost.pragma('wal_autocheckpoint = 0');
    lost.exec("UPDATE sites SET name = 'Only in the log'");
    const copies = ['', '-wal'].map((side) => fs.readFileSync(path.join(dataDir, DATABASE + side)));
    lost.close();
    ['', '-wal'].forEach((side, i) => fs.writeFileSync(path.join(dataDir, DATABASE + side), copies[i]!));
    const { kept, logs } = await restore({ backup: made, dataDir, migrationsDir: MIGRATIONS_DIR, now: () => new Date(0) });
    expect({ kept, logs }).toEqual({ kept: 'otklik.db.before-restore-19700101T000000.000Z', logs: 1 });
    expect(entries()).toEqual([DATABASE, kept]);
    expect(query('SELECT id, name FROM sites', path.join(dataDir, kept!))).toEqual([{ id: site, name: 'Only in the log' }]);
    expect(query('SELECT name FROM sites')).toEqual([{ name: 'Shop' }]);
  });

  it('brings its files back where they are missing or damaged, and takes none away', async () => {
    fs.mkdirSync(path.join(dataDir, 'files', 'ab'), { recursive: true });
    const file = (name: string): string => path.join(dataDir, 'files', 'ab', name);
    for (const name of ['missing', 'damaged', 'whole']) fs.writeFileSync(file(name), `of ${name}`);
    const { folder: made } = await backedUp();
    fs.rmSync(file('missing'));
    fs.writeFileSync(file('damaged'), 'of DAMAGED');
    fs.writeFileSync(file('newer'), 'came later');
    await restore({ backup: made, dataDir, migrationsDir: MIGRATIONS_DIR });
    expect(Object.fromEntries(fs.readdirSync(path.join(dataDir, 'files', 'ab')).map((name) => [name, fs.readFileSync(file(name), 'utf8')])))
      .toEqual({ missing: 'of missing', damaged: 'of damaged', whole: 'of whole', newer: 'came later' });
  });

  it('goes to an empty machine', async () => {
    const { folder: made } = await backedUp();
    const empty = path.join(folder, 'empty');
    expect(await restore({ backup: made, dataDir: empty, migrationsDir: MIGRATIONS_DIR })).toMatchObject({ kept: undefined, logs: 1 });
    expect(fs.readdirSync(empty).sort()).toEqual([DATABASE, 'otklik.lock']);
  });
});

describe('a hub that runs', () => {
  it('keeps restore and migrations off its data folder, and lets a backup be made', async () => {
    const hub = await HubProcess.create();
    endings.push(() => hub.dispose());
    await hub.start();
    await hub.api(await hub.signIn(), 'POST', '/api/v1/sites', { id: 'shop', name: 'Shop', timezone: 'UTC' });
    const env = { OTKLIK_DATA_DIR: hub.dataDir };
    expect(await command('backup.ts', ['--to', folder], env)).toMatchObject({ code: 0, err: '' });
    const made = path.join(folder, fs.readdirSync(folder).find((name) => name.startsWith('otklik-'))!);
    const refusal = { code: 1, err: expect.stringContaining(`in use by another program (process ${hub.child!.pid})`) };
    expect(await command('restore.ts', [made], env)).toMatchObject(refusal);
    expect(await command('db-migrate.ts', [], env)).toMatchObject(refusal);
    expect(await command('db-epoch.ts', [], env)).toMatchObject(refusal);
    await hub.end('SIGKILL');
    expect(await command('restore.ts', [made], env)).toMatchObject({ code: 0 });
    expect(await command('db-epoch.ts', [], env)).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+ logs have a new epoch/) });
    await hub.start();
    expect((await hub.api(await hub.signIn(), 'GET', '/api/v1/sites'))['sites']).toMatchObject([{ id: 'shop' }]);
  }, 120_000);
});

describe('restore is refused', () => {
  it('while a hub has the data folder, and nothing changes', async () => {
    const { folder: made } = await backedUp();
    const before = query('SELECT * FROM logs');
    const release = lockDataDir(dataDir);
    await expect(restore({ backup: made, dataDir, migrationsDir: MIGRATIONS_DIR })).rejects.toThrow(FolderLocked);
    const said = await command('restore.ts', [made], { OTKLIK_DATA_DIR: dataDir });
    expect(said).toMatchObject({ code: 1, err: expect.stringMatching(/in use by another program \(process \d+\).*Stop the hub/) });
    release();
    expect(query('SELECT * FROM logs')).toEqual(before);
    expect(entries()).toEqual([DATABASE]);
  });

  it('of a backup that is damaged in any way, and nothing changes', async () => {
    const { folder: whole } = await backedUp();
    const before = query('SELECT * FROM logs');
    const manifestOf = (at: string): BackupManifest => JSON.parse(fs.readFileSync(path.join(at, MANIFEST), 'utf8')) as BackupManifest;
    const rewrite = (at: string, change: (manifest: BackupManifest) => unknown): void => fs.writeFileSync(path.join(at, MANIFEST), JSON.stringify(change(manifestOf(at))));
    const DAMAGES: [RegExp, (at: string) => void][] = [
      [/otklik.db has another checksum/, (at) => {
        const handle = fs.openSync(path.join(at, DATABASE), 'r+');
        fs.writeSync(handle, 'x', 9_000);
        fs.closeSync(handle);
      }],
      [/otklik.db has \d+ bytes instead of/, (at) => fs.truncateSync(path.join(at, DATABASE), 8_192)],
      [/otklik.db is missing/, (at) => fs.rmSync(path.join(at, DATABASE))],
      [/it has no manifest.json/, (at) => fs.rmSync(path.join(at, MANIFEST))],
      [/manifest.json cannot be read/, (at) => fs.truncateSync(path.join(at, MANIFEST), 40)],
      [/manifest that this version knows/, (at) => rewrite(at, (manifest) => ({ ...manifest, format: 2 }))],
      [/manifest that this version knows/, (at) => rewrite(at, (manifest) => ({ ...manifest, files: [] }))],
      [/manifest that this version knows/, (at) => fs.writeFileSync(path.join(at, MANIFEST), '"rubbish"')],
      [/too large/, (at) => fs.truncateSync(path.join(at, MANIFEST), 200_000_000)],
      [/names no otklik.db/, (at) => rewrite(at, (manifest) => ({ ...manifest, files: [{ path: 'files/a', bytes: 0, sha256: '0'.repeat(64) }] }))],
      ...['../otklik.db', 'files/../../x', '/etc/passwd', 'files', 'files//x', 'files/a\\..\\b', 'cache/x', 'otklik.lock'].map((name): [RegExp, (at: string) => void] => [
        /which no backup holds/, (at) => rewrite(at, (manifest) => ({ ...manifest, files: [...manifest.files, { path: name, bytes: 0, sha256: '0'.repeat(64) }] })),
      ]),
    ];
    for (const [i, [message, damage]] of DAMAGES.entries()) {
      const damaged = path.join(folder, `damaged-${i}`);
      fs.cpSync(whole, damaged, { recursive: true });
      damage(damaged);
      await expect(restore({ backup: damaged, dataDir, migrationsDir: MIGRATIONS_DIR }), `damage ${i}`).rejects.toThrow(message);
    }
    expect(query('SELECT * FROM logs')).toEqual(before);
    expect(entries()).toEqual([DATABASE]);
  });

  it('of a newer version\'s backup, and called wrongly, with the code for it', async () => {
    const { folder: made } = await backedUp();
    const older = path.join(folder, 'migrations');
    fs.cpSync(MIGRATIONS_DIR, older, { recursive: true });
    const journalFile = path.join(older, 'meta', '_journal.json');
    const journal = JSON.parse(fs.readFileSync(journalFile, 'utf8')) as { entries: unknown[] };
    fs.writeFileSync(journalFile, JSON.stringify({ ...journal, entries: journal.entries.slice(0, -1) }));
    await expect(restore({ backup: made, dataDir, migrationsDir: older })).rejects.toThrow(/newer version/);
    expect(entries()).toEqual([DATABASE]);
    for (const args of [[], [made, made], ['--force', made]]) expect(await command('restore.ts', args, { OTKLIK_DATA_DIR: dataDir })).toMatchObject({ code: 2, err: expect.stringContaining('npm run restore --') });
    expect(await command('restore.ts', [made], { OTKLIK_DATA_DIR: dataDir, DATABASE_URL: 'postgres://x/y' })).toMatchObject({ code: 1, err: expect.stringContaining('db:epoch') });
  });
});
