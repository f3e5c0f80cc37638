import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HUB_FLAGS } from '../start-flags.ts';
import { freePort } from './free-port.ts';
import { hubEnvironment } from './servers/shared.ts';
import { ADMIN, checkStore } from './whole-hub.ts';

export { freePort };

/** A hub as a process of its own, which can be killed and started again on the same data. */
export class HubProcess {
  readonly port: number;
  readonly origin: string;
  readonly dataDir: string;
  output = '';
  child: ChildProcess | undefined;
  #env: Record<string, string>;
  #removeStore: () => Promise<void>;

  private constructor(port: number, { env, remove }: Awaited<ReturnType<typeof hubEnvironment>>) {
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-process-'));
    this.#env = env;
    this.#removeStore = remove;
  }

  static async create(env: Record<string, string> = {}): Promise<HubProcess> {
    return new HubProcess(await freePort(), await hubEnvironment(env));
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [...HUB_FLAGS, path.join(import.meta.dirname, '..', 'main.ts')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, OTKLIK_HOST: '127.0.0.1', OTKLIK_PORT: String(this.port), OTKLIK_DATA_DIR: this.dataDir, OTKLIK_VISION: 'off', OTKLIK_ADMIN_EMAIL: ADMIN.email, OTKLIK_ADMIN_PASSWORD: ADMIN.password, OTKLIK_DEVICE_EVENTS_PER_SECOND: '1000000', ...this.#env },
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { this.output += data.toString(); });
    this.child = child;
    for (const until = Date.now() + 60_000; Date.now() < until; await delay(30)) {
      if (child.exitCode !== null) throw new Error(`the hub ended: ${this.output.slice(-2_000)}`);
      if (await fetch(`${this.origin}/readyz`).then(({ ok }) => ok, () => false)) return checkStore(this.#env, this.dataDir);
    }
    throw new Error(`the hub was not ready: ${this.output.slice(-2_000)}`);
  }

  /** Ends it with a signal; resolves to its exit code, null when the signal itself ended it. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill(signal);
    return (await exited)[0] as number | null;
  }

  async signIn(): Promise<string> {
    const response = await fetch(`${this.origin}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', origin: this.origin }, body: JSON.stringify(ADMIN) });
    return response.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
  }

  async api(cookie: string, method: string, route: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(this.origin + route, { method, headers: { origin: this.origin, cookie, ...(body ? { 'content-type': 'application/json' } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}) });
    return await response.json() as Record<string, unknown>;
  }

  async dispose(): Promise<void> {
    await this.end('SIGKILL');
    // A vision node inside of it outlives its hub for a moment, in which it still writes.
    await fs.promises.rm(this.dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    await this.#removeStore();
  }
}
