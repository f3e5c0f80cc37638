import { Writable } from 'node:stream';
import pino from 'pino';
import { ulid } from 'ulid';
import type { User } from '../../contract/index.ts';
import { auditRoutes, createAudit } from '../audit/index.ts';
import { readConfig, type HubConfig } from '../config.ts';
import { createAuth, hashPassword, SESSION_COOKIE } from '../core/auth/index.ts';
import { buildHttp } from '../core/http/index.ts';
import type { LogEvent } from '../core/log/event.ts';
import { temporaryStore } from '../core/testing/store.ts';
import { createDevices, devicesRoutes } from '../devices/index.ts';
import { createPeople, peopleRoutes } from '../people/index.ts';
import { createSites, sitesRoutes } from '../sites/index.ts';
import { createWalls, wallsRoutes } from '../walls/index.ts';

export const PASSWORD = 'correct horse battery';
/** The moment at which test hubs start, epoch ms. */
export const START = 1_790_000_000_000;

interface CallOptions { cookie?: string; token?: string; body?: unknown; headers?: Record<string, string>; ip?: string }

export type TestHub = Awaited<ReturnType<typeof startHub>>;

/** People, places and devices over real SQLite and real HTTP handling, with a clock that stands until it is moved. */
export async function startHub(config: Partial<HubConfig> = {}) {
  const { store, dispose } = await temporaryStore();
  let now = START;
  const clock = () => now;
  const logged: string[] = [];
  const logger = pino({ level: 'trace' }, new Writable({ write(chunk: Buffer, _encoding, done) { logged.push(chunk.toString()); done(); } }));
  const settings: HubConfig = { ...readConfig({ OTKLIK_WEB_DIR: '/nonexistent' }), ...config };

  const auth = createAuth({ store, clock, config: settings });
  const audit = createAudit({ store, clock });
  const sites = createSites({ store, clock, audit });
  const devices = createDevices({ store, clock, auth, audit, sites, log: logger });
  const people = createPeople({ store, clock, auth, audit, sites });
  const walls = createWalls({ store, clock, auth, audit, sites });
  const app = await buildHttp({ config: settings, logger, clock });
  peopleRoutes(app, { store, auth, people, clock });
  sitesRoutes(app, { auth, sites });
  devicesRoutes(app, { store, auth, devices, clock });
  wallsRoutes(app, { store, auth, walls, clock });
  auditRoutes(app, { auth, audit });

  const committed: LogEvent[] = [];
  store.onCommitted((events) => committed.push(...events));
  let passwordHash: Promise<string> | undefined;

  async function call(method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', url: string, { cookie, token, body, headers = {}, ip }: CallOptions = {}) {
    const response = await app.inject({
      method, url, ...(ip === undefined ? {} : { remoteAddress: ip }),
      headers: {
        host: 'hub.test', ...(cookie === undefined ? {} : { cookie, origin: 'http://hub.test' }), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const isJson = /json/.test(String(response.headers['content-type'] ?? ''));
    return { status: response.statusCode, headers: response.headers, text: response.body, body: (isJson && response.body !== '' ? response.json() : {}) as Record<string, never> & { code?: string } };
  }

  return {
    app, store, auth, audit, sites, devices, people, walls, clock, logged, committed, call,
    advance(ms: number): void { now += ms; },
    /** A new user with `PASSWORD`, and the cookie of a session of theirs. */
    async person(role: User['role'], seen: string[] | null = null): Promise<{ user: User; cookie: string }> {
      passwordHash ??= hashPassword(PASSWORD);
      const id = ulid().toLowerCase();
      const user: User = { id, email: `${id}@example.org`, name: `${role} ${id.slice(-4)}`, role, locale: 'en', sites: seen, disabled: false };
      const hash = await passwordHash;
      const token = await store.transaction(async (tx) => {
        await auth.repository.insertUser(tx.db, { ...user, passwordHash: hash, createdAt: now });
        return auth.startSession(tx, user);
      });
      return { user, cookie: `${SESSION_COOKIE}=${token}` };
    },
    async close(): Promise<void> {
      await devices.stop();
      await app.close();
      await dispose();
    },
  };
}
