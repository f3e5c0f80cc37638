import pg from 'pg';
import { postgresDriver } from './drizzle.ts';
import { connectionSettings } from './postgres-connection.ts';

/** Any number will do, as long as every hub takes the same. */
const MIGRATION_LOCK = 7_046_029_254_386_353_131n;

/**
 * Brings the database up to the newest tables; does nothing when it is. Of several hubs that start together one
 * migrates and the others wait for it.
 * @throws when the database cannot be reached or a migration fails; then nothing of it was applied.
 */
export async function migratePostgres(url: string, migrationsDir: string): Promise<void> {
  const { statement_timeout: _short, query_timeout: _shorter, ...settings } = connectionSettings(url);
  const client = new pg.Client(settings);
  // A line that breaks fails the statement under way; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    const { drizzle, migrate } = postgresDriver();
    await migrate(drizzle(client), { migrationsFolder: migrationsDir });
  } finally {
    await client.end();
  }
}
