import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Id, LIMITS, type ErrorCode } from '../../contract/index.ts';
import type { Auth } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { ApiError, notFound, rateLimit, rateLimited, type HttpApp } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import { MEDIA_PATH } from './gate.ts';
import type { Media } from './media.ts';
import type { MediaCamera } from './ports.ts';

export interface MediaRoutesDeps {
  store: Store;
  media: Media;
  clock: Clock;
  auth: Pick<Auth, 'requirePermission'>;
}

const STATUS: Partial<Record<ErrorCode, number>> = { no_vision_node: 503, bad_sdp: 400, media_failed: 502, rate_limited: 429 };
const tags = ['cameras'];
const security = [{ device: [] }];
const RETRY_S = 5;
/** Offers that a camera may make within a minute. */
const OFFERS_PER_MINUTE = 30;

const Camera = Type.Object({ camera: Id });
const Resource = Type.Object({ camera: Id, resource: Type.String({ maxLength: 64 }) });

/** WHIP (RFC 9725) for cameras that are no browser, the list of a site's cameras, and long polling of the signalling. */
export async function mediaRoutes(app: HttpApp, deps: MediaRoutesDeps): Promise<void> {
  const { media } = deps;
  const offers = rateLimit(deps.store, 'whip', OFFERS_PER_MINUTE, 60_000, deps.clock);

  // An HTTP server waits for its connections before it is closed: the signalling's must be gone by then.
  app.addHook('preClose', () => media.close());

  app.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: `${MEDIA_PATH}*`,
    schema: { hide: true },
    onRequest: (request, reply) => {
      reply.hijack();
      media.handleRequest(request.raw, reply.raw);
    },
    handler: () => undefined,
  });

  app.get('/api/v1/sites/:site/cameras', {
    onRequest: deps.auth.requirePermission('cameras.read', (request) => (request.params as { site: string }).site),
    schema: { tags, summary: 'Cameras of a site and how they do', security: [{ session: [] }], params: Type.Object({ site: Id }) },
  }, async (request) => ({ cameras: await media.cameraStates(request.params.site) }));

  await app.register(async (child) => {
    const scope: HttpApp = child;
    scope.addContentTypeParser('application/sdp', { parseAs: 'string', bodyLimit: LIMITS.sdpBytes }, (_request, body, done) => done(null, body));

    scope.post('/api/v1/cameras/:camera/whip', { bodyLimit: LIMITS.sdpBytes, schema: { tags, summary: 'Publish a camera over WHIP: SDP offer in, SDP answer out', security, params: Camera } }, async (request, reply) => {
      const camera = await own(media, request, request.params.camera);
      const wait = await offers.take(camera.id);
      if (wait > 0) throw rateLimited(wait);
      const answer = await media.whip(camera, readOffer(request.body));
      if (!answer.ok) throw problemOf(answer.code as ErrorCode, answer.message);
      const { sdp, resource } = answer.data;
      return reply.code(201).header('content-type', 'application/sdp').header('location', `/api/v1/cameras/${camera.id}/whip/${resource}`).send(sdp);
    });

    scope.delete('/api/v1/cameras/:camera/whip/:resource', { schema: { tags, summary: 'End what a WHIP offer began', security, params: Resource } }, async (request, reply) => {
      const camera = await own(media, request, request.params.camera);
      const ended = await media.endWhip(camera, request.params.resource);
      // Whatever its node answered: the place is given back, so the resource is no more.
      if (!ended.ok && ended.code === 'not_found') throw notFound('WHIP resource');
      return reply.code(204).send();
    });
  });
}

/** The camera whose token came with the request, if it is the one in the address. */
async function own(media: Media, request: FastifyRequest, id: string): Promise<MediaCamera> {
  const token = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const camera = token === undefined ? undefined : await media.cameraOf(token);
  if (camera === undefined) throw new ApiError('unauthorised', 401, 'Send the camera\'s token as "Authorization: Bearer …".');
  if (camera === null || camera.id !== id) throw new ApiError('forbidden', 403, 'This token belongs to another device than this camera.');
  return camera;
}

function readOffer(body: unknown): string {
  if (typeof body !== 'string' || !body.startsWith('v=0') || !/^m=video /m.test(body)) {
    throw new ApiError('bad_sdp', 400, 'Send an SDP offer with a video section as application/sdp.');
  }
  return body;
}

function problemOf(code: ErrorCode, message: string): ApiError {
  const status = STATUS[code] ?? 502;
  return new ApiError(code, status, message, status === 503 || status === 429 ? { retryAfter: RETRY_S } : {});
}
