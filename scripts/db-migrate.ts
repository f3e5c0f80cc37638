/** `npm run db:migrate`: brings the database of DATABASE_URL to this version's tables, as a hub's start does, and ends. */
import path from 'node:path';
import { readConfig } from '../server/config.ts';
import { migratePostgres } from '../server/core/store/postgres-migrate.ts';
import { OperationError, runCommand } from '../server/operations/index.ts';

await runCommand('npm run db:migrate, with DATABASE_URL in the environment', async () => {
  const { databaseUrl } = readConfig(process.env);
  if (databaseUrl === null) throw new OperationError('DATABASE_URL is not set. The embedded store migrates itself when the hub starts; there is nothing to do by hand.');
  await migratePostgres(databaseUrl, path.join(import.meta.dirname, '..', 'migrations', 'postgres'));
  console.log('The tables are those of this version.');
});
