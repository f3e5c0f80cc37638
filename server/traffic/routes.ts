import { Type } from 'typebox';
import type { FastifyRequest } from 'fastify';
import { BrokerStatus, Id, LIMITS, MINUTE, Problem, TrafficHealth, TrafficImported, type Site } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import { personOf, type Auth } from '../core/auth/index.ts';
import { ApiError, invalid, notFound, type HttpApp } from '../core/http/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Store } from '../core/store/store.ts';
import type { Metrics } from '../metrics/index.ts';
import { CsvError, readCounts } from './csv.ts';
import { daysOf, healthOf, type MinuteCount } from './health.ts';
import { importRows, type ImportDeps } from './intake.ts';

export interface TrafficRoutesDeps extends ImportDeps {
  store: Store; auth: Auth; audit: Audit; clock: Clock; metrics: Pick<Metrics, 'measures'>;
  site(id: string): Promise<Site | undefined>;
  broker(): BrokerStatus;
}

const tags = ['traffic'];
const security = [{ session: [] as string[] }];
const Params = Type.Object({ site: Id });
const PROBLEMS_MOST = 100;
const siteOf = (request: FastifyRequest): string => (request.params as { site: string }).site;

/** Counts as tables in, and how well counters agree with themselves. */
export async function trafficRoutes(app: HttpApp, deps: TrafficRoutesDeps): Promise<void> {
  const known = async (id: string): Promise<Site> => {
    const site = await deps.site(id);
    if (!site) throw notFound('site');
    return site;
  };

  await app.register(async (child) => {
    const scope: HttpApp = child;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('text/csv', { parseAs: 'string', bodyLimit: LIMITS.csvBytes }, (_request, body, done) => done(null, body));
    scope.post('/api/v1/sites/:site/traffic/import', {
      onRequest: deps.auth.requirePermission('devices.manage', siteOf),
      bodyLimit: LIMITS.csvBytes,
      schema: {
        tags, summary: 'Import counts', security, params: Params, consumes: ['text/csv'],
        description: 'A heading with `device` or `touchpoint`, `time`, `in` and `out`, then a row for each count. `time` is ISO 8601 with its offset or a local time of the site. A row that was imported before counts once; a row that cannot be used is named and does not hold up the others.',
        response: { 200: TrafficImported, 401: Problem, 403: Problem, 404: Problem, 413: Problem, 415: Problem, 422: Problem, 503: Problem },
      },
    }, async (request) => {
      const site = await known(siteOf(request));
      const { rows, refused } = read(request.body, site.timezone);
      const outcome = await importRows(deps, site, rows);
      const problems = [...refused, ...outcome.refused].sort((a, b) => a.line - b.line);
      const { taken, repeated } = outcome;
      await deps.store.transaction(async (tx) => { await deps.audit.record(tx, personOf(request), 'traffic.imported', `site:${site.id}`, { taken, repeated, refused: problems.length }); });
      return { taken, repeated, refused: problems.length, problems: problems.slice(0, PROBLEMS_MOST) };
    });
  });

  app.get('/api/v1/sites/:site/traffic/health', {
    onRequest: deps.auth.requirePermission('floor.read', siteOf),
    schema: { tags, summary: 'How well the counters agree with themselves', description: 'The last seven days and today, for the site and for each zone that is counted.', security, params: Params, response: { 200: TrafficHealth, 401: Problem, 403: Problem, 404: Problem } },
  }, async (request) => {
    const site = await known(siteOf(request));
    const now = deps.clock();
    const days = daysOf(site.timezone, now);
    const rows = await deps.store.read((db) => deps.metrics.measures(db, site.id, Math.floor(days[0]!.start / MINUTE), Math.ceil(days.at(-1)!.end / MINUTE)));
    const counted = rows.filter((row) => row.in !== 0 || row.out !== 0);
    const zoneOf = new Map(site.touchpoints.map(({ id, zone }) => [id, zone]));
    const zones = site.zones.map(({ id }) => ({ id, minutes: counted.filter(({ touchpoint }) => zoneOf.get(touchpoint) === id) })).filter(({ minutes }) => minutes.length > 0);
    const health = (zone: string | null, minutes: readonly MinuteCount[]) => healthOf(zone, minutes, site.timezone, now);
    return { places: [health(null, counted), ...zones.map(({ id, minutes }) => health(id, minutes))] };
  });

  app.get('/api/v1/traffic/broker', {
    onRequest: deps.auth.requirePermission('devices.read'),
    schema: { tags, summary: 'How the MQTT broker of counters is listened to', security, response: { 200: BrokerStatus, 401: Problem, 403: Problem } },
  }, async () => deps.broker());
}

function read(body: unknown, timezone: string): ReturnType<typeof readCounts> {
  if (typeof body !== 'string') throw new ApiError('invalid', 422, 'Send the table as text/csv.');
  try {
    return readCounts(body, timezone);
  } catch (error) {
    if (error instanceof CsvError) throw invalid('/', error.message);
    throw error;
  }
}
