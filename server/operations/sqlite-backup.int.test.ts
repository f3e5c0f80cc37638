import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateSqlite, openSqliteStore } from '../core/store/sqlite-store.ts';
import type { NewEvent } from '../core/store/store.ts';
import { MIGRATIONS_DIR } from '../core/testing/store.ts';
import { startTestHub } from '../testing/whole-hub.ts';
import { backup } from './backup.ts';
import { digestFile } from './files.ts';
import { DATABASE, FOLDERS, MANIFEST, readManifest } from './manifest.ts';
import { command } from './testing/command.ts';

let folder: string;
let to: string;
const endings: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-backup-'));
  to = path.join(folder, 'to');
});
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function openStore() {
  const dataDir = path.join(folder, 'hub');
  const store = await openSqliteStore({ file: path.join(dataDir, DATABASE), migrationsDir: MIGRATIONS_DIR });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= store.close());
  endings.push(close);
  return { store, dataDir, close };
}

const press = (site: string): NewEvent => ({ id: ulid(), type: 'feedback.rated', site, at: 1_000, device: 'button', touchpoint: null, skew: 0, body: JSON.stringify({ value: 1, scale: 4, text: 'о'.repeat(200) }) });
const presses = (site: string, count: number): NewEvent[] => Array.from({ length: count }, () => press(site));

interface Log { site: string; events: number; first: number; newest: number }
function logsOf(file: string): { integrity: unknown; logs: Log[] } {
  const database = new Database(file, { readonly: true });
  const logs = database.prepare('SELECT site, count(*) AS events, min("offset") AS first, max("offset") AS newest FROM events GROUP BY site ORDER BY site').all() as Log[];
  const integrity = database.pragma('integrity_check', { simple: true });
  database.close();
  return { integrity, logs };
}

