import path from 'node:path';

/** Where a server listens: a unix socket's path, or a port on this machine. */
export type Address = { path: string } | { host: string; port: number };

const POSTGRES_PORT = 5432;
const REDIS_PORT = 6379;

/**
 * The address in a URL of PostgreSQL or Redis, in the forms that node-postgres and node-redis read:
 * `postgres://user@localhost/database?host=/folder&port=5432`, `unix:///file`, or a plain host and port.
 */
export function addressOf(text: string): Address {
  const url = new URL(text);
  if (url.protocol === 'unix:') return { path: decodeURIComponent(url.pathname) };
  const folder = url.searchParams.get('host');
  if (folder?.startsWith('/')) return { path: path.join(folder, `.s.PGSQL.${url.searchParams.get('port') ?? POSTGRES_PORT}`) };
  return { host: url.hostname, port: Number(url.port) || (url.protocol.startsWith('redis') ? REDIS_PORT : POSTGRES_PORT) };
}

/** The same URL with another address, everything else (user, database, password) kept. A Redis on a unix socket has no password: no URL could say it. */
export function urlAt(text: string, address: Address): string {
  const url = new URL(text);
  return url.protocol.startsWith('postgres') ? postgresAt(url, address) : redisAt(url, address);
}

function postgresAt(url: URL, address: Address): string {
  const moved = new URL(url);
  for (const key of ['host', 'port']) moved.searchParams.delete(key);
  if ('path' in address) {
    moved.hostname = 'localhost';
    moved.port = '';
    moved.searchParams.set('host', path.dirname(address.path));
    moved.searchParams.set('port', path.extname(address.path).slice(1));
  } else {
    moved.host = `${address.host}:${address.port}`;
  }
  return moved.href;
}

function redisAt(url: URL, address: Address): string {
  if ('path' in address) return `unix://${address.path}`;
  if (url.protocol === 'unix:') return `redis://${address.host}:${address.port}`;
  const moved = new URL(url);
  moved.host = `${address.host}:${address.port}`;
  return moved.href;
}
