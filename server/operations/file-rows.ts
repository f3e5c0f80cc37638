import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type Database from 'better-sqlite3';
import { filesFolder, partsOf, pathOf } from '../files/index.ts';
import { sourceRows } from './rows.ts';
import { compareKeys, type Row, type TableShape } from './shapes.ts';

/** The table that holds, where hubs share a database, what the embedded store has in its folder. */
const PARTS = 'file_parts';

/** Rows that a table of the target must have: the source's own, and for the table of files' parts the folder's files too. */
export function rowsToMove(database: Database.Database, shape: TableShape, dataDir: string): Iterable<Row> {
  const own = sourceRows(database, shape);
  return shape.name === PARTS ? merged(shape, own, folderRows(database, shape, dataDir)) : own;
}

/** Files that some site has and that are whole in the folder, as rows in the order of keys. What the disk lost is left out: the hub says that it is not there, as before. */
function* folderRows(database: Database.Database, shape: TableShape, dataDir: string): Generator<Row> {
  const hashes = database.prepare(`SELECT DISTINCT hash FROM files WHERE length(hash) = 64 AND NOT hash GLOB '*[^0-9a-f]*' AND hash NOT IN (SELECT hash FROM ${PARTS}) ORDER BY hash`).pluck().all() as string[];
  for (const hash of hashes) {
    const file = pathOf(filesFolder(dataDir), hash);
    if (!fs.existsSync(file)) continue;
    const bytes = fs.readFileSync(file);
    if (createHash('sha256').update(bytes).digest('hex') !== hash) continue;
    for (const part of partsOf(hash, bytes)) yield shape.columns.map(({ name }) => part[name as keyof typeof part]);
  }
}

/** Two ordered sequences as one. */
function* merged(shape: TableShape, a: Iterator<Row>, b: Iterator<Row>): Generator<Row> {
  let [left, right] = [a.next(), b.next()];
  while (!left.done || !right.done) {
    if (right.done || (!left.done && compareKeys(shape, left.value, right.value) <= 0)) {
      yield left.value as Row;
      left = a.next();
    } else {
      yield right.value;
      right = b.next();
    }
  }
}
