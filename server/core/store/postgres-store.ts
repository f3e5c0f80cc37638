import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { LogEvent } from '../log/event.ts';
import { postgresDriver } from './drizzle.ts';
import { collectCommitted, settleGroup, type PendingAppend } from './committed.ts';
import { GroupLanes } from './group-lanes.ts';
import { appendOnce, isBadValue, sitesOf, type Appended } from './postgres-append.ts';
import { asStoreError, connectionSettings, isRepeatable } from './postgres-connection.ts';
import { migratePostgres } from './postgres-migrate.ts';
import type { AppendedOffset, Db, LogStore, NewEvent, Transaction } from './store.ts';
import type { PortableTable } from './table.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  url: string;
  migrationsDir: string;
  /** Connections of this hub: a third for reads, the rest for transactions. 12 unless told. */
  connections?: number;
}

const CONNECTIONS = 12;
const LANES = 4;
const ATTEMPTS = 6;
const READY_MS = 2_000;

/** Taken shared by transactions with a scope and alone by those without. */
const EVERYTHING = lockKey('everything');

/** A scope's place among the database's advisory locks. Two scopes with one key would only wait for each other. */
function lockKey(scope: string): bigint {
  return createHash('sha256').update(`otklik ${scope}`).digest().readBigInt64BE(0);
}

const beginning = (scope: string | undefined): string => (scope === undefined
  ? `BEGIN; SELECT pg_advisory_xact_lock(${EVERYTHING})`
  : `BEGIN; SELECT pg_advisory_xact_lock_shared(${EVERYTHING}); SELECT pg_advisory_xact_lock(${lockKey(`scope ${scope}`)})`);

/** Opens (and migrates) the store that several hubs share. @throws StoreUnavailable when it cannot be reached */
export async function openPostgresStore(options: PostgresOptions): Promise<PostgresStore> {
  try {
    await migratePostgres(options.url, options.migrationsDir);
  } catch (error) {
    throw asStoreError(error);
  }
  return new PostgresStore(options);
}

/**
 * PostgreSQL behind the store port, for several hubs. Transactions run READ COMMITTED under advisory locks that are
 * taken before their first statement, so each statement sees what was committed before the lock was had.
 */
export class PostgresStore implements LogStore {
  readonly shared = true;
  #writes: pg.Pool;
  #reads: pg.Pool;
  #readDb: Db;
  #lanes: GroupLanes;
  #listeners: ((events: LogEvent[]) => void)[] = [];
  /** Sites whose log is known to have its row. */
  #logs = new Set<string>();

