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
 * The database. `read` sees committed data only. `transaction` commits when `work` resolves and rolls back when it
 * throws.
 *
 * Without a scope, a transaction is one unit for every other transaction of every hub: they run one after another.
 * With a scope (say, `alert 01k…`) it runs one after another only with those of the same scope and with those without:
 * name by it everything that `work` reads in order to write. Scopes are for what happens often.
 *
 * A database of several hubs may ask for `work` to be done again after a deadlock: it must leave no trace but through
 * `tx`. Never call `transaction` (or wait for anything that does) inside `work`.
 */
export interface Store {
  /** Whether other hubs may work on the same database at the same time. */
  readonly shared: boolean;
  /** The dialect's own table of a portable declaration. */
  use<T>(table: PortableTable<T>): T;
  read<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** @throws StoreUnavailable; after `store_unreachable` it may have been committed nonetheless */
  transaction<T>(work: (tx: Transaction) => Promise<T>, scope?: string): Promise<T>;
  /** The time by the clock that all hubs of this database share, epoch ms. */
  now(): Promise<number>;
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
  /** Called after every commit of this hub with the events that it added, in offset order for each site. */
  onCommitted(listener: (events: LogEvent[]) => void): void;
}

export type StoreTrouble = 'storage_full' | 'store_busy' | 'store_unreachable';

/**
 * The store cannot take writes now. `storage_full` asks for space, `store_busy` for patience; after `store_unreachable`
 * nobody knows whether the last write was committed, so it is sent again.
 */
export class StoreUnavailable extends Error {
  readonly code: StoreTrouble;
  constructor(code: StoreTrouble, message: string) {
    super(message);
    this.name = 'StoreUnavailable';
    this.code = code;
  }
}

/**
 * For what may as well be missing, say when somebody was last seen: what cannot be written now is left out, so that
 * reading goes on while the disk is full.
 */
export async function ifWritable(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
  }
}
