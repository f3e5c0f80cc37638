import type { SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy';
import type { LogEvent, NewEvent } from '../log/event.ts';
import type { PortableTable } from './table.ts';

export type { NewEvent };

/** Query builder over whichever database is behind the store. */
export type Db = SqliteRemoteDatabase<Record<string, never>>;

/** The outcome of appending one event: its offset, or 0 when (device, id) was in the log already. */
export type AppendedOffset = number;

export interface Transaction {
  db: Db;
  /**
   * Appends events to their sites' logs within this transaction: committed together with everything else in it, or
   * not at all. Resolves to one offset for each event, 0 for a duplicate.
   */
  append(events: readonly NewEvent[]): Promise<AppendedOffset[]>;
}

/**
 * The database. `read` sees committed data only. `transaction` is one unit for every other caller: it commits when
 * `work` resolves and rolls back when it throws. Never call `transaction` (or wait for anything that does) inside `work`.
 */
export interface Store {
  /** The dialect's own table of a portable declaration. */
  use<T>(table: PortableTable<T>): T;
  read<T>(work: (db: Db) => Promise<T>): Promise<T>;
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Whether a small read works. */
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

/** What the log needs of a store beside transactions. */
export interface LogStore extends Store {
  /** Appends with group commit: resolves after the commit, which concurrent callers share. @throws StoreUnavailable */
  append(events: readonly NewEvent[]): Promise<AppendedOffset[]>;
  /** The epoch of a site's log, made if there is none. */
  ensureLog(site: string): Promise<string>;
  /** Called after every commit with the events that it added, in offset order for each site. */
  onCommitted(listener: (events: LogEvent[]) => void): void;
}

/** The store cannot take writes now. `storage_full` asks for space, `store_busy` for patience. */
export class StoreUnavailable extends Error {
  readonly code: 'storage_full' | 'store_busy';
  constructor(code: 'storage_full' | 'store_busy', message: string) {
    super(message);
    this.name = 'StoreUnavailable';
    this.code = code;
  }
}