  /** For a migrated database; use `openPostgresStore`. */
  constructor({ url, connections = CONNECTIONS }: Omit<PostgresOptions, 'migrationsDir'>) {
    const settings = connectionSettings(url);
    const reads = Math.max(1, Math.floor(connections / 3));
    this.#reads = new pg.Pool({ ...settings, max: reads });
    this.#writes = new pg.Pool({ ...settings, max: Math.max(LANES + 2, connections - reads) });
    // An idle connection that breaks is dropped by its pool; the next statement opens another.
    for (const pool of [this.#reads, this.#writes]) pool.on('error', () => undefined);
    this.#readDb = asDb(this.#reads);
    this.#lanes = new GroupLanes(LANES, (group) => this.#commitGroup(group));
  }

  use<T>(table: PortableTable<T>): T {
    return table.postgres;
  }

  async read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    try {
      return await work(this.#readDb);
    } catch (error) {
      throw asStoreError(error);
    }
  }

  append(events: readonly NewEvent[]): Promise<AppendedOffset[]> {
    return events.length === 0 ? Promise.resolve([]) : this.#lanes.append(events);
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>, scope?: string): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(work, scope);
      } catch (error) {
        if (!isRepeatable(error) || attempt === ATTEMPTS) throw asStoreError(error);
        this.#logs.clear();
        await delay(Math.random() * 20 * attempt);
      }
    }
  }

  async ensureLog(site: string): Promise<string> {
    try {
      await this.#makeLogs(this.#writes, [site]);
      const { rows } = await this.#writes.query<{ epoch: string }>('SELECT epoch FROM logs WHERE site = $1', [site]);
      return rows[0]!.epoch;
    } catch (error) {
      throw asStoreError(error);
    }
  }

  onCommitted(listener: (events: LogEvent[]) => void): void {
    this.#listeners.push(listener);
  }

  async now(): Promise<number> {
    try {
      const { rows } = await this.#reads.query<{ now: number }>('SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now');
      return rows[0]!.now;
    } catch (error) {
      throw asStoreError(error);
    }
  }

  async ready(): Promise<boolean> {
    const answered = this.#reads.query('SELECT 1').then(() => true, () => false);
    return Promise.race([answered, delay(READY_MS, false, { ref: false })]);
  }

  async close(): Promise<void> {
    await this.#lanes.settled();
    await Promise.all([this.#reads.end(), this.#writes.end()]);
  }

  async #attempt<T>(work: (tx: Transaction) => Promise<T>, scope: string | undefined): Promise<T> {
    const client = await this.#writes.connect();
    let broken: Error | undefined;
    const onBroken = (error: Error): void => { broken = error; };
    client.on('error', onBroken);
    const appended: LogEvent[] = [];
    try {
      await client.query(beginning(scope));
      const result = await work({ db: asDb(client), append: (events) => this.#appendWithin(client, events, appended) });
      const { command } = await client.query('COMMIT');
      // A statement failed and `work` went on as if it had not: the database has undone everything.
      if (command !== 'COMMIT') throw new Error('the transaction was undone, because one of its statements had failed');
      this.#publish(appended);
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: unknown) => { broken ??= failure instanceof Error ? failure : new Error(String(failure)); });
      throw error;
    } finally {
      client.off('error', onBroken);
      client.release(broken);
    }
  }

  async #appendWithin(client: pg.PoolClient, events: readonly NewEvent[], into: LogEvent[]): Promise<AppendedOffset[]> {
    if (events.length === 0) return [];
    await this.#makeLogs(client, sitesOf(events));
    const { offsets, received } = await appendOnce(client, events);
    collectCommitted(events, offsets, received, into);
    return offsets;
  }

  async #commitGroup(group: PendingAppend[]): Promise<void> {
    try {
      const all = group.length === 1 ? group[0]!.events : group.flatMap(({ events }) => events as NewEvent[]);
      const { offsets, received } = await this.#appendNow(all);
      this.#publish(settleGroup(group, offsets, received));
    } catch (error) {
      // One sender's bad value must not cost the others theirs.
      if (group.length > 1 && isBadValue(error)) for (const one of group) await this.#commitGroup([one]);
      else for (const { reject } of group) reject(asStoreError(error));
    }
  }

  async #appendNow(events: readonly NewEvent[]): Promise<Appended> {
    for (let attempt = 1; ; attempt++) {
      try {
        const sites = sitesOf(events).filter((site) => !this.#logs.has(site));
        if (sites.length > 0) {
          await this.#makeLogs(this.#writes, sites);
          for (const site of sites) this.#logs.add(site);
        }
        return await appendOnce(this.#writes, events);
      } catch (error) {
        if (!isRepeatable(error) || attempt === ATTEMPTS) throw error;
        this.#logs.clear();
        await delay(Math.random() * 10 * attempt);
      }
    }
  }

  /** Only committed rows are remembered: a transaction may still be undone. */
  async #makeLogs(client: pg.Pool | pg.PoolClient, sites: string[]): Promise<void> {
    for (const site of sites.filter((one) => !this.#logs.has(one))) {
      await client.query('INSERT INTO logs (site, epoch, created_at) VALUES ($1, $2, floor(extract(epoch FROM clock_timestamp()) * 1000)) ON CONFLICT (site) DO NOTHING', [site, randomBytes(9).toString('base64url')]);
    }
  }

  #publish(events: LogEvent[]): void {
    if (events.length === 0) return;
    for (const listener of this.#listeners) listener(events);
  }
}

/** Queries are written once, against the SQLite builder's type; PostgreSQL's has the same methods for what is portable. */
const asDb = (client: pg.Pool | pg.PoolClient): Db => postgresDriver().drizzle(client as pg.Pool) as unknown as Db;

