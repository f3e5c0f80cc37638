import { and, asc, eq, inArray, isNull } from '../core/store/drizzle.ts';
import type { Wall } from '../../contract/index.ts';
import type { Db, Store } from '../core/store/store.ts';
import { wallsTable } from './tables.ts';

export interface StoredWall extends Wall { tokenHash: string }

/** Ids in one statement. */
const CHUNK = 500;

/** Queries for walls. `db` is a read connection or a transaction's. */
export function wallsRepository(store: Pick<Store, 'use'>) {
  const walls = store.use(wallsTable);
  return {
    ofSite: async (db: Db, site: string): Promise<StoredWall[]> => db.select().from(walls).where(eq(walls.site, site)).orderBy(asc(walls.createdAt), asc(walls.id)),
    get: async (db: Db, id: string): Promise<StoredWall | undefined> => (await db.select().from(walls).where(eq(walls.id, id)).limit(1))[0],
    /** Those of the ids whose wall is there and was not taken back. */
    async standing(db: Db, ids: readonly string[]): Promise<Set<string>> {
      const found = new Set<string>();
      for (let i = 0; i < ids.length; i += CHUNK) {
        const rows = await db.select({ id: walls.id }).from(walls).where(and(inArray(walls.id, ids.slice(i, i + CHUNK)), isNull(walls.revokedAt)));
        for (const { id } of rows) found.add(id);
      }
      return found;
    },
    async insert(db: Db, wall: StoredWall): Promise<void> { await db.insert(walls).values(wall); },
    async revoke(db: Db, id: string, now: number): Promise<void> { await db.update(walls).set({ revokedAt: now }).where(eq(walls.id, id)); },
    async touch(db: Db, id: string, now: number): Promise<void> { await db.update(walls).set({ lastSeen: now }).where(eq(walls.id, id)); },
  };
}
