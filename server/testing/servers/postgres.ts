import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from '../free-port.ts';
import { urlAt } from './address.ts';
import { serverFolder, serverUser, startGuarded, whenReady, type Guarded, type User } from './guarded.ts';
import { childrenOf, signal, whenGone } from './processes.ts';
import { serverPrograms } from './programs.ts';
import type { TestServer } from './server.ts';

export interface PostgresOptions {
  /** Writes as safely as in production (fsync and all); else as fast as it can, and a crash of the machine may lose data. */
  durable?: boolean;
  /** Listens on a free port of 127.0.0.1, with a random password. */
  tcp?: boolean;
  /** More settings of postgresql.conf. */
  settings?: Record<string, string>;
}

const USER = 'otklik';
/** Names the unix socket; nobody listens on this port. */
const SOCKET_PORT = 5432;
const SETTINGS = { shared_buffers: '32MB', max_connections: '200', max_wal_size: '256MB', log_min_messages: 'warning', log_line_prefix: '%m [%p] %d ' };
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * A PostgreSQL of our own in a temporary folder. Its `url` is of its database `postgres`, for a
 * superuser; `database(url)` makes one to work in.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestServer> {
  const server = new PostgresServer(options, options.tcp ? await freePort() : undefined);
  try {
    await server.create();
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

class PostgresServer implements TestServer {
  readonly folder: string;
  readonly url: string;
  #bin = serverPrograms().postgresBin;
  #user: User = serverUser();
  #password = randomBytes(18).toString('base64url');
  #args: string[];
  #process: Guarded | undefined;

  constructor({ durable, settings }: PostgresOptions, port: number | undefined) {
    this.folder = serverFolder('postgres', this.#user);
    const address = port === undefined ? { path: path.join(this.folder, `.s.PGSQL.${SOCKET_PORT}`) } : { host: '127.0.0.1', port };
    this.url = urlAt(`postgres://${USER}${port === undefined ? '' : `:${this.#password}`}@localhost/postgres`, address);
    const all = {
      ...SETTINGS, ...(durable ? {} : FAST), ...settings,
      unix_socket_directories: port === undefined ? this.folder : '', port: String(port ?? SOCKET_PORT), listen_addresses: port === undefined ? '' : '127.0.0.1',
    };
    this.#args = ['-D', path.join(this.folder, 'data'), ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  }

  get pid(): number | undefined {
    return this.#process?.running() ? this.#process.pid : undefined;
  }

  async create(): Promise<void> {
    const passwordFile = path.join(this.folder, 'password');
    fs.writeFileSync(passwordFile, this.#password);
    if (this.#user) fs.chownSync(passwordFile, this.#user.uid, this.#user.gid);
    const args = ['-D', path.join(this.folder, 'data'), '-U', USER, `--pwfile=${passwordFile}`, '--auth-local=trust', '--auth-host=scram-sha-256', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'];
    await promisify(execFile)(path.join(this.#bin, 'initdb'), args, { cwd: this.folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' }, ...this.#user });
    fs.rmSync(passwordFile);
  }

  async start(): Promise<void> {
    if (this.pid !== undefined) return;
    this.#process = await startGuarded({ command: path.join(this.#bin, 'postgres'), args: this.#args, folder: this.folder, user: this.#user, endSignal: 'SIGQUIT' });
    await whenReady(this.#process, this.folder, () => answers(this.url));
  }

  async kill(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    // Stopped first, so that it starts no further process between the look at its children and its end.
    signal(pid, 'SIGSTOP');
    const children = childrenOf(pid);
    const ended = this.#process?.end('SIGKILL');
    for (const child of children) signal(child, 'SIGKILL');
    await ended;
    await whenGone(children);
  }

  async restart(): Promise<void> {
    await this.#process?.end('SIGINT');
    await this.start();
  }

  async stop(): Promise<void> {
    await this.#process?.end('SIGQUIT');
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  // Raised beside the rejection of connect() when the server goes away in between.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