describe('a backup', () => {
  it('made by another process while the store appends at full speed is of one moment, and whole', async () => {
    const { store, dataDir } = await openStore();
    const sites = ['one', 'two', 'three'];
    for (let i = 0; i < 10; i++) await Promise.all(sites.map((site) => store.append(presses(site, 1_000))));
    let acknowledged = 30_000;
    let running = true;
    const writers = sites.map(async (site) => { while (running) { await store.append(presses(site, 20)); acknowledged += 20; } });
    const before = acknowledged;
    const made = await command('backup.ts', ['--to', to], { OTKLIK_DATA_DIR: dataDir });
    running = false;
    await Promise.all(writers);
    expect(made).toMatchObject({ code: 0, err: '' });

    const [name] = fs.readdirSync(to).filter((entry) => entry !== 'otklik.lock');
    const complete = path.join(to, name!);
    const manifest = readManifest(complete);
    const { integrity, logs } = logsOf(path.join(complete, DATABASE));
    expect(integrity).toBe('ok');
    expect(manifest.sites.map(({ site, offset }) => ({ site, events: offset, first: 1, newest: offset }))).toEqual(logs.map((log) => ({ ...log })));
    expect(manifest.sites).toHaveLength(3);
    const held = manifest.sites.reduce((total, { offset }) => total + offset, 0);
    expect(manifest.tables['events']).toBe(held);
    expect(held).toBeGreaterThanOrEqual(before);
    // Else nothing was written meanwhile, and the test says nothing.
    expect(acknowledged).toBeGreaterThan(held);
    expect(manifest.files).toEqual([{ path: DATABASE, ...await digestFile(path.join(complete, DATABASE)) }]);
    expect(fs.statSync(complete).mode & 0o077).toBe(0);
    expect(fs.statSync(path.join(complete, DATABASE)).mode & 0o077).toBe(0);
  }, 90_000);

  it('has what a killed hub left in the write-ahead log', async () => {
    const { store, dataDir } = await openStore();
    await store.append(presses('one', 50));
    const killed = path.join(folder, 'killed');
    fs.mkdirSync(killed);
    for (const side of ['', '-wal']) fs.copyFileSync(path.join(dataDir, DATABASE + side), path.join(killed, DATABASE + side));
    const { manifest } = await backup({ dataDir: killed, to, version: '1' });
    expect(manifest.sites).toMatchObject([{ site: 'one', offset: 50 }]);
  });

  it('has the files with their checksums, and nothing else of the data folder', async () => {
    const { dataDir } = await openStore();
    fs.mkdirSync(path.join(dataDir, 'files', 'ab'), { recursive: true });
    fs.writeFileSync(path.join(dataDir, 'files', 'ab', 'abc'), 'звук');
    fs.symlinkSync('/etc/passwd', path.join(dataDir, 'files', 'link'));
    fs.mkdirSync(path.join(dataDir, 'cache'));
    fs.writeFileSync(path.join(dataDir, 'cache', 'x'), '');
    const made = await backup({ dataDir, to: path.join(dataDir, 'backups'), version: '1' });
    expect(made.manifest.files.map((file) => file.path)).toEqual([DATABASE, 'files/ab/abc']);
    expect(made.manifest.files[1]).toMatchObject({ bytes: 8, sha256: (await digestFile(path.join(dataDir, 'files', 'ab', 'abc'))).sha256 });
    expect(fs.readFileSync(path.join(made.folder, 'files', 'ab', 'abc'), 'utf8')).toBe('звук');
    expect(fs.readdirSync(made.folder).sort()).toEqual(['files', MANIFEST, DATABASE].sort());
  });

  it('knows every entry that a hub makes in its data folder: what it leaves out is left out on purpose', async () => {
    const hub = await startTestHub();
    endings.push(() => hub.close());
    const { token, site } = await hub.shop();
    await hub.send(token, [{ id: ulid(), type: 'feedback.rated', site, at: Date.now(), body: { value: 1, scale: 4 } }]);
    const made = fs.readdirSync(hub.dataDir).filter((name) => !name.startsWith(DATABASE));
    const leftOut = ['otklik.lock', 'otklik.pid', 'cache'];
    expect(made.filter((name) => ![...FOLDERS, ...leftOut].includes(name))).toEqual([]);
  });

  it('stands in the way of nobody: --keep leaves the newest complete ones, what an interruption left goes, strangers\' folders stay', async () => {
    const { store, dataDir } = await openStore();
    await store.append([press('one')]);
    for (const name of ['otklik-20260101T000000.000Z.partial', 'otklik-20260101T000000.000Z', 'photos']) fs.mkdirSync(path.join(to, name), { recursive: true });
    const at = (day: number) => () => new Date(Date.UTC(2026, 0, day, 3));
    for (const day of [2, 3]) expect((await backup({ dataDir, to, version: '1', now: at(day) })).removed).toEqual([]);
    const { removed } = await backup({ dataDir, to, version: '1', keep: 2, now: at(4) });
    expect(removed).toEqual(['otklik-20260102T030000.000Z']);
    // The folder of 1 January has no manifest: it is not known to be ours.
    expect(fs.readdirSync(to).sort()).toEqual(['otklik-20260101T000000.000Z', 'otklik-20260103T030000.000Z', 'otklik-20260104T030000.000Z', 'otklik.lock', 'photos']);
  });

  it('is refused of a log with a hole or a damaged file, and leaves nothing behind', async () => {
    const { store, dataDir, close } = await openStore();
    await store.append(presses('one', 3_000));
    await close();
    const database = new Database(path.join(dataDir, DATABASE));
    database.exec('DELETE FROM events WHERE "offset" = 7');
    database.close();
    await expect(backup({ dataDir, to, version: '1' })).rejects.toThrow(/log of one is not whole: 2999 events, offsets 1 to 3000/);
    const file = path.join(dataDir, DATABASE);
    const size = fs.statSync(file).size;
    const handle = fs.openSync(file, 'r+');
    for (let at = 40 * 4_096; at + 4_096 < size; at += 4_096) fs.writeSync(handle, Buffer.alloc(64, 0xa5), 0, 64, at);
    fs.closeSync(handle);
    await expect(backup({ dataDir, to, version: '1' })).rejects.toThrow(/damaged|malformed/);
    expect(fs.readdirSync(to)).toEqual(['otklik.lock']);
  });

  it('can be made of a database of an earlier version, before it is upgraded', async () => {
    const migrations = path.join(folder, 'migrations');
    fs.cpSync(MIGRATIONS_DIR, migrations, { recursive: true });
    const journalFile = path.join(migrations, 'meta', '_journal.json');
    const journal = JSON.parse(fs.readFileSync(journalFile, 'utf8')) as { entries: unknown[] };
    fs.writeFileSync(journalFile, JSON.stringify({ ...journal, entries: journal.entries.slice(0, 1) }));
    const dataDir = path.join(folder, 'data');
    fs.mkdirSync(dataDir);
    migrateSqlite({ file: path.join(dataDir, DATABASE), migrationsDir: migrations });
    const old = new Database(path.join(dataDir, DATABASE));
    old.exec(`INSERT INTO logs (site, epoch, created_at) VALUES ('shop', 'old', 1);
      INSERT INTO events (site, "offset", device, id, type, at, received, touchpoint, skew, body) VALUES ('shop', 1, 'b', 'i', 't', 1, 1, NULL, 0, '{}')`);
    old.close();
    expect((await backup({ dataDir, to, version: '1' })).manifest.sites).toEqual([{ site: 'shop', epoch: 'old', offset: 1 }]);
  });
});

describe('npm run backup', () => {
  it('refuses what it does not understand with 2, and what it cannot do with 1 and the way out', { timeout: 60_000 }, async () => {
    for (const args of [['--keep', '0'], ['--too', 'x'], ['folder'], ['--to', ' ']]) {
      const { code, err } = await command('backup.ts', args, { OTKLIK_DATA_DIR: folder });
      expect({ args, code, usage: err.includes('npm run backup --') }).toEqual({ args, code: 2, usage: true });
    }
    expect(await command('backup.ts', [], { OTKLIK_DATA_DIR: path.join(folder, 'none') })).toMatchObject({ code: 1, err: expect.stringContaining('Set OTKLIK_DATA_DIR') });
    expect(await command('backup.ts', [], { OTKLIK_DATA_DIR: folder, DATABASE_URL: 'postgres://x/y' })).toMatchObject({ code: 1, err: expect.stringMatching(/pg_dump[^]*db:epoch/) });
  });
});
