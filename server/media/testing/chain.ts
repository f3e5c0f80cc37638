import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import type { Socket } from 'socket.io-client';
import { expect, vi } from 'vitest';
import { sharedSpace, type SharedSpace, type TestServer } from '../../testing/servers/index.ts';
import type { MediaTimings } from '../index.ts';
import { admission, connect, startNode, type FakeNode, type TestHub, type TestHubOptions } from './hub.ts';
import { startSharedHub, type SharedHub } from './several-hubs.ts';

type NodeOptions = Parameters<typeof startNode> extends [unknown, ...infer Rest] ? Rest : never;

/** Several hubs on one database and one Redis, with the cameras and nodes of a test; all end with `end`. */
export class Chain {
  readonly space: SharedSpace;
  readonly prefix = `otklik-${randomBytes(4).toString('hex')}`;
  readonly #redis: TestServer;
  readonly #open: (() => unknown)[] = [];

  private constructor(redis: TestServer, space: SharedSpace) {
    this.#redis = redis;
    this.space = space;
  }

  static async start(redis: TestServer): Promise<Chain> {
    await redis.start();
    return new Chain(redis, await sharedSpace());
  }

  /** Calls `end` when the test is over, before what was begun earlier is ended. */
  later(end: () => unknown): void { this.#open.push(end); }

  async end(): Promise<void> {
    for (const end of this.#open.splice(0).reverse()) await end();
    await this.space.remove();
  }

  async hub(options: TestHubOptions = {}, databaseUrl = this.space.databaseUrl, prefix = this.prefix): Promise<SharedHub> {
    const hub = await startSharedHub(databaseUrl, { url: this.#redis.url, prefix }, options);
    this.later(() => hub.close());
    return hub;
  }

  /** Two hubs that hear each other. */
  async twoHubs(): Promise<[SharedHub, SharedHub]> {
    const hubs: [SharedHub, SharedHub] = [await this.hub(), await this.hub()];
    await vi.waitFor(() => expect(hubs.map(({ adapter }) => adapter.live)).toEqual([true, true]), { timeout: 5_000 });
    return hubs;
  }

  /** A hub that can be killed. */
  async hubProcess(timings: Partial<MediaTimings>): Promise<{ url: string; process: ChildProcess; startedAt: number }> {
    const script = path.join(import.meta.dirname, 'hub-process.ts');
    const child = spawn(process.execPath, [script, this.space.databaseUrl, this.#redis.url, this.prefix, JSON.stringify(timings)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.later(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    const [line] = await once(child.stdout, 'data') as [Buffer];
    return { url: line.toString().trim(), process: child, startedAt: performance.now() };
  }

  async camera(at: TestHub, token = 'token-camera-one'): Promise<Socket> {
    const socket = connect(at, token, 'camera');
    this.later(() => socket.disconnect());
    expect(await admission(socket)).toBeUndefined();
    return socket;
  }

  async node(at: Pick<TestHub, 'url'>, ...options: NodeOptions): Promise<FakeNode> {
    const node = await startNode(at, ...options);
    this.later(() => node.socket.disconnect());
    return node;
  }
}

export const ending = (socket: Socket): Promise<string> => new Promise((resolve) => socket.once('disconnect', resolve));
export const restart = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('camera:restart', () => resolve()));
