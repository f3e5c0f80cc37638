import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MIGRATIONS_DIR } from '../testing/store.ts';
import { openDatabase } from './sqlite-pragmas.ts';
import { migrateSqlite, openSqliteStore } from './sqlite-store.ts';

let folder: string;
beforeEach(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-migrate-')); });
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

interface Journal { entries: { tag: string }[] }

function tables(migrationsDir: string): unknown[] {
  const file = path.join(folder, 'hub.db');
  migrateSqlite({ file, migrationsDir });
  const database = openDatabase(file);
  const names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  database.close();
  return names;
}

describe('migrations', () => {
  it('bring a database of an earlier version up to date, keep what it holds, and are left alone after that', async () => {
    const earlier = path.join(folder, 'migrations');
    fs.cpSync(MIGRATIONS_DIR, earlier, { recursive: true });
    const journalFile = path.join(earlier, 'meta', '_journal.json');
    const journal = JSON.parse(fs.readFileSync(journalFile, 'utf8')) as Journal;
    fs.writeFileSync(journalFile, JSON.stringify({ ...journal, entries: journal.entries.slice(0, 1) }));
    expect(tables(earlier)).toContain('events');
    expect(tables(earlier)).not.toContain('alerts');

    // As the hub of that version wrote it: the site's row did not say yet where its log stands.
    const old = openDatabase(path.join(folder, 'hub.db'));
    old.exec(`INSERT INTO logs (site, epoch, created_at) VALUES ('shop', 'epoch', 1);
      INSERT INTO events (site, "offset", device, id, type, at, received, touchpoint, skew, body) VALUES ('shop', 1, 'button', '01JD0000000000000000000000', 'feedback.rated', 1, 1, NULL, 0, '{}')`);
    old.close();
    expect(tables(MIGRATIONS_DIR)).toContain('alerts');
    const now = await openSqliteStore({ file: path.join(folder, 'hub.db'), migrationsDir: MIGRATIONS_DIR });
    expect(await now.append([{ id: '01JD0000000000000000000001', type: 'feedback.rated', site: 'shop', at: 1, device: 'button', touchpoint: null, skew: 0, body: '{}' }])).toEqual([2]);
    await now.close();
  });
});
