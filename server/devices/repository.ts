import { and, asc, eq, gt, inArray, isNull, lt, lte, sql } from '../core/store/drizzle.ts';
import type { Device, DeviceKind } from '../../contract/index.ts';
import type { DeviceIdentity } from '../core/auth/index.ts';
import type { Db, Store } from '../core/store/store.ts';
import { isOnline } from './rules.ts';
import { devicesTable, pairingsTable } from './tables.ts';

export type DeviceRow = typeof devicesTable.sqlite.$inferSelect;
export type PairingRow = typeof pairingsTable.sqlite.$inferSelect;

/** What is known of a device's presence. */
export type PresenceRow = Pick<DeviceRow, 'id' | 'site' | 'lastSeen' | 'silent' | 'clockOffset' | 'version' | 'battery' | 'batteryTold' | 'batteryToldAt'>;

type SqlPart = ReturnType<typeof sql>;
/** Rows as a table `news` with the columns `column1`, `column2` …: both databases name them so. */
const valuesList = (rows: readonly SqlPart[]): SqlPart => sql`(values ${sql.join([...rows], sql`, `)}) as news`;

/** Rows in one statement, so that its parameters stay far below SQLite's 32 766. */
const CHUNK = 500;

/** A stored device as it crosses the wire; the token's hash stays behind. */
export function deviceOf(row: DeviceRow, now: number): Device {
  return {
    id: row.id, site: row.site, kind: row.kind as DeviceKind, name: row.name, touchpoint: row.touchpoint, createdAt: row.createdAt,
    lastSeen: row.lastSeen, online: row.revokedAt === null && isOnline(row.lastSeen, now), clockOffsetMs: row.clockOffset, revokedAt: row.revokedAt, version: row.version,
    battery: row.battery, mutedUntil: row.mutedUntil !== null && row.mutedUntil > now ? row.mutedUntil : null,
  };
}

export const identityOf = (row: DeviceRow): DeviceIdentity => ({ id: row.id, kind: row.kind as DeviceKind, site: row.site, touchpoint: row.touchpoint, name: row.name });

/** Queries for devices and pairings. `db` is a read connection or a transaction's. */
export function devicesRepository(store: Pick<Store, 'use'>) {
  const devices = store.use(devicesTable);
  const pairings = store.use(pairingsTable);

  return {
    ofSite: (db: Db, site: string): Promise<DeviceRow[]> => db.select().from(devices).where(eq(devices.site, site)).orderBy(asc(devices.createdAt), asc(devices.id)),
    /** Those of these devices that were not revoked. */
    async standing(db: Db, ids: readonly string[]): Promise<PresenceRow[]> {
      const { id, site, lastSeen, silent, clockOffset, version, battery, batteryTold, batteryToldAt } = devices;
      const rows: PresenceRow[] = [];
      for (let i = 0; i < ids.length; i += CHUNK) {
        rows.push(...await db.select({ id, site, lastSeen, silent, clockOffset, version, battery, batteryTold, batteryToldAt }).from(devices).where(and(inArray(id, ids.slice(i, i + CHUNK)), isNull(devices.revokedAt))));
      }
      return rows;
    },
    /**
     * Devices that the log shows as present and whose latest word is at or before `since`. Reads the whole table on
     * purpose: an index that each word of each device has to be written to would cost more.
     */
    quietSince: async (db: Db, since: number): Promise<string[]> => (await db.select({ id: devices.id }).from(devices)
      .where(and(eq(devices.silent, 0), lte(devices.lastSeen, since), isNull(devices.revokedAt)))).map(({ id }) => id),
    get: async (db: Db, id: string): Promise<DeviceRow | undefined> => (await db.select().from(devices).where(eq(devices.id, id)).limit(1))[0],
    async insert(db: Db, row: DeviceRow): Promise<void> { await db.insert(devices).values(row); },
    async update(db: Db, id: string, patch: Partial<Omit<DeviceRow, 'id'>>): Promise<void> { await db.update(devices).set(patch).where(eq(devices.id, id)); },
    /** Writes when devices were last heard: what changes all the time, hence as cheap as can be. */
    async saveHeard(db: Db, rows: readonly { id: string; lastSeen: number | null }[]): Promise<void> {
      for (let i = 0; i < rows.length; i += CHUNK) {
        const values = rows.slice(i, i + CHUNK).map(({ id, lastSeen }) => sql`(${id}, cast(${lastSeen} as bigint))`);
        await db.update(devices).set({ lastSeen: sql`news.column2` }).from(valuesList(values)).where(sql`${devices.id} = news.column1`);
      }
    },
    /** Writes that, what the log says of devices, and what they say of themselves. */
    async savePresence(db: Db, rows: readonly PresenceRow[]): Promise<void> {
      for (let i = 0; i < rows.length; i += CHUNK) {
        const values = rows.slice(i, i + CHUNK).map(({ id, lastSeen, silent, clockOffset, version, battery, batteryTold, batteryToldAt }) =>
          sql`(${id}, cast(${lastSeen} as bigint), cast(${silent} as bigint), cast(${clockOffset} as bigint), cast(${version} as text), cast(${battery} as bigint), cast(${batteryTold} as bigint), cast(${batteryToldAt} as bigint))`);
        await db.update(devices).set({
          lastSeen: sql`news.column2`, silent: sql`news.column3`, clockOffset: sql`news.column4`, version: sql`news.column5`,
          battery: sql`news.column6`, batteryTold: sql`news.column7`, batteryToldAt: sql`news.column8`,
        })
          .from(valuesList(values)).where(sql`${devices.id} = news.column1`);
      }
    },
    touchpointUsers: async (db: Db, site: string, touchpoint: string): Promise<string[]> => (await db.select({ name: devices.name }).from(devices)
      .where(and(eq(devices.site, site), eq(devices.touchpoint, touchpoint), isNull(devices.revokedAt))).orderBy(asc(devices.name))).map(({ name }) => name),

    pairing: async (db: Db, code: string): Promise<PairingRow | undefined> => (await db.select().from(pairings).where(eq(pairings.code, code)).limit(1))[0],
    codesInUse: async (db: Db, codes: string[]): Promise<Set<string>> => new Set((await db.select({ code: pairings.code }).from(pairings).where(inArray(pairings.code, codes))).map(({ code }) => code)),
    livePairings: async (db: Db, now: number): Promise<number> => Number((await db.select({ n: sql<number>`count(*)`.mapWith(Number) }).from(pairings)
      .where(and(gt(pairings.expiresAt, now), isNull(pairings.claimedAt))))[0]?.n ?? 0),
    async insertPairing(db: Db, row: PairingRow): Promise<void> { await db.insert(pairings).values(row); },
    async updatePairing(db: Db, code: string, patch: Partial<Omit<PairingRow, 'code'>>): Promise<void> { await db.update(pairings).set(patch).where(eq(pairings.code, code)); },
    async deletePairingsBefore(db: Db, before: number): Promise<void> { await db.delete(pairings).where(lt(pairings.expiresAt, before)); },
  };
}
export type DevicesRepository = ReturnType<typeof devicesRepository>;
