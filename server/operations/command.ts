import { ConfigError } from '../config.ts';
import { FolderLocked } from '../core/store/data-lock.ts';
import { StoreUnavailable } from '../core/store/store.ts';

/** The command was called wrongly; the message says what is expected. Exit code 2. */
export class UsageError extends Error {}

/** It cannot be done, for a reason that the administrator can do something about: the message says what. Exit code 1. */
export class OperationError extends Error {}

/**
 * Runs a command to its end and sets the process's exit code: 0 done, 1 could not be done, 2 called wrongly. Problems
 * that were foreseen print their message, others their stack too.
 * @param usage one line for each way to call it
 */
export async function runCommand(usage: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isUsage(error)) {
      console.error(`${error.message}\n\n${usage}`);
      process.exitCode = 2;
    } else {
      console.error(explain(error));
      process.exitCode = 1;
    }
  }
}

const isUsage = (error: unknown): error is Error => error instanceof UsageError || error instanceof ConfigError
  || (error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS'));

/** What the file system's most usual refusals ask for. */
const ADVICE: Record<string, string> = {
  ENOSPC: 'The disk is full: free some space, then start the command again.',
  EACCES: 'Start the command as the user that the hub runs as, or give that user access.',
  EPERM: 'Start the command as the user that the hub runs as, or give that user access.',
  EROFS: 'The disk can only be read: choose another folder.',
  SQLITE_FULL: 'The disk is full: free some space, then start the command again.',
  SQLITE_NOTADB: 'The file is no database, or it is damaged.',
  SQLITE_CORRUPT: 'The database is damaged: restore the newest backup that is whole (npm run restore).',
  ECONNREFUSED: 'Nobody answers there: is PostgreSQL running, and are host and port in DATABASE_URL right?',
  ENOTFOUND: 'There is no such host: look at DATABASE_URL.',
  '28P01': 'The password in DATABASE_URL is wrong.',
  '28000': 'PostgreSQL does not let this user in: look at DATABASE_URL and at pg_hba.conf.',
  '3D000': 'Make the database first (createdb), or correct its name in DATABASE_URL.',
};

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof OperationError || error instanceof StoreUnavailable) return error.message;
  if (error instanceof FolderLocked) return `${error.message}. Stop the hub (or wait for the other command), then start this one again.`;
  const advice = ADVICE[String((error as NodeJS.ErrnoException).code)];
  return advice === undefined ? (error.stack ?? error.message) : `${error.message || (error as NodeJS.ErrnoException).code}\n${advice}`;
}
