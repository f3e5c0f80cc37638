import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openSqliteStore, type SqliteStore } from '../store/sqlite-store.ts';

export const MIGRATIONS_DIR = path.join(import.meta.dirname, '..', '..', '..', 'migrations', 'sqlite');

/** A store in a temporary folder of its own; `dispose` closes it and removes the folder. */
export async function temporaryStore(): Promise<{ store: SqliteStore; file: string; dispose(): Promise<void> }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-store-'));
  const file = path.join(folder, 'otklik.db');
  const store = await openSqliteStore({ file, migrationsDir: MIGRATIONS_DIR });
  return { store, file, dispose: async () => { await store.close(); fs.rmSync(folder, { recursive: true, force: true }); } };
}
