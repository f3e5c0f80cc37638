import { eq } from '../core/store/drizzle.ts';
import type { Clock } from '../core/clock.ts';
import { limitKey, rateLimitPurge, rateLimitsTable } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import { createLeases, drawFrom } from './leases.ts';
import { createBuckets, type EventRate } from './rate.ts';

/** The rate of devices: in this hub's memory when it is alone, else in the store, from where hubs take it by the block. */
export function createEventRate(store: Store, clock: Clock, rate: number, burst: number): EventRate {
  return store.shared ? createStoredRate(store, clock, rate, burst) : createBuckets(rate, burst);
}

/** The rate of devices over all hubs of the store. `clock` is the one that they share. */
export function createStoredRate(store: Store, clock: Clock, rate: number, burst: number): EventRate {
  const limits = store.use(rateLimitsTable);
  const purge = rateLimitPurge(store, clock);
  return createLeases({
    rate, burst,
    async draw(device, need) {
      await purge();
      const key = limitKey('events', device);
      return store.transaction(async ({ db }) => {
        const row = (await db.select().from(limits).where(eq(limits.key, key)).limit(1))[0];
        const { granted, left, bucket } = drawFrom(row && { tokens: row.value, at: row.at }, need, { rate, burst }, clock());
        const set = { value: bucket.tokens, at: bucket.at };
        await db.insert(limits).values({ key, ...set }).onConflictDoUpdate({ target: limits.key, set });
        return { granted, left };
      }, `limit ${key}`);
    },
  });
}
