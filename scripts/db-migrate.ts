/** `npm run db:migrate`: brings the store up to this version's tables, as a hub does when it starts. See docs/operations.md. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../server/config.ts';
import { DATABASE_FILE } from '../server/core/store/open.ts';
import { migrateDatabase, migrateFile, runCommand } from '../server/operations/index.ts';

const MIGRATIONS = path.join(import.meta.dirname, '..', 'migrations');

await runCommand('npm run db:migrate', async () => {
  parseArgs({ strict: true });
  const { databaseUrl, dataDir } = readConfig(process.env);
  const applied = databaseUrl === null
    ? migrateFile(path.resolve(dataDir, DATABASE_FILE), path.join(MIGRATIONS, 'sqlite'))
    : await migrateDatabase(databaseUrl, path.join(MIGRATIONS, 'postgres'));
  for (const name of applied) console.log(name);
  console.log(applied.length === 0 ? 'The store is up to date.' : 'Done.');
});
