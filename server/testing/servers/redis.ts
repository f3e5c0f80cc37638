import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { freePort } from '../free-port.ts';
import { addressOf } from './address.ts';
import { serverFolder, serverUser, startGuarded, whenReady, type Guarded, type User } from './guarded.ts';
import { serverPrograms } from './programs.ts';
import type { TestServer } from './server.ts';

export interface RedisOptions {
  /** Listens on a free port of 127.0.0.1, with a random password. */
  tcp?: boolean;
}

/** A Redis of our own in a temporary folder. It keeps nothing: after `kill` or `restart` it is empty. */
export async function startRedis(options: RedisOptions = {}): Promise<TestServer> {
  const server = new RedisServer(options.tcp ? await freePort() : undefined);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

class RedisServer implements TestServer {
  readonly folder: string;
  readonly url: string;
  #user: User = serverUser();
  #args: string[];
  #process: Guarded | undefined;

  constructor(port: number | undefined) {
    this.folder = serverFolder('redis', this.#user);
    const socket = path.join(this.folder, 'redis.sock');
    const password = randomBytes(18).toString('base64url');
    this.url = port === undefined ? `unix://${socket}` : `redis://:${password}@127.0.0.1:${port}`;
    this.#args = [
      ...(port === undefined ? ['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700'] : ['--port', String(port), '--bind', '127.0.0.1', '--requirepass', password]),
      '--dir', this.folder, '--save', '', '--appendonly', 'no', '--daemonize', 'no',
    ];
  }

  get pid(): number | undefined {
    return this.#process?.running() ? this.#process.pid : undefined;
  }

  async start(): Promise<void> {
    if (this.pid !== undefined) return;
    this.#process = await startGuarded({ command: serverPrograms().redisServer, args: this.#args, folder: this.folder, user: this.#user, endSignal: 'SIGKILL' });
    await whenReady(this.#process, this.folder, () => answers(this.url));
  }

  async kill(): Promise<void> {
    await this.#process?.end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.#process?.end('SIGTERM');
    await this.start();
  }

  async stop(): Promise<void> {
    await this.kill();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Whether it answers PING, be it only by asking for the password. */
function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(addressOf(url));
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (data) => { resolve(/^(\+PONG|-NOAUTH)/.test(data.toString())); socket.destroy(); });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}
