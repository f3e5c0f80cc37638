import { asc, eq } from '../core/store/drizzle.ts';
import type { Wall } from '../../contract/index.ts';
import type { Db, Store } from '../core/store/store.ts';
import { wallsTable } from './tables.ts';

export interface StoredWall extends Wall { tokenHash: string }

/** Queries for walls. `db` is a read connection or a transaction's. */
export function wallsRepository(store: Pick<Store, 'use'>) {
  const walls = store.use(wallsTable);
  return {
    ofSite: async (db: Db, site: string): Promise<StoredWall[]> => db.select().from(walls).where(eq(walls.site, site)).orderBy(asc(walls.createdAt), asc(walls.id)),
    get: async (db: Db, id: string): Promise<StoredWall | undefined> => (await db.select().from(walls).where(eq(walls.id, id)).limit(1))[0],
    async insert(db: Db, wall: StoredWall): Promise<void> { await db.insert(walls).values(wall); },
    async revoke(db: Db, id: string, now: number): Promise<void> { await db.update(walls).set({ revokedAt: now }).where(eq(walls.id, id)); },
    async touch(db: Db, id: string, now: number): Promise<void> { await db.update(walls).set({ lastSeen: now }).where(eq(walls.id, id)); },
  };
}
