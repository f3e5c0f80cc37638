import { createHash } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A ULID whose time is `at` (epoch ms) and whose random part is a hash of `key`: the same plan makes the same ids, so
 * that sending it again gives duplicates, which the hub counts once.
 */
export function plannedUlid(at: number, key: string): string {
  let time = '';
  let rest = at;
  for (let i = 0; i < 10; i++) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  const hash = createHash('sha256').update(key).digest();
  return time + Array.from(hash.subarray(0, 16), (byte) => ALPHABET.charAt(byte & 31)).join('');
}
