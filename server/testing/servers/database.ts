import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/**
 * Makes a database on the server that `url` (any database of it) reaches, and resolves to its URL.
 * @param template a database to copy, which nobody may be connected to; else the new one is empty
 */
export async function database(url: string, template?: string): Promise<string> {
  const name = `otklik_${randomBytes(8).toString('hex')}`;
  await onServer(url, `CREATE DATABASE ${name}${template === undefined ? '' : ` TEMPLATE ${template}`}`);
  return named(url, name);
}

/**
 * Makes the database `name` with `prepare`, for others to be copied from.
 * @returns `name`
 */
export async function templateDatabase(url: string, name: string, prepare: (url: string) => Promise<void>): Promise<string> {
  await onServer(url, `CREATE DATABASE ${name}`);
  await prepare(named(url, name));
  return name;
}

/** Removes a database that `database` made, ending whatever is still connected to it. */
export async function dropDatabase(url: string): Promise<void> {
  await onServer(named(url, 'postgres'), `DROP DATABASE IF EXISTS ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
}

function named(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
