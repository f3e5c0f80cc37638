import { Writable } from 'node:stream';
import pino from 'pino';
import { ulid } from 'ulid';
import type { User } from '../../contract/index.ts';
import { alertsRoutes, createAlertsRepository, createRuleStore, ruleRoutes } from '../alerts/index.ts';
import { auditRoutes, createAudit, type Audit } from '../audit/index.ts';
import { readConfig, type HubConfig } from '../config.ts';
import { createAuth, createBusRevocations, hashPassword, SESSION_COOKIE } from '../core/auth/index.ts';
import { createLocalBus, type Bus } from '../core/bus/bus.ts';
import { buildHttp, loggable, withIdempotency } from '../core/http/index.ts';
import type { LogEvent } from '../core/log/event.ts';
import type { LogStore, Transaction } from '../core/store/store.ts';
import { temporaryStore } from '../core/testing/store.ts';
import { createDevices, devicesRoutes } from '../devices/index.ts';
import { createDuty, dutyRoutes } from '../duty/index.ts';
import { createNotifications, noticePorts, notificationsRoutes, webhookRoutes } from '../notifications/index.ts';
import { createMetrics } from '../metrics/index.ts';
import { createPeople, peopleRoutes } from '../people/index.ts';
import { reportsRoutes } from '../reports/index.ts';
import { createSites, sitesRoutes } from '../sites/index.ts';
import { createWalls, wallsRoutes } from '../walls/index.ts';
import { linkedBuses, type LinkedBuses } from './linked-buses.ts';

export const PASSWORD = 'correct horse battery';
/** The moment at which test hubs start, epoch ms. */
export const START = 1_790_000_000_000;

interface CallOptions { cookie?: string; token?: string; body?: unknown; headers?: Record<string, string>; ip?: string }

export type TestHub = Awaited<ReturnType<typeof startHub>>;

/** A clock that stands until it is moved. */
interface TestClock { now: number }

/** People, places, devices and alerts over a real store and real HTTP handling, with a clock that stands until it is moved. */
export async function startHub(config: Partial<HubConfig> = {}) {
  const { store, dispose } = await temporaryStore();
  return hubOn({ store, dispose, time: { now: START }, bus: createLocalBus(), config });
}

/** Several such hubs over one store and one clock. `close` ends them all and removes the store. */
export async function startHubs(count: number, config: Partial<HubConfig> = {}): Promise<{ hubs: TestHub[]; links: LinkedBuses; close(): Promise<void> }> {
  const { store, dispose } = await temporaryStore();
  const links = linkedBuses(count);
  const time = { now: START };
  const hubs: TestHub[] = [];
  for (const bus of links.buses) hubs.push(await hubOn({ store, dispose: async () => undefined, time, bus, config }));
  return {
    hubs, links,
    async close() {
      for (const hub of hubs) await hub.close();
      await dispose();
    },
  };
}

const scoped = new WeakSet<Transaction>();
const watched = new WeakSet<LogStore>();

/** Remembers which transactions have a scope, so that a journal entry in one of them fails its test on any store. */
function watchScopes(store: LogStore): void {
  if (watched.has(store)) return;
  watched.add(store);
  const transaction = store.transaction.bind(store);
  store.transaction = (work, scope) => transaction((tx) => {
    if (scope !== undefined) scoped.add(tx);
    return work(tx);
  }, scope);
}

/** The journal, which is numbered by its newest entry: see `Audit.record`. */
function watchedAudit(audit: Audit): Audit {
  return {
    list: audit.list,
    async record(tx, ...entry) {
      if (scoped.has(tx)) throw new Error('an entry of the journal was recorded in a transaction with a scope');
      await audit.record(tx, ...entry);
    },
  };
}

async function hubOn({ store, dispose, time, bus, config }: { store: LogStore; dispose(): Promise<void>; time: TestClock; bus: Bus; config: Partial<HubConfig> }) {
  const clock = () => time.now;
  const logged: string[] = [];
  const logger = pino({ level: 'trace' }, new Writable({ write(chunk: Buffer, _encoding, done) { logged.push(chunk.toString()); done(); } }));
  const settings: HubConfig = { ...readConfig({ OTKLIK_WEB_DIR: '/nonexistent' }), ...config };

  const auth = createAuth({ store, clock, config: settings, revocations: createBusRevocations(bus) });
  watchScopes(store);
  const audit = watchedAudit(createAudit({ store, clock }));
  const sites = createSites({ store, clock, audit, notices: bus });
  const devices = createDevices({ store, clock, auth, audit, sites, log: logger });
  const people = createPeople({ store, clock, auth, audit, sites });
  const walls = createWalls({ store, clock, auth, audit, sites });
  const duty = createDuty({ store, clock, audit, auth, sites, log: logger });
  const app = await buildHttp({ config: settings, logger, clock });
  peopleRoutes(app, { store, auth, people, clock });
  sitesRoutes(app, { auth, sites });
  devicesRoutes(app, { store, auth, devices, clock });
  dutyRoutes(app, { auth, duty });
  wallsRoutes(app, { store, auth, walls, clock });
  auditRoutes(app, { auth, audit });
  const alerts = createAlertsRepository(store);
  alertsRoutes(app, {
    store, clock, auth, audit, idempotency: withIdempotency(store, clock), repository: alerts,
    siteExists: async (id) => await sites.get(id) !== undefined,
    onDutyAt: duty.onDutyAt, endOfShift: duty.endOfShift,
  });
  ruleRoutes(app, { store, clock, auth, audit, repository: alerts, rules: createRuleStore(store), metrics: createMetrics(store), site: sites.get, changed: sites.siteChanged });
  reportsRoutes(app, { store, auth, sites, duty, alerts, rules: createRuleStore(store) });

  const notifications = createNotifications({
    store, clock, config: settings, log: logger, onError: (error, where) => logger.error({ err: loggable(error), where }, 'something failed in the background'),
    ports: noticePorts({ store, alerts, sites, duty, deviceName: async (device) => (await devices.find(device))?.name ?? null }),
  });
  duty.setReach(notifications.reachOf);
  notificationsRoutes(app, { store, auth, clock, notifications });
  webhookRoutes(app, { store, auth, audit, clock, notifications, privateWebhooks: settings.privateWebhooks, siteExists: async (db, site) => await sites.getIn(db, site) !== undefined });

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
    app, store, bus, auth, audit, sites, devices, duty, people, walls, alerts, notifications, clock, logged, committed, call,
    advance(ms: number): void { time.now += ms; },
    /** A new user with `PASSWORD`, and the cookie of a session of theirs. */
    async person(role: User['role'], seen: string[] | null = null): Promise<{ user: User; cookie: string }> {
      passwordHash ??= hashPassword(PASSWORD);
      const id = ulid().toLowerCase();
      const user: User = { id, email: `${id}@example.org`, name: `${role} ${id.slice(-4)}`, role, locale: 'en', sites: seen, disabled: false };
      const hash = await passwordHash;
      const token = await store.transaction(async (tx) => {
        await auth.repository.insertUser(tx.db, { ...user, passwordHash: hash, createdAt: time.now });
        return auth.startSession(tx, user);
      });
      return { user, cookie: `${SESSION_COOKIE}=${token}` };
    },
    async close(): Promise<void> {
      await notifications.stop();
      await devices.stop();
      await duty.stop();
      await app.close();
      await dispose();
    },
  };
}
