import type { CameraSource } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import type { Principal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { ApiError, notFound } from '../core/http/index.ts';
import { eq } from '../core/store/drizzle.ts';
import type { Db, Store, Transaction } from '../core/store/store.ts';
import { cameraAddress, nameFlaw, type Lookup } from './addresses.ts';
import { NoKey, type Sealer } from './secrets.ts';
import type { Setups } from './setups.ts';
import { cameraPullsTable, cameraSourcesTable } from './tables.ts';

export interface SourcesDeps {
  store: Store;
  clock: Clock;
  audit: Audit;
  sealer: Sealer;
  setups: Pick<Setups, 'cameraIn' | 'rowIn' | 'state'>;
  /** Whether cameras may be on the vision node's own machine. */
  local: boolean;
  /** This machine's resolver unless given. */
  lookup?: Lookup;
}

export type Sources = ReturnType<typeof createSources>;

/** What a sealed address is bound to: moved to another camera's row it does not open. */
const purposeOf = (camera: string): string => `camera source ${camera}`;

/** Addresses of IP cameras. With their passwords they leave the hub only to the node that fetches them. */
export function createSources({ store, clock, audit, sealer, setups, local, lookup }: SourcesDeps) {
  const sources = store.use(cameraSourcesTable);
  const pulls = store.use(cameraPullsTable);
  const rowIn = async (db: Db, camera: string) => (await db.select().from(sources).where(eq(sources.camera, camera)).limit(1))[0];

  function seal(camera: string, url: string): string {
    try {
      return sealer.seal(url, purposeOf(camera));
    } catch (error) {
      if (error instanceof NoKey) throw new ApiError('source_unusable', 409, error.message);
      throw error;
    }
  }

  async function remove(tx: Transaction, camera: string): Promise<boolean> {
    await tx.db.delete(pulls).where(eq(pulls.camera, camera));
    return (await tx.db.delete(sources).where(eq(sources.camera, camera)).returning()).length > 0;
  }

  /** @throws ApiError `source_unusable` */
  async function usable(text: string): Promise<{ url: string; shown: string }> {
    const address = cameraAddress(text, { local });
    const flaw = 'flaw' in address ? address.flaw : local || address.name === null ? undefined : await nameFlaw(address.name, lookup);
    if ('flaw' in address || flaw !== undefined) throw new ApiError('source_unusable', 422, `The address ${flaw}.`, { errors: [{ path: '/url', message: flaw! }] });
    return address;
  }

  return {
    /** Every IP camera with its sealed address. */
    all: (db: Db) => db.select().from(sources),
    fetchedOf: async (db: Db, site: string): Promise<Set<string>> => new Set((await db.select({ camera: sources.camera }).from(sources).where(eq(sources.site, site))).map(({ camera }) => camera)),
    /** @throws SealBroken, NoKey */
    open: (camera: string, sealed: string): string => sealer.open(sealed, purposeOf(camera)),

    /** @throws ApiError `not_found` also for a camera that is not fetched */
    get: (by: Principal, camera: string): Promise<CameraSource> => store.read(async (db) => {
      await setups.cameraIn(db, by, camera, 'devices.manage');
      const row = await rowIn(db, camera);
      if (!row) throw notFound('source');
      return { url: row.shown, updatedAt: row.updatedAt };
    }),

    /** @throws ApiError `source_unusable` for an address that cannot be a camera's, and where there is no key to seal it with */
    async put(by: Principal, camera: string, text: string): Promise<CameraSource> {
      // Nobody who may not set it learns what a name leads to, and no transaction waits for a resolver.
      await store.read((db) => setups.cameraIn(db, by, camera, 'devices.manage'));
      const address = await usable(text);
      return store.transaction(async (tx) => {
        const known = await setups.cameraIn(tx.db, by, camera, 'devices.manage');
        const values = { site: known.site, sealed: seal(camera, address.url), shown: address.shown, updatedAt: clock() };
        await tx.db.insert(sources).values({ camera, ...values }).onConflictDoUpdate({ target: sources.camera, set: values });
        await audit.record(tx, by, 'camera.source_set', `device:${camera}`, { site: known.site, url: address.shown });
        await setups.state(tx, known, (await setups.rowIn(tx.db, known)).version, by);
        return { url: values.shown, updatedAt: values.updatedAt };
      });
    },

    delete: (by: Principal, camera: string): Promise<void> => store.transaction(async (tx) => {
      const known = await setups.cameraIn(tx.db, by, camera, 'devices.manage');
      if (!await remove(tx, camera)) throw notFound('source');
      await audit.record(tx, by, 'camera.source_removed', `device:${camera}`, { site: known.site });
      await setups.state(tx, known, (await setups.rowIn(tx.db, known)).version, by);
    }),

    /** The camera lost its right. Part of the transaction of the revocation. */
    revoked: async (tx: Transaction, camera: string): Promise<void> => { await remove(tx, camera); },
  };
}
