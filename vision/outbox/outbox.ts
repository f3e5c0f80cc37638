import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { ulid } from 'ulid';
import type { EventEnvelope } from '../../contract/index.ts';

/** An event that waits for the hub, with its place in the queue. */
export interface Waiting { position: number; event: EventEnvelope }

export interface OutboxOptions {
  /** SQLite file; `:memory:` keeps nothing. */
  path: string;
  /** Events kept at most; beyond it the oldest go. */
  maxRows?: number;
}

const MAX_ROWS = 1_000_000;
/** Removing a share at once makes room for a while instead of for one event. */
const TRIM_SHARE = 0.01;

/**
 * Keeps events until the hub has taken them, over restarts of either side. The only thing that the vision node
 * writes to a disk: numbers about windows, never a picture.
 */
export class Outbox {
  /** Oldest events given up because the outbox was full. */
  overflowed = 0;
  readonly #db: Database.Database;
  readonly #maxRows: number;
  #count: number;

  /** @throws Error when the file cannot be opened or is no database. */
  constructor(options: OutboxOptions) {
    if (options.path !== ':memory:') mkdirSync(dirname(options.path), { recursive: true });
    this.#db = new Database(options.path);
    this.#maxRows = options.maxRows ?? MAX_ROWS;
    this.#db.pragma('journal_mode = WAL');
    this.#db.pragma('synchronous = FULL');
    this.#db.pragma('busy_timeout = 5000');
    this.#db.exec('CREATE TABLE IF NOT EXISTS outbox (position INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL)');
    this.#count = this.#db.prepare<[], { n: number }>('SELECT COUNT(*) AS n FROM outbox').get()!.n;
  }

  /** Events that wait. */
  get size(): number { return this.#count; }

  /** Keeps events in one transaction, each with an id made once. */
  add(events: readonly Omit<EventEnvelope, 'id'>[]): void {
    const insert = this.#db.prepare('INSERT INTO outbox (event) VALUES (?)');
    this.#db.transaction(() => {
      for (const event of events) insert.run(JSON.stringify({ id: ulid(), ...event }));
    })();
    this.#count += events.length;
    if (this.#count > this.#maxRows) this.#trim();
  }

  /** The oldest events, in the order in which they were added. */
  next(limit: number): Waiting[] {
    const rows = this.#db.prepare<[number], { position: number; event: string }>('SELECT position, event FROM outbox ORDER BY position LIMIT ?').all(limit);
    return rows.map(({ position, event }) => ({ position, event: JSON.parse(event) as EventEnvelope }));
  }

  /** Forgets events that the hub took or will never take. */
  remove(positions: readonly number[]): void {
    const remove = this.#db.prepare('DELETE FROM outbox WHERE position = ?');
    this.#db.transaction(() => {
      for (const position of positions) this.#count -= remove.run(position).changes;
    })();
  }

  close(): void { this.#db.close(); }

  #trim(): void {
    const surplus = this.#count - this.#maxRows + Math.floor(this.#maxRows * TRIM_SHARE);
    const { changes } = this.#db.prepare('DELETE FROM outbox WHERE position IN (SELECT position FROM outbox ORDER BY position LIMIT ?)').run(surplus);
    this.#count -= changes;
    this.overflowed += changes;
  }
}
