import { and, asc, desc, eq, gt, gte, sql } from '../store/drizzle.ts';
import type { AppendedOffset, LogStore, NewEvent } from '../store/store.ts';
import { LogEvent } from './event.ts';
import { eventsTable, logsTable } from './tables.ts';

export interface LogHead { epoch: string; offset: number }

/**
 * Every site's log of events: append, read back, look up. Offsets count 1, 2, 3 … without holes within an epoch;
 * `received` never decreases along them.
 */
export interface Log {
  /** Resolves after the commit to one offset for each event, 0 for a duplicate. @throws StoreUnavailable */
  append(events: readonly NewEvent[]): Promise<AppendedOffset[]>;
  /** Epoch and newest offset (0 when empty). Makes the log if there is none. */
  head(site: string): Promise<LogHead>;
  /** Up to `limit` events after `after`, in offset order. */
  read(site: string, after: number, limit: number): Promise<LogEvent[]>;
  /** The offset before the first event that was received at or after `since` (epoch ms): where a replay of that span starts. */
  offsetBefore(site: string, since: number): Promise<number>;
  onCommitted(listener: (events: LogEvent[]) => void): void;
}

export function createLog(store: LogStore): Log {
  const events = store.use(eventsTable);
  const logs = store.use(logsTable);
  const epochs = new Map<string, string>();

  async function epochOf(site: string): Promise<string> {
    const known = epochs.get(site);
    if (known) return known;
    const rows = await store.read((db) => db.select({ epoch: logs.epoch }).from(logs).where(eq(logs.site, site)).limit(1));
    const epoch = rows[0]?.epoch ?? await store.ensureLog(site);
    epochs.set(site, epoch);
    return epoch;
  }

  async function newestOffset(site: string): Promise<number> {
    const rows = await store.read((db) => db.select({ offset: events.offset }).from(events).where(eq(events.site, site)).orderBy(desc(events.offset)).limit(1));
    return rows[0]?.offset ?? 0;
  }

  async function receivedAt(site: string, offset: number): Promise<number> {
    const rows = await store.read((db) => db.select({ received: events.received }).from(events).where(and(eq(events.site, site), gte(events.offset, offset))).orderBy(asc(events.offset)).limit(1));
    return rows[0]?.received ?? Number.MAX_SAFE_INTEGER;
  }

  return {
    append: (list) => store.append(list),
    onCommitted: (listener) => store.onCommitted(listener),
    head: async (site) => ({ epoch: await epochOf(site), offset: await newestOffset(site) }),

    async read(site, after, limit) {
      const rows = await store.read((db) => db.select().from(events).where(and(eq(events.site, site), gt(events.offset, after))).orderBy(asc(events.offset)).limit(limit));
      return rows.map((row) => new LogEvent(row, row.offset, row.received));
    },

    // `received` is sorted along offsets, so halving finds the place without an index of its own.
    async offsetBefore(site, since) {
      let low = 0;
      let high = await newestOffset(site);
      while (low < high) {
        const middle = low + Math.ceil((high - low) / 2);
        if (await receivedAt(site, middle) < since) low = middle;
        else high = middle - 1;
      }
      return low;
    },
  };
}

/** Rows of every log, for reports of an installation's size. */
export async function countEvents(store: LogStore): Promise<number> {
  const events = store.use(eventsTable);
  const rows = await store.read((db) => db.select({ n: sql<number>`count(*)`.mapWith(Number) }).from(events));
  return rows[0]?.n ?? 0;
}
