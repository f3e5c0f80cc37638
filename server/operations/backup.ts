import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { lockDataDir } from '../core/store/data-lock.ts';
import { OperationError } from './command.ts';
import { copyFile, demandSpace, digestFile, listFiles, syncFolder } from './files.ts';
import { countRows, demandIntegrity, readHeads } from './inspect.ts';
import { DATABASE, FOLDERS, MANIFEST, type BackupFile, type BackupManifest } from './manifest.ts';

export interface BackupOptions {
  dataDir: string;
  /** Folder that holds the backups; made when it is not there. */
  to: string;
  /** Of this program, for the manifest. */
  version: string;
  /** Of older complete backups in `to`, including the new one, this many stay; all when it is left out. */
  keep?: number;
  now?: () => Date;
}

export interface BackupResult { folder: string; manifest: BackupManifest; removed: string[] }

const COMPLETE = /^otklik-\d{8}T\d{6}\.\d{3}Z$/;
const PARTIAL = '.partial';
/** Pages of 4 KiB copied at a time. */
const STEP_PAGES = 4_096;
const SPARE_BYTES = 64 * 1024 * 1024;

/**
 * Copies the embedded store and its files while the hub goes on writing. The database is copied first and as it stood
 * at one moment; a file comes before it is named, so those copied later hold all that the database names, save what grew
 * too old meanwhile. The folder gets its name when everything in it was checked and is on disk: an interrupted backup is
 * never taken for a complete one.
 * @throws OperationError, FolderLocked (another backup to the same folder is under way), the file system's errors
 */
export async function backup(options: BackupOptions): Promise<BackupResult> {
  const source = path.join(options.dataDir, DATABASE);
  if (!fs.existsSync(source)) throw new OperationError(`There is no ${source}. Set OTKLIK_DATA_DIR to the data folder of the hub.`);
  fs.mkdirSync(options.to, { recursive: true, mode: 0o700 });
  const release = lockDataDir(options.to);
  try {
    for (const name of fs.readdirSync(options.to)) if (name.startsWith('otklik-') && name.endsWith(PARTIAL)) fs.rmSync(path.join(options.to, name), { recursive: true });
    const created = (options.now?.() ?? new Date()).toISOString();
    const folder = path.join(options.to, `otklik-${created.replace(/[-:]/g, '')}`);
    const partial = folder + PARTIAL;
    fs.mkdirSync(partial, { mode: 0o700 });
    try {
      const manifest = await fill(partial, source, options, created);
      fs.renameSync(partial, folder);
      syncFolder(options.to);
      return { folder, manifest, removed: options.keep === undefined ? [] : removeOld(options.to, options.keep) };
    } catch (error) {
      fs.rmSync(partial, { recursive: true, force: true });
      throw error;
    }
  } finally {
    release();
  }
}

async function fill(partial: string, source: string, { dataDir, version }: BackupOptions, created: string): Promise<BackupManifest> {
  const target = path.join(partial, DATABASE);
  await copyDatabase(source, target);
  const { tables, sites } = examine(target);
  const files: BackupFile[] = [{ path: DATABASE, ...await digestFile(target) }];
  const names = FOLDERS.flatMap((folder) => listFiles(dataDir, folder));
  demandSpace(partial, SPARE_BYTES + sum(names.map((name) => sizeOf(path.join(dataDir, name)))));
  for (const name of names) {
    try {
      files.push({ path: name, ...await copyFile(path.join(dataDir, name), path.join(partial, name)) });
    } catch (error) {
      // One that was being written under another name when the folder was listed, or that grew too old meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  const manifest: BackupManifest = { format: 1, version, created, files, tables, sites };
  fs.writeFileSync(path.join(partial, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600, flush: true });
  syncFolder(partial);
  return manifest;
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new Database(from, { readonly: true, timeout: 5_000 });
  try {
    // One read transaction over all steps: the copy is of one moment, and another process's writes do not begin it anew.
    source.exec('BEGIN');
    const pages = source.pragma('page_count', { simple: true }) as number;
    demandSpace(path.dirname(to), SPARE_BYTES + pages * (source.pragma('page_size', { simple: true }) as number));
    await source.backup(to, { progress: () => STEP_PAGES });
  } finally {
    source.close();
  }
  fs.chmodSync(to, 0o600);
}

/** Opens the copy, which nobody else knows yet, and looks whether it is whole. */
function examine(file: string): Pick<BackupManifest, 'tables' | 'sites'> {
  const copy = new Database(file);
  try {
    // A single file, that can be opened from a disk which cannot be written.
    copy.pragma('journal_mode = DELETE');
    copy.pragma('cache_size = -65536');
    demandIntegrity(copy, 'The database');
    return { tables: countRows(copy), sites: readHeads(copy) };
  } finally {
    copy.close();
  }
}

/** Removes the oldest complete backups of a folder until `keep` are left; their names. */
function removeOld(folder: string, keep: number): string[] {
  const complete = fs.readdirSync(folder).filter((name) => COMPLETE.test(name) && fs.existsSync(path.join(folder, name, MANIFEST))).sort();
  const old = complete.slice(0, Math.max(0, complete.length - keep));
  for (const name of old) {
    // First the manifest: without it, what an interruption leaves is no backup.
    fs.rmSync(path.join(folder, name, MANIFEST));
    fs.rmSync(path.join(folder, name), { recursive: true });
  }
  return old;
}

const sizeOf = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
