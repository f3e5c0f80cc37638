import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { ulid } from 'ulid';
import type { ServerMessage, Subscription } from '../../contract/index.ts';
import { PROTOCOL_VERSION } from '../../contract/index.ts';
import { buildHub, type Hub } from '../app.ts';
import { readConfig } from '../config.ts';
import { hubEnvironment } from './servers/shared.ts';

export const ADMIN = { email: 'admin@example.test', password: 'a long enough password' };

export interface TestHub {
  hub: Hub;
  origin: string;
  dataDir: string;
  /** Cookie of the administrator. */
  cookie: string;
  /** A request as a signed-in browser page would make it. */
  api(method: string, path: string, body?: unknown, options?: { cookie?: string | null; headers?: Record<string, string> }): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }>;
  /** Sends events as a device. */
  send(token: string, events: unknown[], headers?: Record<string, string>): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }>;
  /** A site with one touchpoint `till-3` and a button there. */
  shop(): Promise<{ site: string; token: string; device: string }>;
  live(subscriptions: Subscription[], cookie?: string): Promise<LiveClient>;
  close(): Promise<void>;
}

/** @throws when the hub keeps its data elsewhere than its environment says: the tests would say nothing of the store they are meant for. */
export function checkStore(env: Record<string, string>, dataDir: string): void {
  const embedded = fs.existsSync(path.join(dataDir, 'otklik.db'));
  if (embedded === 'DATABASE_URL' in env) throw new Error(`the hub ${embedded ? 'made a file of its own although it was given a database' : 'has neither a file nor a database'}`);
}

/** A real hub on a free port with one administrator, on an empty store of the kind that this run tests, or on the one that `given` names. */
export async function startTestHub(given: Record<string, string> = {}): Promise<TestHub> {
  const { env, remove } = await hubEnvironment(given);
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-hub-'));
  const config = readConfig({ OTKLIK_DATA_DIR: dataDir, OTKLIK_HOST: '127.0.0.1', OTKLIK_PORT: '0', OTKLIK_VISION: 'off', OTKLIK_ADMIN_EMAIL: ADMIN.email, OTKLIK_ADMIN_PASSWORD: ADMIN.password, ...env });
  const hub = await buildHub({ config, logger: { level: 'fatal' } });
  checkStore(env, config.dataDir);
  await hub.http.listen({ host: '127.0.0.1', port: 0 });
  const origin = `http://127.0.0.1:${(hub.http.server.address() as AddressInfo).port}`;

  const call = async (method: string, route: string, body: unknown, headers: Record<string, string>) => {
    const response = await fetch(origin + route, { method, headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text.startsWith('{') ? JSON.parse(text) : { text }) as Record<string, unknown> };
  };
  const signIn = await call('POST', '/api/v1/session', ADMIN, { origin });
  const cookie = signIn.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');

  const api: TestHub['api'] = (method, route, body, options = {}) => call(method, route, body, { origin, ...(options.cookie === null ? {} : { cookie: options.cookie ?? cookie }), ...options.headers });
  let shops = 0;
  return {
    hub, origin, dataDir, cookie, api,
    send: (token, events, headers = {}) => call('POST', '/api/v1/events', { events }, { authorization: `Bearer ${token}`, ...headers }),
    async shop() {
      const site = `shop-${++shops}`;
      await api('POST', '/api/v1/sites', { id: site, name: 'Shop', timezone: 'Europe/Moscow' });
      await api('POST', `/api/v1/sites/${site}/touchpoints`, { id: 'till-3', name: 'Till 3' });
      const made = await api('POST', `/api/v1/sites/${site}/devices`, { kind: 'button', name: 'Button', touchpoint: 'till-3' });
      return { site, token: made.body['token'] as string, device: (made.body['device'] as { id: string }).id };
    },
    live: (subscriptions, own = cookie) => LiveClient.open(origin, own, subscriptions),
    async close() {
      await hub.close();
      fs.rmSync(dataDir, { recursive: true, force: true });
      await remove();
    },
  };
}

/** A press of a face, as a button sends it. */
export const pressOf = (site: string, value = 1, more: Record<string, unknown> = {}) => ({ id: ulid(), type: 'feedback.rated', site, at: Date.now(), body: { value, scale: 4 }, ...more });

/** A plain client of `/ws` that keeps everything it hears. */
export class LiveClient {
  readonly messages: ServerMessage[] = [];
  readonly socket: WebSocket;
  closed: { code: number; reason: string } | undefined;
  #wake = new Set<() => void>();

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => { this.messages.push(JSON.parse(data.toString()) as ServerMessage); this.#tell(); });
    socket.on('close', (code: number, reason: Buffer) => { this.closed = { code, reason: reason.toString() }; this.#tell(); });
    socket.on('error', () => this.#tell());
  }

  static async connect(origin: string, cookie: string, headers: Record<string, string> = {}): Promise<LiveClient> {
    const client = new LiveClient(new WebSocket(`${origin.replace('http', 'ws')}/ws`, { headers: { origin, cookie, ...headers } }));
    await once(client.socket, 'open');
    return client;
  }

  static async open(origin: string, cookie: string, subscriptions: Subscription[]): Promise<LiveClient> {
    const client = await LiveClient.connect(origin, cookie);
    client.say({ t: 'hello', protocol: PROTOCOL_VERSION, subscriptions });
    return client;
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** The first message (heard already or to come) that fits. */
  async until<T extends ServerMessage = ServerMessage>(fits: (message: ServerMessage) => boolean, ms = 5_000): Promise<T> {
    return this.#when(() => this.messages.find(fits) as T | undefined, ms);
  }

  /** The close code. */
  async ended(ms = 8_000): Promise<number> {
    return (await this.#when(() => this.closed, ms)).code;
  }

  /** The first event of this type that arrived in an events or delta frame. */
  async event(type: string, ms = 5_000): Promise<Record<string, unknown>> {
    return this.#when(() => this.messages.flatMap((message) => (message.t === 'events' || message.t === 'delta' ? message.events : [])).find((event) => event.type === type) as unknown as Record<string, unknown> | undefined, ms);
  }

  #tell(): void { for (const wake of [...this.#wake]) wake(); }

  #when<T>(look: () => T | undefined, ms: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#wake.delete(check);
        resolve(found);
      };
      const timer = setTimeout(() => { this.#wake.delete(check); reject(new Error(`not heard within ${ms} ms; heard: ${JSON.stringify(this.messages).slice(0, 2_000)}, closed: ${JSON.stringify(this.closed)}`)); }, ms);
      this.#wake.add(check);
      check();
    });
  }
}
