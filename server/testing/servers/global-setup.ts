import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { migratePostgres } from '../../core/store/postgres-migrate.ts';
import { templateDatabase } from './database.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

const MIGRATIONS = path.join(import.meta.dirname, '..', '..', '..', 'migrations', 'postgres');

declare module 'vitest' {
  export interface ProvidedContext {
    /** URLs of the servers of this run, and the database with the newest tables that tests copy. */
    servers: { postgres: string; redis: string; template: string };
  }
}

/** One PostgreSQL and one Redis for all test files of a project, which vitest calls this for only when it has some to run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await Promise.allSettled([startPostgres(), startRedis()]);
  const stop = async (): Promise<void> => { await Promise.all(started.map((one) => (one.status === 'fulfilled' ? one.value.stop() : undefined))); };
  try {
    const [postgres, redis] = started.map((one) => { if (one.status === 'rejected') throw one.reason; return one.value.url; }) as [string, string];
    const template = await templateDatabase(postgres, 'otklik_template', (url) => migratePostgres(url, MIGRATIONS));
    project.provide('servers', { postgres, redis, template });
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
