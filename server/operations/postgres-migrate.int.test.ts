import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { lockDataDir } from '../core/store/data-lock.ts';
import { migrateSqlite } from '../core/store/sqlite-store.ts';
import { MIGRATIONS_DIR, POSTGRES_MIGRATIONS_DIR } from '../core/testing/store.ts';
import { database, dropDatabase, sharedSpace } from '../testing/servers/index.ts';
import { DATABASE } from './manifest.ts';
import { migrateDatabase, migrateFile } from './migrate.ts';
import { command } from './testing/command.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => { for (const end of endings.splice(0).reverse()) await end(); });

function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-migrations-'));
  endings.push(async () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The migrations of an earlier version; the names of those that came later. */
function earlier(migrationsDir: string, folder: string): { dir: string; later: string[] } {
  const dir = path.join(folder, `earlier-${path.basename(migrationsDir)}`);
  fs.cpSync(migrationsDir, dir, { recursive: true });
  const file = path.join(dir, 'meta', '_journal.json');
  const journal = JSON.parse(fs.readFileSync(file, 'utf8')) as { entries: { tag: string }[] };
  fs.writeFileSync(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, 2) }));
  return { dir, later: journal.entries.slice(2).map(({ tag }) => tag) };
}

describe('db:migrate', () => {
  it('brings an embedded store up to date and says by what; refuses while the hub runs, and a newer store', async () => {
    const folder = temporaryFolder();
    const env = { OTKLIK_DATA_DIR: path.join(folder, 'data') };
    const file = path.join(env.OTKLIK_DATA_DIR, DATABASE);
    expect(await command('db-migrate.ts', [], env)).toMatchObject({ code: 1, err: expect.stringContaining('There is no') });
    const { dir, later } = earlier(MIGRATIONS_DIR, folder);
    migrateSqlite({ file, migrationsDir: dir });
    const release = lockDataDir(env.OTKLIK_DATA_DIR);
    expect(await command('db-migrate.ts', [], env)).toMatchObject({ code: 1, err: expect.stringContaining('Stop the hub') });
    release();
    expect(await command('db-migrate.ts', [], env)).toMatchObject({ code: 0, err: '', out: `${later.join('\n')}\nDone.\n` });
    expect(await command('db-migrate.ts', [], env)).toMatchObject({ code: 0, out: 'The store is up to date.\n' });
    const migrated = new Database(file, { readonly: true });
    expect(migrated.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'vision_nodes'").pluck().get()).toBe(1);
    migrated.close();
    expect(() => migrateFile(file, dir)).toThrow(/newer version/);
    expect(await command('db-migrate.ts', ['--now'], env)).toMatchObject({ code: 2 });
  }, 60_000);

  it('does the same for PostgreSQL', async () => {
    const space = await sharedSpace();
    endings.push(() => space.remove());
    const url = await database(space.databaseUrl);
    endings.push(() => dropDatabase(url));
    const { dir, later } = earlier(POSTGRES_MIGRATIONS_DIR, temporaryFolder());
    expect(await migrateDatabase(url, dir)).toHaveLength(2);
    expect(await command('db-migrate.ts', [], { DATABASE_URL: url })).toMatchObject({ code: 0, err: '', out: `${later.join('\n')}\nDone.\n` });
    expect(await command('db-migrate.ts', [], { DATABASE_URL: url })).toMatchObject({ code: 0, out: 'The store is up to date.\n' });
    await expect(migrateDatabase(url, dir)).rejects.toThrow(/newer version/);
  }, 60_000);
});
