export { addressOf, urlAt, type Address } from './address.ts';
export { database, dropDatabase, templateDatabase } from './database.ts';
export { startPostgres, type PostgresOptions } from './postgres.ts';
export { startRedis, type RedisOptions } from './redis.ts';
export type { TestServer } from './server.ts';
export { hubEnvironment, ON_POSTGRES, sharedSpace, type SharedSpace } from './shared.ts';
