import { createHash } from 'node:crypto';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;

/**
 * A ULID that is the same whenever the same is told again: its time is the event's, and in place of randomness stands a
 * hash of what makes the event itself and no other.
 * @param at epoch ms
 */
export function stableUlid(at: number, ...parts: readonly (string | number)[]): string {
  let time = '';
  for (let rest = at, i = 0; i < TIME_LENGTH; i++, rest = Math.floor(rest / 32)) time = CROCKFORD[rest % 32]! + time;
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest();
  return time + Array.from({ length: RANDOM_LENGTH }, (_, i) => CROCKFORD[hash[i]! % 32]!).join('');
}
