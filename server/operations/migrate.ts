import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { lockDataDir } from '../core/store/data-lock.ts';
import { connectionSettings } from '../core/store/postgres-connection.ts';
import { migratePostgres } from '../core/store/postgres-migrate.ts';
import { migrateSqlite } from '../core/store/sqlite-store.ts';
import { OperationError } from './command.ts';
import { migrationState } from './inspect.ts';

/** Brings an embedded store up to this version's tables; the names of the migrations that this took. @throws FolderLocked (the hub runs: it has done so itself), OperationError */
export function migrateFile(file: string, migrationsDir: string): string[] {
  const release = lockDataDir(path.dirname(file));
  try {
    if (!fs.existsSync(file)) throw new OperationError(`There is no ${file}. Set OTKLIK_DATA_DIR to the data folder of the hub; a new hub makes its store when it starts.`);
    const read = (): number => {
      const database = new Database(file, { readonly: true });
      try {
        const state = migrationState(database, migrationsDir);
        if (state === 'ahead') throw tooNew();
        return state === 'empty' ? 0 : database.prepare('SELECT coalesce(max(created_at), 0) FROM __drizzle_migrations').pluck().get() as number;
      } finally {
        database.close();
      }
    };
    const before = read();
    migrateSqlite({ file, migrationsDir });
    return between(migrationsDir, before, read());
  } finally {
    release();
  }
}

/** The same for a database of PostgreSQL, beside hubs that run. */
export async function migrateDatabase(url: string, migrationsDir: string): Promise<string[]> {
  const before = await newestOf(url);
  if (before > newest(migrationsDir)) throw tooNew();
  await migratePostgres(url, migrationsDir);
  return between(migrationsDir, before, await newestOf(url));
}

const tooNew = (): OperationError => new OperationError('The store is of a newer version of this program: install that version.');

interface Entry { tag: string; when: number }
const entries = (migrationsDir: string): Entry[] => (JSON.parse(fs.readFileSync(path.join(migrationsDir, 'meta', '_journal.json'), 'utf8')) as { entries: Entry[] }).entries;
const newest = (migrationsDir: string): number => Math.max(...entries(migrationsDir).map(({ when }) => when));
const between = (migrationsDir: string, before: number, after: number): string[] => entries(migrationsDir).filter(({ when }) => when > before && when <= after).map(({ tag }) => tag);

async function newestOf(url: string): Promise<number> {
  const client = new pg.Client(connectionSettings(url));
  await client.connect();
  try {
    const { rows: [made] } = await client.query<{ made: boolean }>("SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS made");
    if (!made?.made) return 0;
    const { rows: [last] } = await client.query<{ at: number | null }>('SELECT max(created_at) AS at FROM drizzle.__drizzle_migrations');
    return last?.at ?? 0;
  } finally {
    await client.end();
  }
}
