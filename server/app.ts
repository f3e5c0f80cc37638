import { randomBytes } from 'node:crypto';
import { Type } from 'typebox';
import type { FastifyBaseLogger, FastifyServerOptions } from 'fastify';
import { withheldSample } from '../contract/index.ts';
import type { HubConfig } from './config.ts';
import { alertsReactor, alertsRoutes, createAlertsRepository, createAlertTimers, createRuleStore, ruleRoutes } from './alerts/index.ts';
import { auditRoutes, createAudit } from './audit/index.ts';
import { camerasRoutes, createCameras, visionRoutes } from './cameras/index.ts';
import { createAuth, createBusRevocations } from './core/auth/index.ts';
import { createLocalBus, type Bus } from './core/bus/bus.ts';
import { followStoreClock, systemClock, type Clock, type SharedClock } from './core/clock.ts';
import { Fanout } from './core/fanout/fanout.ts';
import { buildHttp, isAllowedOrigin, loggable, serveWeb, withIdempotency, type HttpApp } from './core/http/index.ts';
import { createLog, type Log } from './core/log/log.ts';
import { ReactorRunner } from './core/log/reactor.ts';
import { createMetrics, scrape } from './core/metrics.ts';
import { openStore } from './core/store/open.ts';
import type { Store } from './core/store/store.ts';
import { createDevices, devicesRoutes } from './devices/index.ts';
import { createDuty, dutyRoutes } from './duty/index.ts';
import { createEmotions, emotionsRoutes } from './emotions/index.ts';
import { createFiles, filesRoutes } from './files/index.ts';
import { ingestRoutes } from './ingest/index.ts';
import { liveRoutes, refuseUpgrade, registerViews } from './live/index.ts';
import { createMedia, createMediaAdapter, mediaRoutes } from './media/index.ts';
import { createNotifications, noticePorts, notificationsRoutes, webhookRoutes } from './notifications/index.ts';
import { createMetrics as createRollups } from './metrics/index.ts';
import { createPeople, peopleRoutes } from './people/index.ts';
import { createPlans, plansRoutes } from './plans/index.ts';
import { reportsRoutes } from './reports/index.ts';
import { createSites, sitesRoutes } from './sites/index.ts';
import { createBroker, trafficRoutes, type Broker } from './traffic/index.ts';
import { createWalls, wallsRoutes } from './walls/index.ts';

export interface Hub {
  http: HttpApp;
  /** The first administrator's one-time token, when nobody can sign in yet. For the operator's eyes only. */
  setupToken: string | undefined;
  /** Every site's log, for programs that embed a hub. */
  log: Log;
  /** A token for the embedded vision node. */
  visionToken: string;
  /** Stops taking requests, tells live clients to reconnect, finishes what is under way, closes the store. */
  close(): Promise<void>;
}

export interface HubOptions {
  config: HubConfig;
  logger: FastifyBaseLogger | Exclude<FastifyServerOptions['logger'], undefined>;
  /** This machine's clock. Where hubs share a store, the store's clock corrects it. */
  clock?: Clock;
}

