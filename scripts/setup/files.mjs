/** Files as set-up needs them: hashed, read or missing, and never half written. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** @returns the file's bytes, or undefined where there is none */
export function readIfThere(file) {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** @returns the parsed file; `fallback` where it is missing or is not JSON (a run was cut off, a disk was full) */
export function readJson(file, fallback) {
  const bytes = readIfThere(file);
  if (bytes === undefined) return fallback;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return fallback;
  }
}

/** Writes beside the target and renames: another process sees the old file or the new one, never a part. */
export function writeWhole(file, content) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}.new`;
  fs.writeFileSync(unfinished, content);
  fs.renameSync(unfinished, file);
}

export const writeJson = (file, value) => writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);

/** All files at or below `start`, sorted; none when it does not exist. `skip(path)` leaves out a file or a folder. */
export function filesBelow(start, skip = () => false) {
  const stat = fs.statSync(start, { throwIfNoEntry: false });
  if (!stat || skip(start)) return [];
  if (!stat.isDirectory()) return [start];
  return fs.readdirSync(start).sort().flatMap((name) => filesBelow(path.join(start, name), skip));
}

/** One hash over names and contents of files, the names relative to `root` so that a clone elsewhere agrees. */
export function hashFiles(root, files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = fs.readFileSync(file);
    hash.update(`${path.relative(root, file).replaceAll('\\', '/')}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

export function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The first of the named programs that PATH has, as a full path. */
export function findInPath(...names) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name + suffix))).find(isExecutable);
}
