/** The peer of ingest: the same rows in the same table, one transaction for each batch, nothing else. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { sqliteMigrator } from '../server/core/store/drizzle.ts';
import { nextId } from './lib/ids.ts';
import { serve, steadyNow } from './lib/child.ts';

const MIGRATIONS = path.join(import.meta.dirname, '..', 'migrations', 'sqlite');

serve({
  /** Rows a second in transactions of `size` rows during `ms`, synchronous=FULL. */
  load({ size, ms }: { size: number; ms: number }) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-bare-'));
    const database = new Database(path.join(folder, 'bare.db'));
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('wal_autocheckpoint = 4000');
    const { drizzle, migrate } = sqliteMigrator();
    migrate(drizzle(database), { migrationsFolder: MIGRATIONS });
    const insert = database.prepare('INSERT INTO events (site, "offset", device, id, type, at, received, touchpoint, skew, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    let offset = 0;
    const batch = database.transaction(() => {
      for (let i = 0; i < size; i++) {
        const now = Date.now();
        insert.run('bench', ++offset, '01jd0000000000000000000000', nextId(), 'feedback.rated', now, now, 'till-3', 0, JSON.stringify({ value: 4, scale: 4, factor: 'waiting time' }));
      }
    });
    const started = steadyNow();
    while (steadyNow() - started < ms) batch();
    const rate = offset / (steadyNow() - started) * 1000;
    database.close();
    fs.rmSync(folder, { recursive: true, force: true });
    return rate;
  },
});
