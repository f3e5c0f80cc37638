import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OperationError } from './command.ts';
import type { BackupFile } from './manifest.ts';

export interface Digest { bytes: number; sha256: string }

/** Passes bytes through and knows their number and SHA-256 afterwards. */
class Digester extends Transform {
  readonly #hash = createHash('sha256');
  #bytes = 0;
  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    done(null, chunk);
  }
  digest(): Digest {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}

const CHUNK = { highWaterMark: 1024 * 1024 };

export async function digestFile(file: string): Promise<Digest> {
  const digester = new Digester();
  digester.resume();
  await pipeline(fs.createReadStream(file, CHUNK), digester);
  return digester.digest();
}

/** Copies a file, makes its folder, and has it on disk before it resolves. The copy is for its owner's eyes only. */
export async function copyFile(from: string, to: string): Promise<Digest> {
  fs.mkdirSync(path.dirname(to), { recursive: true, mode: 0o700 });
  const digester = new Digester();
  await pipeline(fs.createReadStream(from, CHUNK), digester, fs.createWriteStream(to, { mode: 0o600, flush: true }));
  return digester.digest();
}

/** Paths of the plain files below `root`/`folder`, relative to `root` and with slashes. Links are not followed. */
export function listFiles(root: string, folder: string): string[] {
  if (!fs.existsSync(path.join(root, folder))) return [];
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    return entry.isDirectory() ? listFiles(root, name) : entry.isFile() ? [name] : [];
  });
}

/** @throws OperationError unless the disk of `folder` has room for this many bytes */
export function demandSpace(folder: string, bytes: number): void {
  const { bavail, bsize } = fs.statfsSync(folder);
  const free = bavail * bsize;
  if (free < bytes) throw new OperationError(`${folder} has ${megabytes(free)} free, and ${megabytes(bytes)} are needed: free some space or choose another disk.`);
}

/** Makes renames within a folder last over a loss of power. */
export function syncFolder(folder: string): void {
  // Windows cannot open folders, and keeps their order itself.
  if (process.platform === 'win32') return;
  const handle = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** Which of a backup's files are not as its manifest says, with the reason. */
export async function findDamaged(folder: string, files: readonly BackupFile[]): Promise<string[]> {
  const damaged: string[] = [];
  for (const { path: name, bytes, sha256 } of files) {
    const file = path.join(folder, name);
    const found = fs.lstatSync(file, { throwIfNoEntry: false });
    if (!found?.isFile()) damaged.push(`${name} is missing`);
    else if (found.size !== bytes) damaged.push(`${name} has ${found.size} bytes instead of ${bytes}`);
    else if ((await digestFile(file)).sha256 !== sha256) damaged.push(`${name} has another checksum`);
  }
  return damaged;
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
