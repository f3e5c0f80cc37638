/** `npm run backup`: copies the embedded store while the hub runs. See docs/operations.md. */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../server/config.ts';
import { backup, megabytes, OperationError, runCommand, UsageError } from '../server/operations/index.ts';

const USAGE = `npm run backup -- [--to <folder>] [--keep <number>]
  --to    folder for the backups; "backups" in the data folder unless told
  --keep  delete the oldest complete backups there, so that this many are left`;

const ELSEWHERE = `DATABASE_URL is set: the hub keeps everything in PostgreSQL, which has its own way of backing up.
Use  pg_dump --format=custom --file otklik.dump "$DATABASE_URL"  (or your provider's backups), and after every restore
npm run db:epoch. See docs/operations.md.`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { to: { type: 'string' }, keep: { type: 'string' } }, strict: true });
  const keep = values.keep === undefined ? undefined : Number(values.keep);
  if (keep !== undefined && (!Number.isInteger(keep) || keep < 1)) throw new UsageError(`--keep takes a whole number from 1, not "${values.keep}".`);
  if (values.to?.trim() === '') throw new UsageError('--to takes a folder.');
  const config = readConfig(process.env);
  if (config.databaseUrl !== null) throw new OperationError(ELSEWHERE);
  const dataDir = path.resolve(config.dataDir);
  const { version } = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, '..', 'package.json'), 'utf8')) as { version: string };
  const started = performance.now();
  const { folder, manifest, removed } = await backup({ dataDir, to: path.resolve(values.to ?? path.join(dataDir, 'backups')), version, ...(keep === undefined ? {} : { keep }) });
  const bytes = manifest.files.reduce((total, file) => total + file.bytes, 0);
  console.log(`${folder}\n${manifest.sites.length} sites, ${manifest.tables['events'] ?? 0} events, ${manifest.files.length - 1} files, ${megabytes(bytes)}, ${((performance.now() - started) / 1_000).toFixed(1)} s; checked.`);
  if (removed.length > 0) console.log(`Deleted older ones: ${removed.join(', ')}`);
});
