import fs from 'node:fs';
import path from 'node:path';
import type Database from 'better-sqlite3';
import { OperationError } from './command.ts';
import type { BackupManifest } from './manifest.ts';

/** Tables of a database, whichever version made it. */
export const tableNames = (database: Database.Database): string[] => database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name").pluck().all() as string[];

/** Rows of each table. */
export function countRows(database: Database.Database): Record<string, number> {
  return Object.fromEntries(tableNames(database).map((name) => [name, database.prepare(`SELECT count(*) FROM "${name.replaceAll('"', '""')}"`).pluck().get() as number]));
}

interface Head { site: string; epoch: string; offset: number; first: number; events: number; row: number | null }

/**
 * Where each site's log stands, newest offset by the events themselves.
 * @throws OperationError when a log has a hole, or its row tells another offset than its events
 */
export function readHeads(database: Database.Database): BackupManifest['sites'] {
  if (!tableNames(database).includes('logs')) return [];
  // An older database's row does not say where its log stands.
  const row = (database.pragma('table_info(logs)') as { name: string }[]).some(({ name }) => name === 'offset') ? 'l."offset"' : 'NULL';
  const heads = database.prepare(`SELECT l.site, l.epoch, ${row} AS row, coalesce(e.newest, 0) AS "offset", coalesce(e.first, 1) AS first, coalesce(e.events, 0) AS events
    FROM logs l LEFT JOIN (SELECT site, max("offset") AS newest, min("offset") AS first, count(*) AS events FROM events GROUP BY site) e ON e.site = l.site ORDER BY l.site`).all() as Head[];
  for (const { site, offset, first, events, row: said } of heads) {
    if (first !== 1 || events !== offset || (said !== null && said !== offset)) {
      throw new OperationError(`The log of ${site} is not whole: ${events} events, offsets ${first} to ${offset}, and its row says ${said}. Restore an older backup.`);
    }
  }
  return heads.map(({ site, epoch, offset }) => ({ site, epoch, offset }));
}

/** @throws OperationError when SQLite finds the file damaged */
export function demandIntegrity(database: Database.Database, what: string): void {
  const found = database.pragma('integrity_check(5)', { simple: false }) as { integrity_check: string }[];
  if (found[0]?.integrity_check !== 'ok') throw new OperationError(`${what} is damaged:\n${found.map((line) => `  ${line.integrity_check}`).join('\n')}`);
}

/** How a database stands to the migrations of this program; `empty` has had none. */
export function migrationState(database: Database.Database, migrationsDir: string): 'empty' | 'behind' | 'current' | 'ahead' {
  if (!tableNames(database).includes('__drizzle_migrations')) return 'empty';
  const { entries } = JSON.parse(fs.readFileSync(path.join(migrationsDir, 'meta', '_journal.json'), 'utf8')) as { entries: { when: number }[] };
  const newest = Math.max(...entries.map(({ when }) => when));
  const applied = database.prepare('SELECT max(created_at) FROM __drizzle_migrations').pluck().get() as number | null;
  if (applied === null) return 'empty';
  return applied === newest ? 'current' : applied < newest ? 'behind' : 'ahead';
}
