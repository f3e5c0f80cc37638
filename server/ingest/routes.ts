import type { FastifyReply, FastifyRequest } from 'fastify';
import { EventsReply, EventsRequest, LIMITS, LogQuery, LogReply, Problem, SENT_AT_HEADER, type RejectedEvent } from '../../contract/index.ts';
import { Type } from 'typebox';
import { deviceOf, type Auth } from '../core/auth/index.ts';
import { ApiError, notFound, PROBLEM_TYPE, problem, rateLimited, type HttpApp } from '../core/http/index.ts';
import type { Log } from '../core/log/log.ts';
import type { Metrics } from '../core/metrics.ts';
import type { Clock } from '../core/clock.ts';
import type { NewEvent, Store } from '../core/store/store.ts';
import { withheld } from '../emotions/index.ts';
import { isRefusal, judge, type Candidate, type Refusal, type Sender } from './rules.ts';
import { createEventRate } from './shared-rate.ts';

export interface IngestDeps {
  auth: Auth;
  /** Where hubs share the rates of devices. */
  store: Store;
  log: Log;
  clock: Clock;
  metrics: Metrics;
  /** Events a second that one device may send on average; `LIMITS.deviceEventsBurst` at once. */
  eventsPerSecond: number;
  /** Takes note of the device's clock and answers its offset, ms to add to its times (0 while unmeasured). */
  clockOffset(device: string, sentAt: number | undefined, receivedAt: number): number;
  /** The device spoke. */
  touch(device: string): void;
  siteExists(site: string): Promise<boolean>;
  /** Whether the site has this touchpoint. */
  hasTouchpoint(site: string, touchpoint: string): Promise<boolean>;
  /** Where a camera stands; null when there is none. */
  cameraPlace(camera: string): Promise<{ site: string; touchpoint: string | null } | null>;
}

/** The vision nodes of an installation share one token and one rate, however many they are: it is this much wider. */
const VISION_NODES = 1_000;

/** Takes events in from devices and reads the log back to people. */
export function ingestRoutes(app: HttpApp, deps: IngestDeps): void {
  const burst = Math.max(LIMITS.deviceEventsBurst, deps.eventsPerSecond);
  const rate = createEventRate(deps.store, deps.clock, deps.eventsPerSecond, burst);

  app.post('/api/v1/events', {
    onRequest: deps.auth.requireDevice,
    bodyLimit: LIMITS.eventsBodyBytes,
    logLevel: 'warn',
    config: { keepsJson: true },
    schema: {
      summary: 'Send events', tags: ['events'], security: [{ device: [] }], body: EventsRequest,
      description: `1 to ${LIMITS.eventsPerRequest} events. Each is judged on its own; 200 means that the accepted ones are on disk. Send again after any other answer: an event with the same id counts once. The optional header ${SENT_AT_HEADER} (the sender's clock, epoch ms) lets the hub correct the sender's times.`,
      response: { 200: EventsReply, 401: Problem, 403: Problem, 413: Problem, 422: Problem, 429: Problem, 503: Problem },
    },
  }, async (request, reply) => {
    const device = deviceOf(request);
    const { events } = request.body;
    const wait = await rate.take(device.id, device.site === null ? events.length / VISION_NODES : events.length, performance.now());
    if (wait > 0) throw rateLimited(wait);
    deps.touch(device.id);
    const now = deps.clock();
    const offset = deps.clockOffset(device.id, sentAt(request), now);

    const rejected: RejectedEvent[] = [];
    const accepted: NewEvent[] = [];
    for (let index = 0; index < events.length; index++) {
      const judged = judge(events[index], device, now, offset);
      const refusal = isRefusal(judged) ? judged : await misplaced(judged, device, deps);
      if (refusal) {
        rejected.push({ index, ...refusal });
        deps.metrics.rejected.inc({ code: refusal.code });
      } else {
        const { camera: _camera, ...event } = judged as Candidate;
        accepted.push({ ...event, device: device.id });
      }
    }
    if (accepted.length === 0) return refuseAll(reply, rejected);

    const started = performance.now();
    const offsets = await deps.log.append(accepted);
    deps.metrics.appendSeconds.observe((performance.now() - started) / 1000);
    const counts = new Map<string, number>();
    let duplicates = 0;
    for (let i = 0; i < offsets.length; i++) {
      if (offsets[i] === 0) duplicates += 1;
      else counts.set(accepted[i]!.type, (counts.get(accepted[i]!.type) ?? 0) + 1);
    }
    for (const [type, n] of counts) deps.metrics.accepted.inc({ type }, n);
    deps.metrics.duplicates.inc(duplicates);
    return { accepted: offsets.length - duplicates, duplicates, rejected };
  });

  app.get('/api/v1/sites/:site/events', {
    onRequest: deps.auth.requirePermission('events.read', (request) => (request.params as { site: string }).site),
    schema: {
      summary: 'Read a site\'s log', tags: ['events'], description: 'Without the mood of one camera\'s ten seconds or of one visitor, which is told to nobody: the portrait and its reports say how people felt.', security: [{ session: [] }], params: Type.Object({ site: Type.String({ maxLength: 64 }) }), querystring: LogQuery,
      response: { 200: LogReply, 401: Problem, 403: Problem, 404: Problem },
    },
  }, async (request) => {
    const { site } = request.params;
    if (!await deps.siteExists(site)) throw notFound('site');
    const { after = 0, limit = 100 } = request.query;
    const { epoch, offset } = await deps.log.head(site);
    const events = await deps.log.read(site, after, limit);
    return { epoch, head: offset, next: events.at(-1)?.offset ?? after, events: events.map((event) => withheld(event).event) };
  });
}

function sentAt(request: FastifyRequest): number | undefined {
  const header = request.headers[SENT_AT_HEADER];
  return typeof header === 'string' && /^\d{10,15}$/.test(header) ? Number(header) : undefined;
}

/** Why an event does not fit the places that there are; fills in where a camera stands. */
async function misplaced(event: Candidate, sender: Sender, deps: IngestDeps): Promise<Refusal | undefined> {
  if (event.camera !== null) {
    const place = await deps.cameraPlace(event.camera);
    if (!place || place.site !== event.site) return { id: event.id, code: 'camera_unknown', message: 'there is no such camera at this site' };
    event.touchpoint ??= place.touchpoint;
  }
  if (event.touchpoint !== null && event.touchpoint !== sender.touchpoint && !await deps.hasTouchpoint(event.site, event.touchpoint)) {
    return { id: event.id, code: 'unknown_touchpoint', message: `the site has no touchpoint "${event.touchpoint}"` };
  }
  return undefined;
}

/** 403 when all of it was forbidden, else 422; the reasons stand beside. */
function refuseAll(reply: FastifyReply, rejected: RejectedEvent[]): FastifyReply {
  const forbidden = rejected.every(({ code }) => code === 'forbidden_type' || code === 'forbidden_site');
  const error = forbidden
    ? new ApiError(rejected[0]!.code, 403, rejected[0]!.message)
    : new ApiError('nothing_usable', 422, `None of the events can be used. The first: ${rejected[0]!.message}`);
  return reply.code(error.status).header('content-type', PROBLEM_TYPE).send(JSON.stringify({ ...problem(error), rejected }));
}
