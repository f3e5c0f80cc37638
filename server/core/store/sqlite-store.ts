import fs from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type Database from 'better-sqlite3';
import { drizzleProxy, sqliteMigrator } from './drizzle.ts';
import type { LogEvent } from '../log/event.ts';
import { collectCommitted, settleGroup, type PendingAppend } from './committed.ts';
import { packEvents, type WriterReply, type WriterRequest } from './sqlite-messages.ts';
import { openDatabase } from './sqlite-pragmas.ts';
import { StoreUnavailable, type AppendedOffset, type Db, type LogStore, type NewEvent, type Transaction } from './store.ts';
import type { PortableTable } from './table.ts';

export interface SqliteOptions {
  /** Path of the database file; its folder is made. */
  file: string;
  migrationsDir: string;
}

/** Bytes of event bodies that may wait for the writer; beyond it the sender must wait. */
const PENDING_BYTES = 64 * 1024 * 1024;
/** Events in one group commit: bounds how long the next transaction waits. */
const GROUP_EVENTS = 4_000;

/** The writer handles one batch at a time and keeps nothing. */
const WRITER_LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 };

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** Opens (and migrates) the embedded store. @throws when the file cannot be opened or migrated. */
export async function openSqliteStore(options: SqliteOptions): Promise<SqliteStore> {
  fs.mkdirSync(path.dirname(path.resolve(options.file)), { recursive: true });
  migrateSqlite(options);
  const store = new SqliteStore(options.file);
  await store.opened;
  return store;
}

/** Brings the file up to the newest tables; does nothing when it is. On this thread, so that the writer need not load the migrator. */
export function migrateSqlite({ file, migrationsDir }: SqliteOptions): void {
  const database = openDatabase(file);
  try {
    if (isMigrated(database, migrationsDir)) return;
    const { drizzle, migrate } = sqliteMigrator();
    migrate(drizzle(database), { migrationsFolder: migrationsDir });
  } finally {
    database.close();
  }
}

/** Whether the newest migration is in the database: then the migrator has nothing to do and is not even loaded. */
function isMigrated(database: Database.Database, migrationsDir: string): boolean {
  const { entries } = JSON.parse(fs.readFileSync(path.join(migrationsDir, 'meta', '_journal.json'), 'utf8')) as { entries: { when: number }[] };
  const kept = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '__drizzle_migrations'").get();
  if (!kept) return false;
  const newest = database.prepare('SELECT max(created_at) AS at FROM __drizzle_migrations').get() as { at: number | null };
  return newest.at !== null && newest.at >= Math.max(...entries.map(({ when }) => when));
}

/**
 * better-sqlite3 behind the store port. Writes go one after another to the writer thread; appends that arrive while it
 * is busy share the next commit. Reads use a connection of their own on this thread.
 */
export class SqliteStore implements LogStore {
  readonly shared = false;
  readonly opened: Promise<void>;
  #worker: Worker;
  #file: string;
  #reader: Database.Database | undefined;
  #statements = new Map<string, Database.Statement>();
  #replies = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  #nextId = 1;
  #tail: Promise<unknown> = Promise.resolve();
  #pending: PendingAppend[] = [];
  #pendingBytes = 0;
  #groupQueued = false;
  #listeners: ((events: LogEvent[]) => void)[] = [];
  #failed: Error | undefined;
  #readDb: Db;

