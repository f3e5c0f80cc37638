/** Where things lie: the checkout, the cache that all checkouts share, and what set-up found out. */
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJson, writeJson } from './files.mjs';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Outside node_modules, so that neither `npm ci` nor a second clone has to fetch or build again. */
export const CACHE = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'otklik');

const PRIVATE = path.join(ROOT, '.otklik');
export const LOG_FILE = path.join(PRIVATE, 'setup.log');
export const LOCK_FILE = path.join(PRIVATE, 'setup.lock');
const RESULT_FILE = path.join(PRIVATE, 'setup.json');

/**
 * Adds to what set-up knows, which programs read (docs/setup.md lists the fields); a run for one purpose
 * keeps what a run for another found.
 */
export function recordResult(fields) {
  const known = readJson(RESULT_FILE, {});
  const next = { ...known, ...fields };
  if (JSON.stringify(known) !== JSON.stringify(next)) writeJson(RESULT_FILE, next);
}
