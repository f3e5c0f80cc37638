import { randomBytes } from 'node:crypto';
import { eq } from '../core/store/drizzle.ts';
import type { Clock } from '../core/clock.ts';
import type { Store } from '../core/store/store.ts';
import { trafficLinksTable } from './tables.ts';

/** A hub that is not heard of for so long has lost its lease. */
export const LEASE_MS = 15_000;

/** One hub of an installation at a time holds a link. */
export function createLease({ store, clock, hub, name }: { store: Store; clock: Clock; hub: string; name: string }) {
  const links = store.use(trafficLinksTable);
  const scope = `traffic link ${name}`;
  return {
    /** Takes the lease or makes it longer. @returns the name that the installation goes by at the broker; null while another hub holds it. */
    take: (): Promise<string | null> => store.transaction(async ({ db }) => {
      const now = clock();
      const row = (await db.select().from(links).where(eq(links.name, name)).limit(1))[0];
      if (row && row.hub !== hub && row.until > now) return null;
      const client = row?.client ?? `otklik-${randomBytes(6).toString('hex')}`;
      const set = { hub, until: now + LEASE_MS, client };
      await db.insert(links).values({ name, ...set }).onConflictDoUpdate({ target: links.name, set });
      return client;
    }, scope),
    /** Lets another hub have it at once. */
    release: (): Promise<void> => store.transaction(async ({ db }) => {
      const row = (await db.select().from(links).where(eq(links.name, name)).limit(1))[0];
      if (row?.hub === hub) await db.update(links).set({ until: 0 }).where(eq(links.name, name));
    }, scope),
  };
}
