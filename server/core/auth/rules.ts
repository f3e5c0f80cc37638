const SECOND = 1_000;

/** Failed attempts that cost no waiting: for one email, and for one network address (many people can share it). */
export const FREE_FAILURES = { email: 3, address: 10 } as const;
export const MAX_SIGNIN_DELAY_MS = 900 * SECOND;
/** One failure is forgotten for each such time without another. */
export const FORGIVE_AFTER_MS = 3600 * SECOND;

export interface Failures { failures: number; failedAt: number }

/** Failures that still count at `now` (epoch ms). */
export function countedFailures({ failures, failedAt }: Failures, now: number): number {
  return Math.max(0, failures - Math.max(0, Math.floor((now - failedAt) / FORGIVE_AFTER_MS)));
}

/** Wait after so many counted failures, ms: nothing for the first `free`, then 1, 2, 4, 8 … s up to 15 minutes. */
export function signinDelayMs(failures: number, free: number): number {
  return failures < free ? 0 : Math.min(MAX_SIGNIN_DELAY_MS, SECOND * 2 ** Math.min(failures - free, 20));
}

/** Ms until the next attempt is heard; 0 when it may come now. */
export function signinWaitMs(known: Failures | undefined, free: number, now: number): number {
  if (!known) return 0;
  return Math.max(0, known.failedAt + signinDelayMs(countedFailures(known, now), free) - now);
}

/** A session ends after this long without use. */
export const SESSION_MS = 30 * 24 * 3600 * SECOND;
/** Use is written down at most this often. */
export const SESSION_TOUCH_MS = 5 * 60 * SECOND;

/** On a store of several hubs, a start leaves the set-up links of other starts alone: those of the last day, this many. */
const SETUP_TOKEN_MS = 24 * 3600 * SECOND;
const SETUP_TOKENS = 32;

/** Which of the set-up tokens (newest first) a start at `now` takes back, before it adds its own. */
export const staleSetupTokens = <T extends { createdAt: number }>(tokens: readonly T[], shared: boolean, now: number): T[] =>
  tokens.filter(({ createdAt }, i) => !shared || i >= SETUP_TOKENS - 1 || createdAt <= now - SETUP_TOKEN_MS);

export const normalEmail = (email: string): string => email.trim().toLowerCase();
