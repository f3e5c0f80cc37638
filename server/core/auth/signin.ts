import { createHash } from 'node:crypto';
import type { User } from '../../../contract/index.ts';
import type { Clock } from '../clock.ts';
import { ApiError } from '../http/problem.ts';
import type { Store } from '../store/store.ts';
import type { AuthRepository } from './repository.ts';
import { countedFailures, FORGIVE_AFTER_MS, FREE_FAILURES, normalEmail, signinWaitMs, type Failures } from './rules.ts';
import { passwordMatches } from './secrets.ts';

/** Rows older than this forgive more failures than anybody can have collected. */
const FORGET_AFTER_MS = 40 * FORGIVE_AFTER_MS;
/**
 * One scope for all: an attempt reads two rows in order to write both, and any two attempts may share either. Each holds
 * it for a few statements, while the password's hash, which takes longer than all of them, is made outside.
 */
const SCOPE = 'signin';

/**
 * Checks an email and a password. Every attempt counts as failed before the password is looked at, so that many at
 * once gain nothing; the right password takes its own count back.
 */
export function createSignIn({ store, repository, clock }: { store: Store; repository: AuthRepository; clock: Clock }) {
  // Keys are hashed: what was typed into the email field by mistake may be a password.
  const keysOf = (email: string, address: string) => [
    { key: `email:${createHash('sha256').update(email).digest('base64url')}`, free: FREE_FAILURES.email },
    { key: `address:${address}`, free: FREE_FAILURES.address },
  ];

  async function countAttempt(keys: ReturnType<typeof keysOf>): Promise<void> {
    const now = clock();
    await store.transaction(async ({ db }) => {
      const known: (Failures | undefined)[] = [];
      for (const { key } of keys) known.push(await repository.failures(db, key));
      const waitMs = Math.max(...keys.map(({ free }, i) => signinWaitMs(known[i], free, now)));
      if (waitMs > 0) {
        const seconds = Math.ceil(waitMs / 1000);
        throw new ApiError('signin_delayed', 429, `Too many failed attempts. Try again in ${seconds} s.`, { retryAfter: seconds });
      }
      await repository.forgetFailuresBefore(db, now - FORGET_AFTER_MS);
      for (const [i, { key }] of keys.entries()) {
        const before = known[i];
        await repository.setFailures(db, key, { failures: (before ? countedFailures(before, now) : 0) + 1, failedAt: now });
      }
    }, SCOPE);
  }

  /** The right password forgives the email; the address loses only this attempt, or one account would cover for guesses at others. */
  async function uncountAttempt([email, address]: ReturnType<typeof keysOf>): Promise<void> {
    await store.transaction(async ({ db }) => {
      await repository.setFailures(db, email!.key, { failures: 0, failedAt: 0 });
      const known = await repository.failures(db, address!.key);
      if (known) await repository.setFailures(db, address!.key, { ...known, failures: known.failures - 1 });
    }, SCOPE);
  }

  return {
    /**
     * The user with this email and password, and the hash that the password was checked against: ask again within the
     * transaction that builds on it whether it still stands. @throws ApiError `bad_credentials` or `signin_delayed`
     */
    async check(email: string, password: string, address: string): Promise<{ user: User; passwordHash: string }> {
      const normal = normalEmail(email);
      const keys = keysOf(normal, address);
      await countAttempt(keys);
      const found = await store.read((db) => repository.userByEmail(db, normal));
      const matches = await passwordMatches(password, found?.passwordHash);
      if (!matches || !found || found.user.disabled) throw new ApiError('bad_credentials', 401, 'The email or the password is wrong.');
      await uncountAttempt(keys);
      return found;
    },
  };
}
