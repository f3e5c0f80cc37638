import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** A random secret of 256 bits, 43 characters of base64url. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** What is kept of a random secret. A plain hash is enough: 256 random bits cannot be tried out. */
export const secretHash = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** Whether `secret` has this hash, in a time that does not depend on how much of it is right. */
export function secretMatches(secret: string, expectedHash: string): boolean {
  const given = Buffer.from(secretHash(secret));
  const expected = Buffer.from(expectedHash);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** argon2id with OWASP's minimum (Password Storage Cheat Sheet): 19 MiB, 2 passes, 1 lane. 2 is Algorithm.Argon2id. */
const ARGON2 = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export const hashPassword = (password: string): Promise<string> => hash(password, ARGON2);

let decoy: Promise<string> | undefined;
/** Takes as long without a hash (an unknown email) as with one. */
export async function passwordMatches(password: string, passwordHash: string | undefined): Promise<boolean> {
  decoy ??= hashPassword(newSecret());
  const matches = await verify(passwordHash ?? await decoy, password);
  return matches && passwordHash !== undefined;
}
