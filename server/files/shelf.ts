import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { asc, eq } from '../core/store/drizzle.ts';
import type { Db, Store } from '../core/store/store.ts';
import { filePartsTable } from './tables.ts';

/**
 * Where the bytes of files are. What is said of a file in the database changes together with its bytes: a file is
 * never named without being there, save after a crash between the two, and then the next upload of it mends that.
 */
export interface Shelf {
  /** Keeps bytes under their hash and writes what `tie` writes. Bytes that are there are not written again. */
  put(hash: string, bytes: Buffer, tie: (db: Db) => Promise<void>): Promise<void>;
  get(hash: string): Promise<Buffer | undefined>;
  /** Writes what `untie` writes and removes the bytes if it resolves to true: nobody has them any more. */
  remove(hash: string, untie: (db: Db) => Promise<boolean>): Promise<void>;
}

const HASH = /^[0-9a-f]{64}$/;
export const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const scopeOf = (hash: string): string => `file ${hash}`;

/** Of one file, before base64. Statements of all parts together would be large. */
export const PART_BYTES = 192 * 1024;

/** A file as rows of `file_parts` have it, in order. */
export function partsOf(hash: string, bytes: Buffer): { hash: string; part: number; data: string }[] {
  return Array.from({ length: Math.max(1, Math.ceil(bytes.length / PART_BYTES)) }, (_, part) => ({ hash, part, data: bytes.toString('base64', part * PART_BYTES, (part + 1) * PART_BYTES) }));
}

/** Bytes in the database itself, for hubs that share one and no disk. */
export function tableShelf(store: Store): Shelf {
  const parts = store.use(filePartsTable);
  return {
    put: (hash, bytes, tie) => store.transaction(async ({ db }) => {
      for (const row of partsOf(hash, bytes)) await db.insert(parts).values(row).onConflictDoNothing();
      await tie(db);
    }, scopeOf(hash)),
    async get(hash) {
      const rows = await store.read((db) => db.select({ data: parts.data }).from(parts).where(eq(parts.hash, hash)).orderBy(asc(parts.part)));
      return rows.length === 0 ? undefined : Buffer.concat(rows.map(({ data }) => Buffer.from(data, 'base64')));
    },
    remove: (hash, untie) => store.transaction(async ({ db }) => {
      if (await untie(db)) await db.delete(parts).where(eq(parts.hash, hash));
    }, scopeOf(hash)),
  };
}

/** Where a file lies below the folder. @throws RangeError for anything that is no hash: it would lead out of the folder */
export function pathOf(folder: string, hash: string): string {
  if (!HASH.test(hash)) throw new RangeError('a file is named by the SHA-256 of its bytes');
  return path.join(folder, hash.slice(0, 2), hash);
}

const PARTIAL = '.part';

/**
 * Bytes in a folder that one hub has to itself: `<folder>/<first two digits>/<hash>`. A file gets its name when it is on
 * disk as a whole, so an interrupted write leaves nothing that looks like one.
 */
export function folderShelf(store: Store, folder: string): Shelf {
  // Keeping and removing the same bytes at once would leave a row without them.
  const lanes = new Map<string, Promise<unknown>>();
  function inLane<T>(hash: string, work: () => Promise<T>): Promise<T> {
    const run = (lanes.get(hash) ?? Promise.resolve()).then(work);
    const settled = run.catch(() => undefined).finally(() => { if (lanes.get(hash) === settled) lanes.delete(hash); });
    lanes.set(hash, settled);
    return run;
  }
  return {
    put: (hash, bytes, tie) => inLane(hash, async () => {
      await writeOnce(pathOf(folder, hash), bytes);
      await store.transaction(({ db }) => tie(db), scopeOf(hash));
    }),
    async get(hash) {
      try {
        return await fs.promises.readFile(pathOf(folder, hash));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    remove: (hash, untie) => inLane(hash, async () => {
      if (await store.transaction(({ db }) => untie(db), scopeOf(hash))) await fs.promises.rm(pathOf(folder, hash), { force: true });
    }),
  };
}

async function writeOnce(file: string, bytes: Buffer): Promise<void> {
  // One that is too short was cut by a disk that lost it.
  if ((await fs.promises.stat(file).catch(() => undefined))?.size === bytes.length) return;
  const folder = path.dirname(file);
  await fs.promises.mkdir(folder, { recursive: true, mode: 0o700 });
  const partial = `${file}.${randomBytes(6).toString('hex')}${PARTIAL}`;
  try {
    await fs.promises.writeFile(partial, bytes, { mode: 0o600, flush: true });
    await fs.promises.rename(partial, file);
    await syncFolder(folder);
  } catch (error) {
    await fs.promises.rm(partial, { force: true });
    throw error;
  }
}

/** The rename is lost with the power otherwise. Windows cannot open folders, and keeps their order itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.promises.open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Removes what a killed hub had begun to write. */
export function clearPartials(folder: string): void {
  if (!fs.existsSync(folder)) return;
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) if (name.endsWith(PARTIAL)) fs.rmSync(path.join(folder, name), { force: true });
}
