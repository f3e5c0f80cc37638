import type pg from 'pg';
import { OperationError } from './command.ts';
import { TableDigest, targetRows, type Checksum } from './rows.ts';
import { columnList, compareKeys, describeRow, quote, type Row, type TableShape } from './shapes.ts';

/** One statement takes at most this many rows, or this many characters of text. */
const BATCH_ROWS = 2_000;
const BATCH_CHARACTERS = 4 * 1024 * 1024;
const ARRAYS = { text: 'text[]', int: 'bigint[]', real: 'double precision[]' } as const;

/** Adds rows in batches: one array a column, so that the statement is the same for any number of rows. */
class Inserter {
  readonly #client: pg.ClientBase;
  readonly #shape: TableShape;
  readonly #text: string;
  #waiting: Row[] = [];
  #characters = 0;

  constructor(client: pg.ClientBase, shape: TableShape) {
    this.#client = client;
    this.#shape = shape;
    this.#text = `INSERT INTO ${quote(shape.name)} (${columnList(shape)}) SELECT * FROM unnest(${shape.columns.map(({ kind }, i) => `$${i + 1}::${ARRAYS[kind]}`).join(', ')})`;
  }

  async add(row: Row): Promise<void> {
    this.#waiting.push(row);
    for (const value of row) if (typeof value === 'string') this.#characters += value.length;
    if (this.#waiting.length >= BATCH_ROWS || this.#characters >= BATCH_CHARACTERS) await this.end();
  }

  async end(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const rows = this.#waiting;
    this.#waiting = [];
    this.#characters = 0;
    await this.#client.query({ name: `move ${this.#shape.name}`, text: this.#text, values: this.#shape.columns.map((_, i) => rows.map((row) => row[i])) });
  }
}

/** Makes a table's rows those of the source; the source's checksum. */
export async function replaceRows(client: pg.ClientBase, shape: TableShape, source: Iterable<Row>): Promise<Checksum> {
  await client.query(`DELETE FROM ${quote(shape.name)}`);
  const inserter = new Inserter(client, shape);
  const digest = new TableDigest();
  for (const row of source) {
    digest.add(row);
    await inserter.add(row);
  }
  await inserter.end();
  return digest.end();
}

/**
 * Adds the rows that are missing to a table which is never changed otherwise; the source's checksum.
 * @throws OperationError when the target has a row that the source has not, or has otherwise: somebody works with it
 */
export async function addMissingRows(client: pg.ClientBase, shape: TableShape, source: Iterable<Row>): Promise<Checksum> {
  const inserter = new Inserter(client, shape);
  const digest = new TableDigest();
  const target = targetRows(client, shape);
  let there = await target.next();
  for (const row of source) {
    digest.add(row);
    const order = there.done ? -1 : compareKeys(shape, row, there.value);
    if (order > 0) throw inUse(shape, there.value!, 'which the embedded store does not have');
    if (order < 0) {
      await inserter.add(row);
      continue;
    }
    if (JSON.stringify(row) !== JSON.stringify(there.value)) throw inUse(shape, row, 'with other contents than the embedded store has');
    there = await target.next();
  }
  if (!there.done) throw inUse(shape, there.value, 'which the embedded store does not have');
  await inserter.end();
  return digest.end();
}

function inUse(shape: TableShape, row: Row, what: string): OperationError {
  return new OperationError(`The target is in use already: it holds ${describeRow(shape, row)}, ${what}. Moving would lose it, so nothing was changed.
If what is in the target is worth nothing, give DATABASE_URL a new, empty database.`);
}

/** The first row, in the order of keys, in which the two differ; undefined when they are equal. */
export async function firstDifference(shape: TableShape, source: Iterable<Row>, target: AsyncIterator<Row>): Promise<string | undefined> {
  let there = await target.next();
  for (const row of source) {
    const order = there.done ? -1 : compareKeys(shape, row, there.value);
    if (order < 0) return `${describeRow(shape, row)} is missing in the target`;
    if (order > 0) return `${describeRow(shape, there.value as Row)} is in the target only`;
    const column = shape.columns.find((_, i) => row[i] !== (there.value as Row)[i]);
    if (column) return `${describeRow(shape, row)} differs in ${column.name}`;
    there = await target.next();
  }
  return there.done ? undefined : `${describeRow(shape, there.value)} is in the target only`;
}
