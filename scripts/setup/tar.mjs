/**
 * Takes named files out of a .tgz, as the npm registry hands out packages: so few that a reader of the
 * plain format is enough, and it works where there is no `tar` command.
 */
import { gunzipSync } from 'node:zlib';

const BLOCK = 512;
const text = (bytes) => bytes.toString('utf8').replace(/\0.*$/s, '');

/**
 * @param tgz the packed file's bytes; @param wanted paths inside the archive
 * @returns Map of path → bytes, with the wanted files that it has
 * @throws Error when the bytes are not a gzip file
 */
export function filesFromTgz(tgz, wanted) {
  const tar = gunzipSync(tgz);
  const names = new Set(wanted);
  const found = new Map();
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const { name, size, isFile } = header(tar.subarray(at, at + BLOCK));
    const start = at + BLOCK;
    if (isFile && names.has(name)) found.set(name, tar.subarray(start, start + size));
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return found;
}

/** ustar: name at 0, size (octal) at 124, type at 156, and at 345 what did not fit into the name. */
function header(block) {
  const prefix = text(block.subarray(345, 500));
  const name = text(block.subarray(0, 100));
  const type = String.fromCharCode(block[156]);
  return {
    name: prefix ? `${prefix}/${name}` : name,
    size: Number.parseInt(text(block.subarray(124, 136)).trim() || '0', 8),
    isFile: type === '0' || type === '\0',
  };
}
