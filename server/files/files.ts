import path from 'node:path';
import { and, asc, eq, lt, sql } from '../core/store/drizzle.ts';
import type { Clock } from '../core/clock.ts';
import type { Db, Store } from '../core/store/store.ts';
import { clearPartials, folderShelf, hashOf, tableShelf, type Shelf } from './shelf.ts';
import { filesTable } from './tables.ts';

/** What a file is for: `message` is what a visitor sent and goes after a while, `plan` is a floor plan's picture. */
export type FileUse = 'message' | 'plan';
export interface KeptFile { type: string; usedBy: FileUse; bytes: Buffer }

/** Kept files, each at the sites that it was sent to. */
export interface Files {
  /** Keeps a file at a site; its hash. The same bytes are kept once. `by` is who sent it, e.g. a device's id. */
  put(site: string, bytes: Buffer, type: string, usedBy: FileUse, by: string | null): Promise<string>;
  /** A file of this site; undefined when the site has none of this hash, or its bytes are gone. */
  get(site: string, hash: string): Promise<KeptFile | undefined>;
  remove(site: string, hash: string): Promise<void>;
  /** Removes messages' files that are older than the hub keeps them; how many. */
  sweep(): Promise<number>;
  /** Begins to sweep now and then. */
  start(): void;
  stop(): Promise<void>;
}

export interface FilesDeps {
  store: Store;
  clock: Clock;
  /** The hub's data folder. */
  dataDir: string;
  /** Days after which voice messages and photos go. */
  days: number;
  onError(error: unknown, where: string): void;
  /** For tests: another place for the bytes. */
  shelf?: Shelf;
}

const DAY_MS = 24 * 3600_000;
const SWEEP_MS = 3600_000;
const SWEEP_AT_ONCE = 200;

export const filesFolder = (dataDir: string): string => path.join(dataDir, 'files');

/** Files in the data folder, or in the database where hubs share one. */
export function createFiles({ store, clock, dataDir, days, onError, shelf = store.shared ? tableShelf(store) : folderShelf(store, filesFolder(dataDir)) }: FilesDeps): Files {
  const files = store.use(filesTable);
  const at = (site: string, hash: string) => and(eq(files.site, site), eq(files.hash, hash));
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<unknown> = Promise.resolve();

  const isUnused = async (db: Db, hash: string): Promise<boolean> => (await db.select({ site: files.site }).from(files).where(eq(files.hash, hash)).limit(1)).length === 0;

  /** Looks again: the same photo may have been sent once more since it was found to be old. */
  const removeOld = (site: string, hash: string, before: number): Promise<void> => shelf.remove(hash, async (db) => {
    await db.delete(files).where(and(at(site, hash), eq(files.usedBy, 'message'), lt(files.createdAt, before)));
    return isUnused(db, hash);
  });

  async function sweep(): Promise<number> {
    const before = clock() - days * DAY_MS;
    let removed = 0;
    for (;;) {
      const old = await store.read((db) => db.select({ site: files.site, hash: files.hash }).from(files).where(and(eq(files.usedBy, 'message'), lt(files.createdAt, before))).orderBy(asc(files.createdAt)).limit(SWEEP_AT_ONCE));
      for (const { site, hash } of old) await removeOld(site, hash, before);
      removed += old.length;
      if (old.length < SWEEP_AT_ONCE) return removed;
    }
  }
  const sweepNow = (): void => { sweeping = sweeping.then(sweep).catch((error: unknown) => onError(error, 'removing old files')); };

  return {
    sweep,
    async put(site, bytes, type, usedBy, by) {
      const hash = hashOf(bytes);
      const now = clock();
      await shelf.put(hash, bytes, async (db) => {
        await db.insert(files).values({ site, hash, type, bytes: bytes.length, usedBy, createdAt: now, createdBy: by }).onConflictDoUpdate({
          target: [files.site, files.hash],
          // A plan's picture that a device sends as well stays a plan's.
          set: { createdAt: now, usedBy: sql`case when ${files.usedBy} = 'plan' then 'plan' else ${usedBy} end` },
        });
      });
      return hash;
    },
    async get(site, hash) {
      const row = (await store.read((db) => db.select().from(files).where(at(site, hash))))[0];
      const bytes = row && await shelf.get(hash);
      // Shorter than it was: the disk lost some of it.
      if (!row || bytes?.length !== row.bytes) return undefined;
      return { type: row.type, usedBy: row.usedBy as FileUse, bytes };
    },
    remove: (site, hash) => shelf.remove(hash, async (db) => {
      await db.delete(files).where(at(site, hash));
      return isUnused(db, hash);
    }),
    start() {
      if (!store.shared) clearPartials(filesFolder(dataDir));
      sweepNow();
      timer = setInterval(sweepNow, SWEEP_MS).unref();
    },
    async stop() {
      clearInterval(timer);
      await sweeping;
    },
  };
}
