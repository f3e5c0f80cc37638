import { and, asc, eq, gt, gte, inArray, sql } from '../store/drizzle.ts';
import type { AppendedOffset, LogStore, NewEvent } from '../store/store.ts';
import { LogEvent } from './event.ts';
import { eventsTable, logsTable } from './tables.ts';

export interface LogHead { epoch: string; offset: number }

/** Sites in one question, below every database's limit of parameters. */
const SITES_ASKED = 1_000;

/**
 * Every site's log of events: append, read back, look up. Offsets count 1, 2, 3 … without holes within an epoch;
 * `received` never decreases along them.
 */
export interface Log {
  /** Resolves after the commit to one offset for each event, 0 for a duplicate. @throws StoreUnavailable */
  append(events: readonly NewEvent[]): Promise<AppendedOffset[]>;
  /** Epoch and newest offset (0 when empty). Makes the log if there is none. */
  head(site: string): Promise<LogHead>;
  /** Where these sites' logs stand; a site without a log is left out. */
  heads(sites: readonly string[]): Promise<Map<string, LogHead>>;
  /** Up to `limit` events after `after`, in offset order. */
  read(site: string, after: number, limit: number): Promise<LogEvent[]>;
  /** The offset before the first event that was received at or after `since` (epoch ms): where a replay of that span starts. */
  offsetBefore(site: string, since: number): Promise<number>;
  onCommitted(listener: (events: LogEvent[]) => void): void;
}

export function createLog(store: LogStore): Log {
  const events = store.use(eventsTable);
  const logs = store.use(logsTable);
  async function headOf(site: string): Promise<LogHead | undefined> {
    const rows = await store.read((db) => db.select({ epoch: logs.epoch, offset: logs.offset }).from(logs).where(eq(logs.site, site)).limit(1));
    return rows[0];
  }

  async function receivedAt(site: string, offset: number): Promise<number> {
    const rows = await store.read((db) => db.select({ received: events.received }).from(events).where(and(eq(events.site, site), gte(events.offset, offset))).orderBy(asc(events.offset)).limit(1));
    return rows[0]?.received ?? Number.MAX_SAFE_INTEGER;
  }

  return {
    append: (list) => store.append(list),
    onCommitted: (listener) => store.onCommitted(listener),
    head: async (site) => await headOf(site) ?? { epoch: await store.ensureLog(site), offset: 0 },

    async heads(sites) {
      const found = new Map<string, LogHead>();
      for (let i = 0; i < sites.length; i += SITES_ASKED) {
        const part = sites.slice(i, i + SITES_ASKED);
        const rows = await store.read((db) => db.select({ site: logs.site, epoch: logs.epoch, offset: logs.offset }).from(logs).where(inArray(logs.site, part)));
        for (const { site, epoch, offset } of rows) found.set(site, { epoch, offset });
      }
      return found;
    },

    async read(site, after, limit) {
      const rows = await store.read((db) => db.select().from(events).where(and(eq(events.site, site), gt(events.offset, after))).orderBy(asc(events.offset)).limit(limit));
      return rows.map((row) => new LogEvent(row, row.offset, row.received));
    },

    // `received` is sorted along offsets, so halving finds the place without an index of its own.
    async offsetBefore(site, since) {
      let low = 0;
      let high = (await headOf(site))?.offset ?? 0;
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
