import fs from 'node:fs';
import path from 'node:path';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { OperationError } from './command.ts';

export const MANIFEST = 'manifest.json';
/** The embedded store's file, in a data folder and in a backup. */
export const DATABASE = 'otklik.db';
/** Folders of a data folder that belong to a backup. The rest is made anew: caches, locks, a vision node's queue. */
export const FOLDERS: readonly string[] = ['files'];

/** A backup of half a million files needs less. */
const MANIFEST_BYTES = 96 * 1024 * 1024;

const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const BackupManifest = Type.Object({
  /** Of this description. */
  format: Type.Literal(1),
  /** Of the program that made the backup. */
  version: Type.String({ maxLength: 100 }),
  /** When the database was copied, ISO 8601 in UTC. */
  created: Type.String({ maxLength: 40 }),
  /** Every file of the backup but this one; `path` is relative and with slashes, the database first. */
  files: Type.Array(Type.Object({ path: Type.String({ minLength: 1, maxLength: 1_024 }), bytes: Count, sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) }), { minItems: 1 }),
  /** Rows of each table. */
  tables: Type.Record(Type.String(), Count),
  /** Where each site's log stands. */
  sites: Type.Array(Type.Object({ site: Type.String(), epoch: Type.String(), offset: Count })),
});
export type BackupManifest = Static<typeof BackupManifest>;
export type BackupFile = BackupManifest['files'][number];

const validator = Compile(BackupManifest);

/** The manifest of a backup folder. @throws OperationError when there is none or it is not one of ours */
export function readManifest(folder: string): BackupManifest {
  const file = path.join(folder, MANIFEST);
  const found = fs.statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) throw new OperationError(`${folder} is not a backup: it has no ${MANIFEST}. Name a folder that npm run backup has made.`);
  if (found.size > MANIFEST_BYTES) throw new OperationError(`${file} is too large for a manifest: it is damaged, or not of a backup.`);
  let manifest: unknown;
  try {
    manifest = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new OperationError(`${file} cannot be read (${(error as Error).message}): the backup is damaged, take another.`);
  }
  if (!validator.Check(manifest)) {
    const [first] = validator.Errors(manifest);
    throw new OperationError(`${file} is not a manifest that this version knows (${first?.instancePath} ${first?.message}).`);
  }
  const wrong = manifest.files.find(({ path: name }) => !isInside(name));
  if (wrong) throw new OperationError(`${file} names ${JSON.stringify(wrong.path)}, which no backup holds: it was changed by somebody. Nothing was touched.`);
  if (manifest.files[0]?.path !== DATABASE) throw new OperationError(`${file} names no ${DATABASE}: the backup is damaged, take another.`);
  return manifest;
}

/** Whether a manifest may name it: the database, or a file below one of the folders. */
function isInside(name: string): boolean {
  if (name === DATABASE) return true;
  const parts = name.split('/');
  return parts.length > 1 && FOLDERS.includes(parts[0]!) && parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part));
}
