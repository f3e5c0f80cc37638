import { randomBytes } from 'node:crypto';

/** Whether tests of the hub are on PostgreSQL and Redis now, instead of SQLite: the project `postgres` of vitest.config.ts. */
export const ON_POSTGRES = process.env['OTKLIK_TEST_STORE'] === 'postgres';

/** What hubs that work together share: a database with the newest tables, and a Redis with keys of its own. */
export interface SharedSpace {
  databaseUrl: string;
  redisUrl: string;
  redisPrefix: string;
  /** The same as a hub's environment. */
  env: Record<string, string>;
  /** Removes the database, ending whatever is still connected to it. */
  remove(): Promise<void>;
}

/** A space that no other test has. @throws outside of the project `postgres` */
export async function sharedSpace(): Promise<SharedSpace> {
  // Loaded here: tests of the embedded store need no driver, and helpers that import this one run outside of vitest too.
  const [{ inject }, { database, dropDatabase }] = await Promise.all([import('vitest'), import('./database.ts')]);
  const { postgres, redis: redisUrl, template } = inject('servers');
  const databaseUrl = await database(postgres, template);
  const redisPrefix = `otklik-${randomBytes(6).toString('hex')}`;
  return { databaseUrl, redisUrl, redisPrefix, env: { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, OTKLIK_REDIS_PREFIX: redisPrefix }, remove: () => dropDatabase(databaseUrl) };
}

/**
 * The environment that puts a hub on the store under test, unless `given` says where its data is.
 * `remove` is for when the hub has stopped.
 */
export async function hubEnvironment(given: Record<string, string>): Promise<{ env: Record<string, string>; remove(): Promise<void> }> {
  if (!ON_POSTGRES || 'DATABASE_URL' in given) return { env: given, remove: () => Promise.resolve() };
  const space = await sharedSpace();
  return { env: { ...space.env, ...given }, remove: () => space.remove() };
}
