import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ON_POSTGRES, sharedSpace } from '../../testing/servers/shared.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite-store.ts';
import type { PostgresStore } from '../store/postgres-store.ts';
import type { LogStore } from '../store/store.ts';

const MIGRATIONS = path.join(import.meta.dirname, '..', '..', '..', 'migrations');
export const MIGRATIONS_DIR = path.join(MIGRATIONS, 'sqlite');
export const POSTGRES_MIGRATIONS_DIR = path.join(MIGRATIONS, 'postgres');

/** An empty store of the kind that this run tests (see `ON_POSTGRES`); `dispose` closes it and removes its data. */
export async function temporaryStore(): Promise<{ store: LogStore; dispose(): Promise<void> }> {
  return ON_POSTGRES ? temporaryPostgresStore() : temporarySqliteStore();
}

/** For what only the embedded store has, whichever is under test. */
export async function temporarySqliteStore(): Promise<{ store: SqliteStore; file: string; dispose(): Promise<void> }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-store-'));
  const file = path.join(folder, 'otklik.db');
  const store = await openSqliteStore({ file, migrationsDir: MIGRATIONS_DIR });
  return { store, file, dispose: async () => { await store.close(); fs.rmSync(folder, { recursive: true, force: true }); } };
}

/** For what only the shared store has. `url` lets others open the same database. @throws outside of the project `postgres` */
export async function temporaryPostgresStore(): Promise<{ store: PostgresStore; url: string; dispose(): Promise<void> }> {
  const space = await sharedSpace();
  // Loaded here, so that tests of the embedded store need no driver.
  const { openPostgresStore } = await import('../store/postgres-store.ts');
  const store = await openPostgresStore({ url: space.databaseUrl, migrationsDir: POSTGRES_MIGRATIONS_DIR });
  return { store, url: space.databaseUrl, dispose: async () => { await store.close(); await space.remove(); } };
}
