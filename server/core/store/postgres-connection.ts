import pg from 'pg';
import { StoreUnavailable } from './store.ts';

// Every whole number of ours is below 2^53; node-postgres gives int8 as text unless it is told.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const CONNECT_MS = 5_000;
/** A statement that takes longer waits for a lock that nobody gives back. */
const STATEMENT_MS = 15_000;
/** A hub that vanished in the middle of a transaction (its machine lost power) loses it, and its locks, after this. */
const ABANDONED_MS = 4_000;
/** Longer than any statement may take: the line is dead. */
const QUERY_MS = STATEMENT_MS + 5_000;

/** Settings of every connection to the database. */
export function connectionSettings(url: string): pg.ClientConfig {
  return {
    connectionString: url, application_name: 'otklik', keepAlive: true, connectionTimeoutMillis: CONNECT_MS, query_timeout: QUERY_MS,
    statement_timeout: STATEMENT_MS, idle_in_transaction_session_timeout: ABANDONED_MS,
  };
}

const unreachable = (): StoreUnavailable => new StoreUnavailable('store_unreachable', 'the database cannot be reached: send again in a few seconds; what was accepted is kept');

/** SQLSTATE classes and codes: https://www.postgresql.org/docs/15/errcodes-appendix.html */
const LOST_CLASSES = new Set(['08', '57']);
const BUSY = new Set(['40001', '40P01', '55P03', '57014', '25P03']);

/** A site of an append has no row in `logs`: said by the database's function. */
const NO_LOG = 'OT001';
/** Deadlock, serialisation, no log yet, an event added to another log at the very moment. */
const REPEATABLE = new Set(['40001', '40P01', NO_LOG]);
const EVENT_INDEX = 'events_device_id_unique';

/** A failure that a fresh attempt of the same work may not meet; nothing of the failed one was committed. */
export function isRepeatable(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && (REPEATABLE.has(code) || (code === '23505' && causes(error).some((one) => (one as { constraint?: unknown }).constraint === EVENT_INDEX)));
}

/** The error and those that it was made from: the query builder wraps what the driver said. */
function causes(error: unknown): Error[] {
  const found: Error[] = [];
  for (let one = error; one instanceof Error && found.length < 4; one = one.cause) found.push(one);
  return found;
}

/** SQLSTATE or system error code of a failure. */
export function codeOf(error: unknown): string | undefined {
  for (const { code } of causes(error) as { code?: unknown }[]) if (typeof code === 'string') return code;
  return undefined;
}

/** What the rest of the hub gets to see of a database's failure: its own refusals by name, anything else as it is. */
export function asStoreError(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error;
  const code = codeOf(error);
  if (code === '53100') return new StoreUnavailable('storage_full', 'the database\'s disk is full: free some space; nothing that was accepted is lost');
  if (code !== undefined && BUSY.has(code)) return new StoreUnavailable('store_busy', 'the database is busy: send again in a few seconds');
  if (code !== undefined && (LOST_CLASSES.has(code.slice(0, 2)) || code.startsWith('53') || isSystemCode(code))) return unreachable();
  return saysLost(error) ? unreachable() : error;
}

const isSystemCode = (code: string): boolean => /^E[A-Z]{3,}/.test(code);

/** node-postgres gives some failures of the line no code, only these words. */
const LOST_WORDS = /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client was closed)/;
const saysLost = (error: unknown): boolean => causes(error).some(({ message }) => LOST_WORDS.test(message));
