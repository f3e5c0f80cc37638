/** `npm run db:move`: copies the embedded store to PostgreSQL, or compares the two. See docs/operations.md. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../server/config.ts';
import { compare, move, OperationError, runCommand, shapesOf, UsageError, type MovedTable } from '../server/operations/index.ts';
import { TABLES } from '../server/schema.ts';

const USAGE = `npm run db:move -- [--from <otklik.db or data folder>] [--to <postgres://…>] [--check]
  --from   the embedded store; OTKLIK_DATA_DIR unless told
  --to     the target; DATABASE_URL unless told
  --check  only compare, change nothing`;
const MIGRATIONS = path.join(import.meta.dirname, '..', 'migrations');

const line = (name: string, rows: string, rest: string): string => `${name.padEnd(20)} ${rows.padStart(12)}   ${rest}`;
function show({ name, source, target, equal, ms, difference }: MovedTable): void {
  const rows = source.rows === target.rows ? String(source.rows) : `${source.rows}/${target.rows}`;
  const rate = ms > 1_000 ? `   (${(ms / 1_000).toFixed(1)} s, ${Math.round(source.rows / ms * 1_000)} rows/s)` : '';
  console.log(line(name, rows, (equal ? 'equal' : `DIFFERS: ${difference}`) + rate));
}

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' }, check: { type: 'boolean' } }, strict: true });
  const config = readConfig({ ...process.env, ...(values.to === undefined ? {} : { DATABASE_URL: values.to }) });
  if (config.databaseUrl === null) throw new UsageError('Name the target with --to, or set DATABASE_URL.');
  const options = {
    from: path.resolve(values.from ?? config.dataDir), to: config.databaseUrl, shapes: shapesOf(TABLES), onTable: show,
    migrations: { sqlite: path.join(MIGRATIONS, 'sqlite'), postgres: path.join(MIGRATIONS, 'postgres') },
  };
  console.log(line('table', 'rows', 'checksum'));
  if (values.check) {
    const different = (await compare(options)).filter(({ equal }) => !equal);
    if (different.length > 0) throw new OperationError(`${different.length} tables differ.`);
    console.log('The target holds the same as the embedded store.');
    return;
  }
  await move(options);
  console.log('Everything is in the target. Start the hubs with DATABASE_URL now, and keep the old file until you are sure of them.');
});
