import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { giveToOwner, lockDataDir } from '../core/store/data-lock.ts';
import { openSqliteStore } from '../core/store/sqlite-store.ts';
import { OperationError } from './command.ts';
import { newEpochs } from './epochs.ts';
import { copyFile, demandSpace, digestFile, findDamaged, syncFolder } from './files.ts';
import { demandIntegrity, migrationState, readHeads } from './inspect.ts';
import { DATABASE, readManifest, type BackupManifest } from './manifest.ts';

export interface RestoreOptions {
  /** A folder that `backup` made. */
  backup: string;
  dataDir: string;
  migrationsDir: string;
  now?: () => Date;
}

export interface RestoreResult {
  manifest: BackupManifest;
  logs: number;
  /** Where the database that was there is now; undefined when there was none. */
  kept: string | undefined;
}

const SPARE_BYTES = 64 * 1024 * 1024;
const SIDES = ['', '-wal', '-shm'];

/**
 * Puts a backup's database and files in place of a data folder's. Everything is checked before anything is changed; the
 * database that was there is kept beside it under another name. The restored logs get new epochs.
 * @throws FolderLocked while a hub has the data folder, OperationError, the file system's errors
 */
export async function restore({ backup, migrationsDir, now = () => new Date(), ...options }: RestoreOptions): Promise<RestoreResult> {
  const dataDir = path.resolve(options.dataDir);
  const manifest = readManifest(backup);
  const release = lockDataDir(dataDir);
  const fresh = path.join(dataDir, `${DATABASE}.restoring`);
  try {
    const damaged = await findDamaged(backup, manifest.files);
    if (damaged.length > 0) throw new OperationError(`The backup ${backup} is damaged; nothing was changed. Take another.\n${damaged.slice(0, 10).map((line) => `  ${line}`).join('\n')}`);
    demandSpace(dataDir, SPARE_BYTES + manifest.files.reduce((total, { bytes }) => total + bytes, 0));
    removeDatabase(fresh);
    await copyFile(path.join(backup, DATABASE), fresh);
    const logs = await prepare(fresh, migrationsDir);
    await restoreFiles(backup, dataDir, manifest);
    giveToOwner(fresh, dataDir);
    const kept = setAside(dataDir, now());
    fs.renameSync(fresh, path.join(dataDir, DATABASE));
    syncFolder(dataDir);
    return { manifest, logs, kept };
  } finally {
    removeDatabase(fresh);
    release();
  }
}

/** Makes a copied database one that this version's hub can go on with; how many logs it has. */
async function prepare(file: string, migrationsDir: string): Promise<number> {
  withDatabase(file, (database) => {
    demandIntegrity(database, 'The database of the backup');
    if (migrationState(database, migrationsDir) === 'ahead') throw new OperationError('The backup was made by a newer version of this program: install that version, then restore. Nothing was changed.');
    readHeads(database);
  });
  const store = await openSqliteStore({ file, migrationsDir });
  const logs = await newEpochs(store).finally(() => store.close());
  // Everything into the one file that is renamed.
  withDatabase(file, (database) => { database.pragma('journal_mode = DELETE'); });
  return logs;
}

/** A file is named by what it holds: one that is there and whole needs no copy, and none is taken away. */
async function restoreFiles(backup: string, dataDir: string, { files }: BackupManifest): Promise<void> {
  for (const { path: name, bytes, sha256 } of files) {
    if (name === DATABASE) continue;
    const target = path.join(dataDir, name);
    if (fs.statSync(target, { throwIfNoEntry: false })?.size === bytes && (await digestFile(target)).sha256 === sha256) continue;
    await copyFile(path.join(backup, name), `${target}.restoring`);
    for (let made = `${target}.restoring`; made !== dataDir; made = path.dirname(made)) giveToOwner(made, dataDir);
    fs.renameSync(`${target}.restoring`, target);
    syncFolder(path.dirname(target));
  }
}

/** Gives the database that is there another name; undefined when there is none. */
function setAside(dataDir: string, now: Date): string | undefined {
  const current = path.join(dataDir, DATABASE);
  if (!fs.existsSync(current)) {
    removeDatabase(current);
    return undefined;
  }
  const name = `${DATABASE}.before-restore-${now.toISOString().replace(/[-:]/g, '')}`;
  foldIn(current);
  // The write-ahead log goes with its database, and under the name by which SQLite looks for it.
  for (const side of [...SIDES].reverse()) if (fs.existsSync(current + side)) fs.renameSync(current + side, path.join(dataDir, name + side));
  return name;
}

/** Brings what a killed hub left in the write-ahead log into the file. A damaged one is kept as it is. */
function foldIn(file: string): void {
  try {
    withDatabase(file, (database) => { database.pragma('wal_checkpoint(TRUNCATE)'); });
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    console.error(`The database that is replaced cannot be opened (${error.message}); it is kept as it is.`);
  }
}

function withDatabase(file: string, work: (database: Database.Database) => void): void {
  const database = new Database(file);
  try {
    work(database);
  } finally {
    database.close();
  }
}

function removeDatabase(file: string): void {
  for (const side of SIDES) fs.rmSync(file + side, { force: true });
}