/** Puts a hub together; it listens only when `http.listen` is called. @throws when the store cannot be opened. */
export async function buildHub({ config, logger, clock: machineClock = systemClock }: HubOptions): Promise<Hub> {
  const [store, http] = await Promise.all([openStore(config), buildHttp({ config, logger, clock: machineClock })]);
  const id = randomBytes(6).toString('hex');
  const metrics = createMetrics();
  const onError = (error: unknown, where: string): void => { http.log.error({ err: loggable(error), where }, 'something failed in the background'); };

  const time = await sharedClock(store, machineClock, http.log);
  const { clock } = time;
  const log = createLog(store);
  const bus = await openBus(config, id, onError);
  bus.onChange((live) => {
    if (live) http.log.info('other hubs are heard again');
    else http.log.warn('other hubs are not heard: their events are read from the log every quarter of a second; nothing is lost. Look after Redis.');
  });
  const fanout = new Fanout({ log, bus, clock, shared: store.shared, onError });
  log.onCommitted((events) => bus.publishEvents(events));

  const audit = createAudit({ store, clock });
  const auth = createAuth({ store, clock, config, revocations: createBusRevocations(bus) });
  const sites = createSites({ store, clock, audit, notices: bus });
  const people = createPeople({ store, clock, auth, audit, sites });
  const walls = createWalls({ store, clock, auth, audit, sites });
  const devices = createDevices({ store, clock, auth, audit, sites, log: http.log });
  const cameras = createCameras({ store, clock, audit, bus, log: http.log, config, devices, sites });
  const files = createFiles({ store, clock, dataDir: config.dataDir, days: config.filesDays, onError });
  const plans = createPlans({ store, clock, audit, sites, files });
  const duty = createDuty({ store, clock, audit, auth, sites, log: http.log });
  const alerts = createAlertsRepository(store);
  const alertTimers = createAlertTimers({ store, clock, repository: alerts, onError });
  const notifications = createNotifications({
    store, clock, config, log: http.log, onError,
    ports: noticePorts({ store, alerts, sites, duty, deviceName: async (device) => (await devices.find(device))?.name ?? null }),
  });
  duty.setReach(notifications.reachOf);
  const idempotency = withIdempotency(store, clock);
  const rules = createRuleStore(store);
  const rollups = createRollups(store);
  const emotions = createEmotions({ store, clock, devices, sites, cameras, metrics: rollups });
  const watch = alertsReactor({ areaPlaces: emotions.areaPlaces, store, clock, repository: alerts, rules, metrics: rollups, site: sites.get, devices: devices.liveOf, onError });
  sites.onSiteChanged(watch.forget);
  const reactors = new ReactorRunner({ store, log, onError, reactors: [watch, cameras.reactor, emotions.reactor, notifications.reactor] });

  const siteExists = async (id: string): Promise<boolean> => await sites.get(id) !== undefined;
  const camera = async (id: string) => {
    const device = await devices.find(id);
    return device?.kind === 'camera' ? { id: device.id, site: device.site, name: device.name, touchpoint: device.touchpoint } : null;
  };
  const link = config.redisUrl === null ? undefined : await createMediaAdapter(config.redisUrl, config.redisPrefix, http.log);
  const media = await createMedia({
    store, clock, log: http.log, hub: id, ...(link ? { adapter: link.adapter } : {}),
    authenticateDevice: (token) => devices.authenticate(token),
    findCamera: camera,
    camerasOf: async (site) => (await devices.liveOf(site)).filter(({ kind }) => kind === 'camera').map(({ id, name, touchpoint }) => ({ id, site, name, touchpoint })),
    workOf: cameras.workOf,
    isAllowedOrigin: (request) => isAllowedOrigin(request, config),
    onRevoked: (listener) => auth.revocations.subscribe(({ subject, id }) => { if (subject === 'device') listener(id); }),
    onSamples: (samples) => bus.publishSamples(samples.map(withheldSample)),
    onNodeStatus: (node, status) => {
      metrics.visionFps.set({ node }, status.fps);
      metrics.visionLag.set({ node, quantile: '0.5' }, status.lagP50Ms / 1000);
      metrics.visionLag.set({ node, quantile: '0.95' }, status.lagP95Ms / 1000);
      metrics.visionCameras.set({ node }, status.cameras);
      if (status.load !== undefined) metrics.visionLoad.set({ node }, status.load);
      if (status.rate !== undefined) metrics.visionRate.set({ node }, status.rate);
    },
    onNodeGone: (node) => { for (const gauge of [metrics.visionFps, metrics.visionCameras, metrics.visionLoad, metrics.visionRate]) gauge.remove({ node }); },
  });

  cameras.onChanged(() => media.hintSync());

  registerViews(fanout, {
    log,
    site: async (id) => {
      const site = await sites.get(id);
      if (!site) throw new Error(`there is no site ${id}`);
      const names = await sites.touchpointNames(id);
      const zoneOf = new Map(site.touchpoints.map(({ id: touchpoint, zone }) => [touchpoint, zone]));
      return { ...site, touchpoints: [...names].map(([touchpoint, { name }]) => ({ id: touchpoint, name, zone: zoneOf.get(touchpoint) ?? null })) };
    },
    devices: async (site) => (await devices.liveOf(site)).map((device) => ({ ...device, since: device.lastSeen })),
    alertsAt: alerts.liveSince,
    cameras: media.cameraStates,
    duty: duty.ofSite,
  });
  sites.onSiteChanged((site) => { fanout.refreshSite(site).catch((error: unknown) => onError(error, `refresh of ${site}`)); });

  const broker = createBroker({ url: config.mqttUrl, store, log, clock, hub: id, logger: http.log, find: devices.find, touch: devices.touch });
  healthRoutes(http, { store, bus, broker });
  http.get('/metrics', { schema: { hide: true }, logLevel: 'warn' }, async (_request, reply) => {
    reply.header('content-type', metrics.registry.contentType);
    return scrape(metrics, () => {
      metrics.connections.set(fanout.connections.size);
      metrics.queueBytes.set(fanout.queuedBytes());
      metrics.slowCloses.set(fanout.counters.slowCloses);
      metrics.busLive.set(bus.live ? 1 : 0);
      metrics.clockOffset.set(time.offset / 1000);
      for (const by of ['delta', 'snapshot'] as const) metrics.resumes.set({ by }, fanout.counters.resumes[by]);
    });
  });

  peopleRoutes(http, { store, auth, people, clock });
  sitesRoutes(http, { auth, sites });
  devicesRoutes(http, { store, auth, devices, clock });
  dutyRoutes(http, { auth, duty });
  reportsRoutes(http, { store, auth, sites, duty, alerts, rules });
  emotionsRoutes(http, { store, auth, clock, ...emotions });
  wallsRoutes(http, { store, auth, walls, clock });
  auditRoutes(http, { auth, audit });
  notificationsRoutes(http, { store, auth, clock, notifications });
  webhookRoutes(http, { store, auth, audit, clock, notifications, privateWebhooks: config.privateWebhooks, siteExists: async (db, site) => await sites.getIn(db, site) !== undefined });
  alertsRoutes(http, {
    store, clock, auth, audit, idempotency, repository: alerts, siteExists,
    onDutyAt: duty.onDutyAt, endOfShift: duty.endOfShift,
  });
  ruleRoutes(http, { store, clock, auth, audit, repository: alerts, rules, metrics: rollups, site: sites.get, changed: sites.siteChanged });
  await trafficRoutes(http, { store, auth, audit, clock, metrics: rollups, log, site: sites.get, find: devices.find, broker: broker.status });
  ingestRoutes(http, {
    auth, store, log, clock, metrics, eventsPerSecond: config.deviceEventsPerSecond,
    clockOffset: (device, sentAt, receivedAt) => {
      if (sentAt !== undefined) devices.recordClock(device, sentAt, receivedAt);
      return devices.clockOffset(device);
    },
    touch: devices.touch,
    siteExists,
    hasTouchpoint: async (site, touchpoint) => (await sites.get(site))?.touchpoints.some(({ id }) => id === touchpoint) ?? false,
    cameraPlace: camera,
  });
  await filesRoutes(http, { store, clock, auth, files });
  await plansRoutes(http, { auth, plans });
  camerasRoutes(http, { store, clock, auth, ...cameras });
  visionRoutes(http, { auth, ...cameras });
  await mediaRoutes(http, { store, media, clock, auth });
  const upgradeLive = await liveRoutes(http, {
    fanout, auth, clock, hub: id, onError, siteExists, 
    // Hubs that share a database and have no Redis hear nothing of each other.
    busLive: () => bus.live && (config.redisUrl !== null || !store.shared),
    isAllowedOrigin: (request) => isAllowedOrigin(request, config),
  });
  await serveWeb(http, config);

  // The only upgrade listener: two libraries listening on one server break each other.
  http.server.on('upgrade', (request, socket, head) => {
    const route = request.url?.split('?')[0];
    if (route === '/ws') upgradeLive(request, socket, head);
    else if (media.accepts(request)) media.handleUpgrade(request, socket, head);
    else refuseUpgrade(socket, '404 Not Found');
  });

  const { setupToken } = await auth.ensureFirstAdministrator();
  const { token: visionToken } = await devices.ensureVisionDevice(config.visionToken);
  await reactors.start();
  alertTimers.start();
  devices.start();
  duty.start();
  notifications.start();
  broker.start();
  files.start();
  let closing: Promise<void> | undefined;
  return {
    http, log, setupToken, visionToken,
    close: () => (closing ??= (async () => {
      await closeHttp(http);
      await broker.stop();
      await media.close();
      cameras.stop();
      await link?.close();
      await devices.stop();
      await duty.stop();
      await files.stop();
      await alertTimers.stop();
      await reactors.stop();
      await notifications.stop();
      time.stop();
      await bus.close();
      await store.close();
    })()),
  };
}

