import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { lockDataDir } from '../core/store/data-lock.ts';
import { connectionSettings } from '../core/store/postgres-connection.ts';
import { migratePostgres } from '../core/store/postgres-migrate.ts';
import { OperationError } from './command.ts';
import { addMissingRows, firstDifference, replaceRows } from './copy.ts';
import { rowsToMove } from './file-rows.ts';
import { migrationState, tableNames } from './inspect.ts';
import { DATABASE } from './manifest.ts';
import { digestOf, targetRows, type Checksum } from './rows.ts';
import { quote, type TableShape } from './shapes.ts';

export interface MoveOptions {
  /** The embedded store's file, or the data folder that holds it. */
  from: string;
  /** The target's DATABASE_URL. */
  to: string;
  shapes: readonly TableShape[];
  migrations: { sqlite: string; postgres: string };
  /** Told of every table when it is done. */
  onTable?(table: MovedTable): void;
}

export interface MovedTable { name: string; source: Checksum; target: Checksum; equal: boolean; ms: number; difference?: string }

/** What may only ever grow. Rows here that the source does not have mean that hubs work on the target. */
const APPEND_ONLY: ReadonlySet<string> = new Set(['audit_entries', 'events']);
/** So that the administrator sees who it is, and hubs are told from it. */
const APPLICATION = 'otklik db:move';
const LOCK_MS = 5_000;

/**
 * Copies everything from the embedded store to PostgreSQL, and compares both in the end. All of it is one transaction
 * of the target (its tables are made before): an interrupted move leaves nothing, and it may be repeated. Epochs stay,
 * since it is the same log. Files of the data folder become rows, since hubs that share a database share no folder.
 * @throws OperationError, FolderLocked (the hub runs), the driver's errors
 */
export async function move(options: MoveOptions): Promise<MovedTable[]> {
  return withSource(options, async (source, dataDir) => {
    await migratePostgres(options.to, options.migrations.postgres);
    return withTarget(options.to, async (client) => {
      await client.query('BEGIN');
      await demandAlone(client, options.shapes);
      const moved: MovedTable[] = [];
      // What shows that the target is in use comes first.
      for (const shape of [...options.shapes].sort((a, b) => Number(APPEND_ONLY.has(b.name)) - Number(APPEND_ONLY.has(a.name)))) {
        const started = performance.now();
        const copy = APPEND_ONLY.has(shape.name) ? addMissingRows : replaceRows;
        const expected = await copy(client, shape, rowsToMove(source, shape, dataDir));
        const table = verdict(shape, expected, await digestOf(targetRows(client, shape)), started);
        if (!table.equal) throw new OperationError(`${shape.name} is not in the target as it is in the embedded store (${table.target.rows} rows instead of ${table.source.rows}, or other values). Nothing was changed; this should not happen, so please report it.`);
        options.onTable?.(table);
        moved.push(table);
      }
      await client.query('COMMIT');
      // Without it PostgreSQL plans the first hours by what it guesses of the tables.
      await client.query('ANALYZE');
      return moved;
    });
  });
}

/** Compares every table of both and changes nothing. */
export async function compare(options: MoveOptions): Promise<MovedTable[]> {
  return withSource(options, (source, dataDir) => withTarget(options.to, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows } = await client.query<{ name: string }>("SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()");
    const there = new Set(rows.map(({ name }) => name));
    const missing = options.shapes.find(({ name }) => !there.has(name));
    if (missing) throw new OperationError(`The target has no table ${missing.name}: nothing was moved there yet, or an older version's store is there.`);
    const compared: MovedTable[] = [];
    for (const shape of options.shapes) {
      const started = performance.now();
      const table = verdict(shape, await digestOf(rowsToMove(source, shape, dataDir)), await digestOf(targetRows(client, shape)), started);
      const difference = table.equal ? undefined : await firstDifference(shape, rowsToMove(source, shape, dataDir), targetRows(client, shape));
      compared.push(difference === undefined ? table : { ...table, difference });
      options.onTable?.(compared.at(-1)!);
    }
    return compared;
  }));
}

function verdict({ name }: TableShape, source: Checksum, target: Checksum, started: number): MovedTable {
  return { name, source, target, equal: source.rows === target.rows && source.sha256 === target.sha256, ms: performance.now() - started };
}

/** The embedded store as it stands at one moment, while no hub has it. */
async function withSource<T>({ from, shapes, migrations }: MoveOptions, work: (source: Database.Database, dataDir: string) => Promise<T>): Promise<T> {
  const found = fs.statSync(from, { throwIfNoEntry: false });
  const file = found?.isDirectory() ? path.join(from, DATABASE) : from;
  if (!fs.existsSync(file)) throw new OperationError(`There is no ${file}. Name the embedded store's ${DATABASE}, or its data folder, with --from.`);
  const release = lockDataDir(path.dirname(file));
  try {
    const source = new Database(file, { readonly: true });
    try {
      // Rows come in the order of keys, not as they lie in the file.
      source.pragma('cache_size = -65536');
      source.exec('BEGIN');
      demandKnown(source, shapes, migrations.sqlite);
      return await work(source, path.dirname(file));
    } finally {
      source.close();
    }
  } finally {
    release();
  }
}

function demandKnown(source: Database.Database, shapes: readonly TableShape[], migrations: string): void {
  const state = migrationState(source, migrations);
  if (state === 'empty') throw new OperationError('The file is not an embedded store of a hub: there is nothing to move.');
  if (state === 'behind') throw new OperationError('The embedded store is of an older version: bring it up to date first (npm run db:migrate, without DATABASE_URL).');
  if (state === 'ahead') throw new OperationError('The embedded store is of a newer version of this program: move it with that version.');
  const known = new Set(['__drizzle_migrations', ...shapes.map(({ name }) => name)]);
  const stranger = tableNames(source).find((name) => !known.has(name));
  if (stranger !== undefined) throw new OperationError(`The embedded store has a table ${stranger} that this program does not know: it would not be moved. Take it out first.`);
}

async function withTarget<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { statement_timeout: _short, query_timeout: _shorter, idle_in_transaction_session_timeout: _idle, ...settings } = connectionSettings(url);
  const client = new pg.Client({ ...settings, application_name: APPLICATION });
  // A line that breaks fails the statement under way; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows: [{ server_encoding: encoding } = { server_encoding: 'unknown' }] } = await client.query<{ server_encoding: string }>('SHOW server_encoding');
    if (encoding !== 'UTF8') throw new OperationError(`The target database keeps text as ${encoding}, which cannot hold every language: make one with createdb --encoding=UTF8 --template=template0.`);
    return await work(client);
  } finally {
    // Ends a transaction that was not committed.
    await client.end();
  }
}

/** No hub on the target, and none that starts now writes before the end. */
async function demandAlone(client: pg.Client, shapes: readonly TableShape[]): Promise<void> {
  const { rows } = await client.query<{ hubs: number }>("SELECT count(*) AS hubs FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'otklik'");
  if ((rows[0]?.hubs ?? 0) > 0) throw new OperationError('Hubs are working on the target. Stop them, then start the command again. Nothing was changed.');
  await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
  try {
    await client.query(`LOCK TABLE ${shapes.map(({ name }) => quote(name)).join(', ')} IN EXCLUSIVE MODE`);
  } catch (error) {
    if ((error as { code?: unknown }).code !== '55P03') throw error;
    throw new OperationError('Another program is writing to the target (a hub, another move, a backup tool that locks tables). Wait for it or stop it, then start the command again. Nothing was changed.');
  }
  await client.query('SET LOCAL lock_timeout = 0');
}
