import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sql } from './drizzle.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MIGRATIONS_DIR } from '../testing/store.ts';
import { openDatabase } from './sqlite-pragmas.ts';
import { openSqliteStore } from './sqlite-store.ts';

let folder: string;
beforeEach(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-migrate-')); });
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

interface Journal { entries: { tag: string }[] }

async function tables(migrationsDir: string): Promise<string[]> {
  const store = await openSqliteStore({ file: path.join(folder, 'hub.db'), migrationsDir });
  const rows = await store.read((db) => db.all<[string]>(sql`SELECT name FROM sqlite_master WHERE type = 'table'`));
  await store.close();
  return rows.map(([name]) => name);
}

describe('migrations', () => {
  it('bring a database of an earlier version up to date, keep what it holds, and are left alone after that', async () => {
    const earlier = path.join(folder, 'migrations');
    fs.cpSync(MIGRATIONS_DIR, earlier, { recursive: true });
    const journalFile = path.join(earlier, 'meta', '_journal.json');
    const journal = JSON.parse(fs.readFileSync(journalFile, 'utf8')) as Journal;
    fs.writeFileSync(journalFile, JSON.stringify({ ...journal, entries: journal.entries.slice(0, 1) }));
    expect(await tables(earlier)).toContain('events');
    expect(await tables(earlier)).not.toContain('alerts');

    // As the hub of that version wrote it: the site's row did not say yet where its log stands.
    const old = openDatabase(path.join(folder, 'hub.db'));
    old.exec(`INSERT INTO logs (site, epoch, created_at) VALUES ('shop', 'epoch', 1);
      INSERT INTO events (site, "offset", device, id, type, at, received, touchpoint, skew, body) VALUES ('shop', 1, 'button', '01JD0000000000000000000000', 'feedback.rated', 1, 1, NULL, 0, '{}')`);
    old.close();
    expect(await tables(MIGRATIONS_DIR)).toContain('alerts');
    const now = await openSqliteStore({ file: path.join(folder, 'hub.db'), migrationsDir: MIGRATIONS_DIR });
    expect(await now.append([{ id: '01JD0000000000000000000001', type: 'feedback.rated', site: 'shop', at: 1, device: 'button', touchpoint: null, skew: 0, body: '{}' }])).toEqual([2]);
    await now.close();
  });
});