  /** For a migrated file; use `openSqliteStore`. */
  constructor(file: string) {
    this.#file = file;
    this.#worker = new Worker(new URL('./sqlite-writer.ts', import.meta.url), { workerData: { file }, resourceLimits: WRITER_LIMITS });
    this.#readDb = drizzleProxy(async (sql, params, method) => ({ rows: this.#query(sql, params, method) as unknown[] }));
    this.opened = new Promise((resolve, reject) => this.#replies.set(0, { resolve: () => resolve(), reject }));
    this.#worker.on('message', (reply: WriterReply) => this.#settle(reply));
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', (code) => { if (code !== 0 || this.#replies.size > 0) this.#fail(new Error(`the database writer stopped with code ${code}`)); });
  }

  use<T>(table: PortableTable<T>): T {
    return table.sqlite;
  }

  async read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return work(this.#readDb);
  }

  append(events: readonly NewEvent[]): Promise<AppendedOffset[]> {
    if (this.#failed) return Promise.reject(this.#failed);
    let bytes = 0;
    for (const event of events) bytes += event.body.length;
    if (this.#pendingBytes + bytes > PENDING_BYTES) return Promise.reject(new StoreUnavailable('store_busy', 'more events are waiting for the disk than fit in memory: send again in a few seconds'));
    this.#pendingBytes += bytes;
    return new Promise<AppendedOffset[]>((resolve, reject) => {
      this.#pending.push({ events, resolve, reject });
      this.#queueGroup();
    }).finally(() => { this.#pendingBytes -= bytes; });
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#serialise(async () => {
      await this.#ask({ kind: 'begin' });
      const appended: LogEvent[] = [];
      let result: T;
      try {
        result = await work({
          db: drizzleProxy(async (sql, params, method) => ({ rows: await this.#ask({ kind: 'statement', sql, params, method }) as unknown[] })),
          append: async (events) => {
            const { offsets, received } = await this.#ask({ kind: 'txAppend', fields: packEvents(events) }) as { offsets: number[]; received: number };
            collectCommitted(events, offsets, received, appended);
            return offsets;
          },
        });
      } catch (error) {
        await this.#ask({ kind: 'rollback' });
        throw error;
      }
      await this.#ask({ kind: 'commit' });
      this.#publish(appended);
      return result;
    });
  }

  ensureLog(site: string): Promise<string> {
    return this.#serialise(async () => await this.#ask({ kind: 'ensureLog', site }) as string);
  }

  onCommitted(listener: (events: LogEvent[]) => void): void {
    this.#listeners.push(listener);
  }

  async now(): Promise<number> {
    return Date.now();
  }

  async ready(): Promise<boolean> {
    if (this.#failed) return false;
    try {
      this.#query('SELECT 1', [], 'get');
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#serialise(async () => { if (!this.#failed) await this.#ask({ kind: 'close' }); });
    this.#reader?.close();
    await this.#worker.terminate();
  }

  #queueGroup(): void {
    if (this.#groupQueued) return;
    this.#groupQueued = true;
    void this.#serialise(() => this.#commitGroup());
  }

  async #commitGroup(): Promise<void> {
    this.#groupQueued = false;
    const group: PendingAppend[] = [];
    let size = 0;
    while (this.#pending.length > 0 && size < GROUP_EVENTS) {
      const next = this.#pending.shift()!;
      group.push(next);
      size += next.events.length;
    }
    if (this.#pending.length > 0) this.#queueGroup();
    const fields: unknown[] = [];
    for (const { events } of group) packEvents(events, fields);
    try {
      const { offsets, received } = await this.#ask({ kind: 'append', fields }) as { offsets: number[]; received: number };
      this.#publish(settleGroup(group, offsets, received));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  #publish(events: LogEvent[]): void {
    if (events.length === 0) return;
    for (const listener of this.#listeners) listener(events);
  }

  /** Runs tasks one after another; a failed one does not stop the next. */
  #serialise<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task, task);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  #ask(request: WithoutId<WriterRequest>): Promise<unknown> {
    if (this.#failed) return Promise.reject(this.#failed);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#replies.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id });
    });
  }

  #settle(reply: WriterReply): void {
    const waiting = this.#replies.get(reply.id);
    this.#replies.delete(reply.id);
    if (!waiting) return;
    if (reply.ok) waiting.resolve(reply.value);
    else waiting.reject(asStoreError(reply.code, reply.message));
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const { reject } of this.#replies.values()) reject(this.#failed);
    this.#replies.clear();
  }

  #query(sql: string, params: unknown[], method: string): unknown {
    // Opened at the first read: the file exists only after the writer has migrated it.
    this.#reader ??= openDatabase(this.#file, { readonly: true });
    let statement = this.#statements.get(sql);
    if (!statement) {
      if (this.#statements.size > 500) this.#statements.clear();
      statement = this.#reader.prepare(sql).raw();
      this.#statements.set(sql, statement);
    }
    return method === 'get' ? statement.get(params) : statement.all(params);
  }
}

/** No room: in the database, in the log written ahead (or a limit of the file's size), in that log's index. https://sqlite.org/rescode.html */
const FULL = new Set(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_SHMSIZE']);

function asStoreError(code: string, message: string): Error {
  if (FULL.has(code)) return new StoreUnavailable('storage_full', 'the disk is full: free some space; nothing that was accepted is lost');
  if (code.startsWith('SQLITE_BUSY')) return new StoreUnavailable('store_busy', 'the database is locked by another program');
  return Object.assign(new Error(message), { code });
}
