/** `npm run restore`: puts a backup back into the data folder. See docs/operations.md. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../server/config.ts';
import { OperationError, restore, runCommand, UsageError } from '../server/operations/index.ts';

const USAGE = 'npm run restore -- <backup folder>';
const MIGRATIONS = path.join(import.meta.dirname, '..', 'migrations', 'sqlite');

await runCommand(USAGE, async () => {
  const { positionals: [folder, ...more] } = parseArgs({ allowPositionals: true, strict: true });
  if (!folder || more.length > 0) throw new UsageError('Name one backup folder.');
  const config = readConfig(process.env);
  if (config.databaseUrl !== null) throw new OperationError('DATABASE_URL is set: this hub\'s data is in PostgreSQL. Restore it with pg_restore, then run npm run db:epoch. See docs/operations.md.');
  const dataDir = path.resolve(config.dataDir);
  const { manifest, logs, kept } = await restore({ backup: path.resolve(folder), dataDir, migrationsDir: MIGRATIONS });
  console.log(`${dataDir} is again as it was at ${manifest.created}: ${logs} sites, ${manifest.tables['events'] ?? 0} events.`);
  if (kept !== undefined) console.log(`What was there before is kept as ${kept}; delete it when you are sure that you do not need it.`);
  console.log('Start the hub now. People and devices that were locked out after that moment are let in again: lock them out anew.');
});
