import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';

/** Somebody else works on the folder. `process` is its id when it is known (another container's may mean nothing here). */
export class FolderLocked extends Error {
  readonly folder: string;
  readonly process: number | undefined;
  constructor(folder: string, holder: number | undefined) {
    super(`${folder} is in use by another program${holder === undefined ? '' : ` (process ${holder})`}`);
    this.name = 'FolderLocked';
    this.folder = folder;
    this.process = holder;
  }
}

const LOCK = 'otklik.lock';
const PID = 'otklik.pid';
/** A connection that nobody refers to is closed by the garbage collector, and its lock with it. */
const held = new Set<Database.Database>();

/**
 * Keeps every other program that asks for the same off a data folder until `release` is called or this process ends,
 * however it ends: the operating system gives up a dead process's locks, so there are no stale ones, nor does it matter
 * that every container's hub is process 1. The lock is SQLite's own on an empty file, as Node offers none.
 * A hub takes it for its embedded store; so do the commands that may not run beside a hub.
 * @returns release; calling it again does nothing
 * @throws FolderLocked when another holds it; the file system's error when the folder cannot be made or written
 */
export function lockDataDir(folder: string): () => void {
  const resolved = path.resolve(folder);
  fs.mkdirSync(resolved, { recursive: true });
  const lock = new Database(path.join(resolved, LOCK), { timeout: 0 });
  try {
    // Without it SQLite would look for a journal file beside a file that never holds anything.
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) throw new FolderLocked(resolved, holderOf(resolved));
    throw error;
  }
  held.add(lock);
  fs.writeFileSync(path.join(resolved, PID), `${process.pid}\n`);
  for (const name of [LOCK, PID]) giveToOwner(path.join(resolved, name), resolved);
  return () => {
    if (!held.delete(lock)) return;
    // Before the lock goes, or it might take away the next holder's. The lock's own file stays for the same reason.
    fs.rmSync(path.join(resolved, PID), { force: true });
    lock.close();
  };
}

/** Gives what root made in a folder to the folder's owner: a hub that runs as that user must be able to write it. */
export function giveToOwner(file: string, folder: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = fs.statSync(folder);
  fs.chownSync(file, uid, gid);
}

/** The lock file itself is never read: closing it would give up this process's own lock on it. */
function holderOf(folder: string): number | undefined {
  try {
    const id = Number(fs.readFileSync(path.join(folder, PID), 'utf8'));
    return Number.isSafeInteger(id) && id > 0 ? id : undefined;
  } catch {
    return undefined;
  }
}
