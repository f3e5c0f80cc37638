import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { EVENT_FIELDS, type WriterReply, type WriterRequest } from './sqlite-messages.ts';
import { openDatabase } from './sqlite-pragmas.ts';

/**
 * The thread that owns the write connection. It takes one request at a time in order; the main thread never waits on
 * the disk. Heads of the logs are kept here, and put back when a transaction rolls back.
 */
const { file } = workerData as { file: string };
const port = parentPort;
if (!port) throw new Error('sqlite-writer runs as a worker thread');

interface Head { epoch: string; offset: number; received: number }

const database = openDatabase(file);

const statements = new Map<string, Database.Statement>();
const STATEMENTS_KEPT = 500;
function prepare(sql: string): Database.Statement {
  let statement = statements.get(sql);
  if (!statement) {
    if (statements.size >= STATEMENTS_KEPT) statements.clear();
    statement = database.prepare(sql);
    statements.set(sql, statement);
  }
  return statement;
}

const begin = database.prepare('BEGIN IMMEDIATE');
const commit = database.prepare('COMMIT');
const rollback = database.prepare('ROLLBACK');
const insertEvent = database.prepare('INSERT INTO events (site, "offset", device, id, type, at, received, touchpoint, skew, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (device, id) DO NOTHING');
const insertLog = database.prepare('INSERT INTO logs (site, epoch, created_at) VALUES (?, ?, ?)');
const selectLog = database.prepare('SELECT epoch, "offset", received FROM logs WHERE site = ?');
const updateLog = database.prepare('UPDATE logs SET "offset" = ?, received = ? WHERE site = ?');

const heads = new Map<string, Head>();
/** Heads as they were before the running transaction touched them; undefined for logs that it made. */
const undo = new Map<string, Head | undefined>();

function headOf(site: string): Head {
  const known = heads.get(site);
  if (known) {
    if (!undo.has(site)) undo.set(site, { ...known });
    return known;
  }
  const log = selectLog.get(site) as Head | undefined;
  const head = log ?? { epoch: randomBytes(9).toString('base64url'), offset: 0, received: 0 };
  if (!log) insertLog.run(site, head.epoch, Date.now());
  undo.set(site, undefined);
  heads.set(site, head);
  return head;
}

function appendRows(fields: readonly unknown[]): { offsets: number[]; received: number } {
  const offsets: number[] = [];
  const moved = new Set<string>();
  let received = Date.now();
  const count = fields.length / EVENT_FIELDS;
  for (let i = 0; i < count; i++) {
    const at = i * EVENT_FIELDS;
    const site = fields[at + 2] as string;
    const head = headOf(site);
    // The wall clock may step back; `received` must not, since days are found in the log by it.
    if (head.received > received) received = head.received;
    const { changes } = insertEvent.run(site, head.offset + 1, fields[at + 4], fields[at], fields[at + 1], fields[at + 3], received, fields[at + 5], fields[at + 6], fields[at + 7]);
    if (changes === 0) { offsets.push(0); continue; }
    head.offset += 1;
    head.received = received;
    offsets.push(head.offset);
    moved.add(site);
  }
  for (const site of moved) {
    const head = heads.get(site)!;
    updateLog.run(head.offset, head.received, site);
  }
  return { offsets, received };
}

function undoHeads(): void {
  for (const [site, head] of undo) {
    if (head) heads.set(site, head);
    else heads.delete(site);
  }
  undo.clear();
}

function inTransaction<T>(work: () => T): T {
  begin.run();
  undo.clear();
  try {
    const result = work();
    commit.run();
    return result;
  } catch (error) {
    if (database.inTransaction) rollback.run();
    undoHeads();
    throw error;
  }
}

/** A full disk makes SQLite undo the whole transaction: what follows would be committed on its own, statement by statement. */
const ofTransaction = new Set<WriterRequest['kind']>(['txAppend', 'statement', 'commit']);

function run(request: WriterRequest): unknown {
  if (ofTransaction.has(request.kind) && !database.inTransaction) throw new Error('the transaction was undone, because one of its statements had failed');
  switch (request.kind) {
    case 'append': return inTransaction(() => appendRows(request.fields));
    case 'ensureLog': return inTransaction(() => headOf(request.site).epoch);
    case 'begin': begin.run(); undo.clear(); return null;
    case 'txAppend': return appendRows(request.fields);
    case 'commit':
      try {
        commit.run();
      } catch (error) {
        if (database.inTransaction) rollback.run();
        undoHeads();
        throw error;
      }
      return null;
    case 'rollback':
      if (database.inTransaction) rollback.run();
      undoHeads();
      return null;
    case 'statement': {
      const statement = prepare(request.sql);
      if (!statement.reader) { statement.run(request.params); return []; }
      return request.method === 'get' ? statement.raw().get(request.params) : statement.raw().all(request.params);
    }
    case 'close': database.close(); return null;
  }
}

port.on('message', (request: WriterRequest) => {
  let reply: WriterReply;
  try {
    reply = { id: request.id, ok: true, value: run(request) };
  } catch (error) {
    reply = { id: request.id, ok: false, message: error instanceof Error ? error.message : String(error), code: error instanceof Database.SqliteError ? error.code : 'ERROR' };
  }
  port.postMessage(reply);
  if (request.kind === 'close') port.close();
});
port.postMessage({ id: 0, ok: true, value: null } satisfies WriterReply);