/** How often connections are looked through while the server closes. */
const IDLE_SWEEP_MS = 50;

/** Finishes the requests under way. A kept-alive connection that was busy when closing began would hold it up for ever. */
async function closeHttp(http: HttpApp): Promise<void> {
  const sweep = setInterval(() => http.server.closeIdleConnections(), IDLE_SWEEP_MS);
  try {
    await http.close();
  } finally {
    clearInterval(sweep);
  }
}

/** The time that this hub goes by: the store's where hubs share one, else this machine's. */
async function sharedClock(store: Store, machine: Clock, log: FastifyBaseLogger): Promise<SharedClock> {
  if (!store.shared) return { clock: machine, offset: 0, stop: () => undefined };
  return followStoreClock(store, machine, (offset) => log.warn({ offsetMs: offset }, 'this machine\'s clock differs from the database\'s, whose time counts: set it right'));
}

/** Redis' client is loaded only where it is used. */
async function openBus({ redisUrl, redisPrefix }: HubConfig, hub: string, onError: (error: unknown, where: string) => void): Promise<Bus> {
  if (redisUrl === null) return createLocalBus();
  const { createRedisBus } = await import('./core/bus/redis-bus.ts');
  return createRedisBus({ url: redisUrl, prefix: redisPrefix, hub, onError });
}

/** A hub that does not hear the others, or no broker of counters, still serves: `bus` and `mqtt` are told and do not count. */
function healthRoutes(http: HttpApp, { store, bus, broker }: { store: Store; bus: Bus; broker: Broker }): void {
  const Parts = Type.Record(Type.String(), Type.Boolean());
  http.get('/healthz', { schema: { summary: 'The process runs', tags: ['health'], response: { 200: Type.Object({ ok: Type.Boolean() }) } }, logLevel: 'warn' }, async () => ({ ok: true }));
  http.get('/readyz', {
    schema: { summary: 'The store can be used', description: '`bus` says whether other hubs are heard at once; without it they are heard through the store, so it does not count. `mqtt`, where a broker of counters is set: whether this hub or another listens to it; does not count either.', tags: ['health'], response: { 200: Parts, 503: Parts } }, logLevel: 'warn',
  }, async (_request, reply) => {
    const ready = await store.ready();
    const { state } = broker.status();
    return reply.code(ready ? 200 : 503).send({ store: ready, log: ready, bus: bus.live, ...(state === 'off' ? {} : { mqtt: state !== 'connecting' }) });
  });
}
