import path from 'node:path';
import { openSqliteStore } from './sqlite-store.ts';
import type { LogStore } from './store.ts';

export interface StoreSettings { dataDir: string; databaseUrl: string | null; databaseConnections: number }

const MIGRATIONS = path.join(import.meta.dirname, '..', '..', '..', 'migrations');

/** Name of the embedded store's file in the data folder. */
export const DATABASE_FILE = 'otklik.db';

/** Opens and migrates the store that the settings ask for. PostgreSQL's driver is loaded only for it. @throws when it cannot be opened */
export async function openStore({ dataDir, databaseUrl, databaseConnections }: StoreSettings): Promise<LogStore> {
  if (databaseUrl === null) return openSqliteStore({ file: path.join(dataDir, DATABASE_FILE), migrationsDir: path.join(MIGRATIONS, 'sqlite') });
  const { openPostgresStore } = await import('./postgres-store.ts');
  return openPostgresStore({ url: databaseUrl, migrationsDir: path.join(MIGRATIONS, 'postgres'), connections: databaseConnections });
}
