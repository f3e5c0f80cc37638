import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { and, eq, gt, gte, lt, sql } from '../store/drizzle.ts';
import type { Store } from '../store/store.ts';
import { rateLimitsTable } from './tables.ts';

const PURGE_EVERY_MS = 600_000;
/** Longer than any window lasts and any bucket takes to fill: a row as old as this limits nobody. */
const KEPT_MS = 24 * 3600_000;

/** At most `limit` calls a key within each `windowMs`, counted over all hubs of the store. */
export interface RateLimit {
  /**
   * Seconds to wait, or 0 when the call may go on; only allowed calls count. A key that has used up its window costs a
   * read and no write, so that hammering does not reach the disk. @throws StoreUnavailable
   */
  take(key: string): Promise<number>;
}

/** The row of a limit. Keys are hashed: they are people's addresses, and nobody needs to read them again. */
export const limitKey = (name: string, key: string): string => `${name} ${createHash('sha256').update(key).digest('base64url').slice(0, 22)}`;

/** `name` keeps the keys of one limit from those of the others. `windowMs` is at most a day. */
export function rateLimit(store: Store, name: string, limit: number, windowMs: number, clock: Clock): RateLimit {
  const limits = store.use(rateLimitsTable);
  const purge = rateLimitPurge(store, clock);
  const waitOf = (start: number, now: number): number => Math.max(1, Math.ceil((start + windowMs - now) / 1000));

  /** When the running window began, if it is used up. */
  async function usedUpSince(key: string, now: number): Promise<number | undefined> {
    const rows = await store.read((db) => db.select({ at: limits.at }).from(limits)
      .where(and(eq(limits.key, key), gte(limits.value, limit), gt(limits.at, now - windowMs), lt(limits.at, now + windowMs))).limit(1));
    return rows[0]?.at;
  }

  return {
    async take(key) {
      const row = limitKey(name, key);
      const now = clock();
      const since = await usedUpSince(row, now);
      if (since !== undefined) return waitOf(since, now);
      await purge();
      // A window that seems to begin in the future was written by a clock that has been set since.
      const over = sql`(${limits.at} <= ${now - windowMs} or ${limits.at} >= ${now + windowMs})`;
      const written = await store.transaction(({ db }) => db.insert(limits).values({ key: row, value: 1, at: now }).onConflictDoUpdate({
        target: limits.key,
        set: {
          value: sql`case when ${over} then 1 when ${limits.value} > ${limit} then ${limits.value} else ${limits.value} + 1 end`,
          at: sql`case when ${over} then ${now} else ${limits.at} end`,
        },
      }).returning({ value: limits.value, at: limits.at }), `limit ${row}`);
      const { value, at } = written[0]!;
      return value > limit ? waitOf(at, now) : 0;
    },
  };
}

/** Removes rows that limit nobody any more, when it was last done a while ago. Whoever writes limits calls it now and then. */
export function rateLimitPurge(store: Store, clock: Clock): () => Promise<void> {
  const limits = store.use(rateLimitsTable);
  let purgedAt = clock();
  return async () => {
    const now = clock();
    if (now - purgedAt < PURGE_EVERY_MS) return;
    purgedAt = now;
    await store.transaction(({ db }) => db.delete(limits).where(lt(limits.at, now - KEPT_MS)), 'limits purge');
  };
}
