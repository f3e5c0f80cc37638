import type { CameraAnalysis, CameraChoices, CameraSetup, Profile } from '../../contract/index.ts';
import { and, eq, gte, inArray } from '../core/store/drizzle.ts';
import type { Db, Store } from '../core/store/store.ts';
import { NO_CHOICES } from './rules.ts';
import { cameraAnalysisTable, cameraSetupsTable } from './tables.ts';

export type SetupRow = typeof cameraSetupsTable.sqlite.$inferSelect;

/** Parameters of one statement stay far below SQLite's limit. */
const CHUNK = 500;

/** A camera that nobody has set up. */
export const blankSetup = (camera: string, site: string): SetupRow => ({
  camera, site, version: 0, choices: JSON.stringify(NO_CHOICES), scene: null, staffAnalysis: 0, openUntil: null, updatedAt: null, updatedBy: null, updatedByName: null, changedAt: 0,
});

/** The set-up as it crosses the wire. What the profile does not know is off, whatever is stored; `now` in epoch ms. */
export function setupOf(row: SetupRow, profile: Profile, now: number): CameraSetup {
  const { camera, site, version, scene, updatedAt, updatedBy, updatedByName } = row;
  return {
    camera, site, version, ...(JSON.parse(row.choices) as CameraChoices), scene,
    staffAnalysis: profile !== 'eu' && row.staffAnalysis === 1,
    openUntil: row.openUntil !== null && row.openUntil > now ? row.openUntil : null,
    updatedAt, updatedBy: updatedBy === null ? null : { id: updatedBy, name: updatedByName ?? updatedBy },
  };
}

/** Queries for set-ups and what nodes state of cameras. `db` is a read connection or a transaction's. */
export function camerasRepository(store: Pick<Store, 'use'>) {
  const setups = store.use(cameraSetupsTable);
  const analysis = store.use(cameraAnalysisTable);
  return {
    setup: async (db: Db, camera: string): Promise<SetupRow | undefined> => (await db.select().from(setups).where(eq(setups.camera, camera)).limit(1))[0],
    setupsOfSite: (db: Db, site: string): Promise<SetupRow[]> => db.select().from(setups).where(eq(setups.site, site)),
    async setupsOf(db: Db, cameras: readonly string[]): Promise<SetupRow[]> {
      const rows: SetupRow[] = [];
      for (let i = 0; i < cameras.length; i += CHUNK) rows.push(...await db.select().from(setups).where(inArray(setups.camera, cameras.slice(i, i + CHUNK))));
      return rows;
    },
    setupsSince: (db: Db, since: number): Promise<SetupRow[]> => db.select().from(setups).where(gte(setups.changedAt, since)),
    async putSetup(db: Db, row: SetupRow): Promise<void> {
      const { camera: _camera, ...values } = row;
      await db.insert(setups).values(row).onConflictDoUpdate({ target: setups.camera, set: values });
    },

    analysisOfSite: async (db: Db, site: string): Promise<Map<string, Omit<CameraAnalysis, 'camera'>>> => new Map((await db.select().from(analysis).where(eq(analysis.site, site)))
      .map(({ camera, running, reason, since }) => [camera, { running: running === 1, reason: reason as CameraAnalysis['reason'], since }])),
    async putAnalysis(db: Db, site: string, { camera, running, reason, since }: CameraAnalysis): Promise<void> {
      const values = { site, running: running ? 1 : 0, reason, since };
      await db.insert(analysis).values({ camera, ...values }).onConflictDoUpdate({ target: analysis.camera, set: values });
    },
    async removeAnalysis(db: Db, camera: string, site: string): Promise<void> { await db.delete(analysis).where(and(eq(analysis.camera, camera), eq(analysis.site, site))); },
  };
}
export type CamerasRepository = ReturnType<typeof camerasRepository>;
