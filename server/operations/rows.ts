import { createHash, type Hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import type pg from 'pg';
import { OperationError } from './command.ts';
import { columnList, describeRow, keyOrder, quote, type Row, type TableShape, type Value } from './shapes.ts';

/** Rows fetched from PostgreSQL at a time. */
const FETCH_ROWS = 1_000;

/** Rows of a table of the embedded store in the order of their keys. @throws OperationError for a value that PostgreSQL could not hold as it is */
export function* sourceRows(database: Database.Database, shape: TableShape): Generator<Row> {
  const rows = database.prepare(`SELECT ${columnList(shape)} FROM ${quote(shape.name)} ORDER BY ${keyOrder(shape, 'sqlite')}`).raw().iterate() as IterableIterator<Row>;
  for (const row of rows) {
    demandPortable(shape, row);
    yield row;
  }
}

/** SQLite keeps whatever it is given in any column; only what the column says can move. */
function demandPortable(shape: TableShape, row: Row): void {
  for (let i = 0; i < row.length; i++) {
    const problem = problemOf(shape.columns[i]!, row[i]!);
    if (problem !== undefined) throw new OperationError(`${describeRow(shape, row)}: ${shape.columns[i]!.name} ${problem}. Correct the row in the embedded store (with sqlite3), then start the command again. Nothing was changed.`);
  }
}

function problemOf({ kind, nullable }: TableShape['columns'][number], value: Value): string | undefined {
  if (value === null) return nullable ? undefined : 'is missing';
  if (kind === 'text') return typeof value !== 'string' ? 'is not a text' : value.includes('\0') ? 'has a character of code 0, which PostgreSQL does not take' : undefined;
  if (kind === 'int') return Number.isSafeInteger(value) ? undefined : 'is not a whole number below 2^53';
  return Number.isFinite(value) ? undefined : 'is not a finite number';
}

/** Rows of a table of PostgreSQL in the order of their keys, as they were when it began. Needs a transaction. */
export async function* targetRows(client: pg.ClientBase, shape: TableShape): AsyncGenerator<Row> {
  const cursor = quote(`move_${shape.name}`);
  await client.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR SELECT ${columnList(shape)} FROM ${quote(shape.name)} ORDER BY ${keyOrder(shape, 'postgres')}`);
  for (;;) {
    const { rows } = await client.query<Row>({ text: `FETCH ${FETCH_ROWS} FROM ${cursor}`, rowMode: 'array' });
    yield* rows;
    if (rows.length < FETCH_ROWS) break;
  }
  await client.query(`CLOSE ${cursor}`);
}

export interface Checksum { rows: number; sha256: string }

/** SHA-256 over rows in the order of their keys, each as one line of JSON: the same text for the same values of either database. */
export class TableDigest {
  readonly #hash: Hash = createHash('sha256');
  #rows = 0;
  #waiting = '';

  add(row: Row): void {
    this.#rows += 1;
    this.#waiting += `${JSON.stringify(row)}\n`;
    if (this.#waiting.length > 65_536) this.#flush();
  }

  end(): Checksum {
    this.#flush();
    return { rows: this.#rows, sha256: this.#hash.digest('hex') };
  }

  #flush(): void {
    this.#hash.update(this.#waiting);
    this.#waiting = '';
  }
}

export async function digestOf(rows: Iterable<Row> | AsyncIterable<Row>): Promise<Checksum> {
  const digest = new TableDigest();
  for await (const row of rows) digest.add(row);
  return digest.end();
}
