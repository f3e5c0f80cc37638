import { and, asc, eq, inArray, isNull } from '../core/store/drizzle.ts';
import type { Site } from '../../contract/index.ts';
import type { Db, Store } from '../core/store/store.ts';
import { sitesTable, touchpointsTable, zonesTable } from './tables.ts';

/** Queries for sites and what is in them. `db` is a read connection or a transaction's. */
export function sitesRepository(store: Pick<Store, 'use'>) {
  const sites = store.use(sitesTable);
  const zones = store.use(zonesTable);
  const touchpoints = store.use(touchpointsTable);

  async function list(db: Db, only?: readonly string[]): Promise<Site[]> {
    if (only?.length === 0) return [];
    const ids = only && [...only];
    const [siteRows, zoneRows, touchpointRows] = [
      await db.select().from(sites).where(ids && inArray(sites.id, ids)).orderBy(asc(sites.name), asc(sites.id)),
      await db.select().from(zones).where(ids && inArray(zones.site, ids)).orderBy(asc(zones.createdAt), asc(zones.id)),
      await db.select().from(touchpoints).where(and(isNull(touchpoints.archivedAt), ids && inArray(touchpoints.site, ids))).orderBy(asc(touchpoints.createdAt), asc(touchpoints.id)),
    ];
    const byId = new Map<string, Site>(siteRows.map(({ id, name, timezone }) => [id, { id, name, timezone, zones: [], touchpoints: [] }]));
    for (const { site, id, name } of zoneRows) byId.get(site)?.zones.push({ id, name });
    for (const { site, id, name, zone } of touchpointRows) byId.get(site)?.touchpoints.push({ id, name, zone });
    return [...byId.values()];
  }

  return {
    list,
    get: async (db: Db, site: string): Promise<Site | undefined> => (await list(db, [site]))[0],
    siteIds: async (db: Db): Promise<Set<string>> => new Set((await db.select({ id: sites.id }).from(sites)).map(({ id }) => id)),
    zoneIds: async (db: Db, site: string): Promise<Set<string>> => new Set((await db.select({ id: zones.id }).from(zones).where(eq(zones.site, site))).map(({ id }) => id)),
    /** Names of every touchpoint that the site ever had, removed ones too. */
    touchpointNames: async (db: Db, site: string): Promise<Map<string, { name: string; archived: boolean }>> => new Map(
      (await db.select().from(touchpoints).where(eq(touchpoints.site, site))).map(({ id, name, archivedAt }) => [id, { name, archived: archivedAt !== null }]),
    ),
    async insertSite(db: Db, row: { id: string; name: string; timezone: string; createdAt: number }): Promise<void> { await db.insert(sites).values(row); },
    async updateSite(db: Db, id: string, patch: { name?: string; timezone?: string }): Promise<void> { await db.update(sites).set(patch).where(eq(sites.id, id)); },
    async insertZone(db: Db, row: { site: string; id: string; name: string; createdAt: number }): Promise<void> { await db.insert(zones).values(row); },
    async renameZone(db: Db, site: string, id: string, name: string): Promise<void> { await db.update(zones).set({ name }).where(and(eq(zones.site, site), eq(zones.id, id))); },
    /** Removes a zone; its touchpoints stay, without a zone. */
    async deleteZone(db: Db, site: string, id: string): Promise<void> {
      await db.update(touchpoints).set({ zone: null }).where(and(eq(touchpoints.site, site), eq(touchpoints.zone, id)));
      await db.delete(zones).where(and(eq(zones.site, site), eq(zones.id, id)));
    },
    /** Adds a touchpoint, or takes a removed one with the same id back into use. */
    async putTouchpoint(db: Db, row: { site: string; id: string; name: string; zone: string | null; createdAt: number }): Promise<void> {
      const { site: _site, id: _id, ...values } = row;
      await db.insert(touchpoints).values({ ...row, archivedAt: null }).onConflictDoUpdate({ target: [touchpoints.site, touchpoints.id], set: { ...values, archivedAt: null } });
    },
    async updateTouchpoint(db: Db, site: string, id: string, patch: { name?: string; zone?: string | null }): Promise<void> {
      await db.update(touchpoints).set(patch).where(and(eq(touchpoints.site, site), eq(touchpoints.id, id)));
    },
    async archiveTouchpoint(db: Db, site: string, id: string, now: number): Promise<void> {
      await db.update(touchpoints).set({ archivedAt: now }).where(and(eq(touchpoints.site, site), eq(touchpoints.id, id)));
    },
  };
}
