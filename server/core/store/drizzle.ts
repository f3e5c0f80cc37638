import { createRequire } from 'node:module';
import type * as BetterSqlite from 'drizzle-orm/better-sqlite3';
import type * as Migrator from 'drizzle-orm/better-sqlite3/migrator';
import type * as Core from 'drizzle-orm';
import type * as NodePostgres from 'drizzle-orm/node-postgres';
import type * as PostgresMigrator from 'drizzle-orm/node-postgres/migrator';
import type * as Postgres from 'drizzle-orm/pg-core';
import type * as Proxy from 'drizzle-orm/sqlite-proxy';
import type * as Sqlite from 'drizzle-orm/sqlite-core';

/**
 * The one door to drizzle-orm, by its CommonJS build. Loaded as ES modules, each of its files makes Node parse the
 * package's manifest of 180 kB again: a second at every start and 190 MB of garbage, measured on Node 24.
 */
const require = createRequire(import.meta.url);

export const { and, asc, desc, eq, gt, gte, inArray, isNull, lt, lte, ne, or, sql } = require('drizzle-orm') as typeof Core;
export const lite = require('drizzle-orm/sqlite-core') as typeof Sqlite;
export const { drizzle: drizzleProxy } = require('drizzle-orm/sqlite-proxy') as typeof Proxy;

/** PostgreSQL's column builders: loaded only where its tables are asked for. */
export const postgresCore = (): typeof Postgres => require('drizzle-orm/pg-core') as typeof Postgres;

/** The migrator and its driver: loaded only where migrations run. */
export function sqliteMigrator(): { drizzle: typeof BetterSqlite.drizzle; migrate: typeof Migrator.migrate } {
  const { drizzle } = require('drizzle-orm/better-sqlite3') as typeof BetterSqlite;
  const { migrate } = require('drizzle-orm/better-sqlite3/migrator') as typeof Migrator;
  return { drizzle, migrate };
}

/** PostgreSQL's driver and migrator: loaded only by hubs that use it. */
export function postgresDriver(): { drizzle: typeof NodePostgres.drizzle; migrate: typeof PostgresMigrator.migrate } {
  const { drizzle } = require('drizzle-orm/node-postgres') as typeof NodePostgres;
  const { migrate } = require('drizzle-orm/node-postgres/migrator') as typeof PostgresMigrator;
  return { drizzle, migrate };
}
