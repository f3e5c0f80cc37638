import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Id, LIMITS, type ErrorCode } from '../../contract/index.ts';
import { ApiError, notFound, rateLimit, rateLimited, type HttpApp } from '../core/http/index.ts';
import type { Media } from './media.ts';
import type { MediaCamera } from './ports.ts';
import type { MediaRoutesDeps } from './routes.ts';

const STATUS: Partial<Record<ErrorCode, number>> = { no_vision_node: 503, unavailable: 503, bad_sdp: 400, media_failed: 502, rate_limited: 429, conflict: 409 };
const tags = ['cameras'];
const security = [{ device: [] }];
const RETRY_S = 5;
/** Offers that a camera may make within a minute. */
const OFFERS_PER_MINUTE = 30;
const ANY_ORIGIN = { anyOrigin: true };
const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const FRAGMENT_BYTES = 8 * 1024;

const Camera = Type.Object({ camera: Id });
const Resource = Type.Object({ camera: Id, resource: Type.String({ maxLength: 64 }) });

/**
 * WHIP (RFC 9725). Any page may speak it (CORS): what admits a camera is its token, never a cookie. Candidates may be
 * trickled and are not needed, because the media worker is ICE-lite and answers whoever calls; ICE restarts are refused,
 * and a new offer takes their place.
 */
export async function whipRoutes(scope: HttpApp, { media, store, clock }: MediaRoutesDeps): Promise<void> {
  const offers = rateLimit(store, 'whip', OFFERS_PER_MINUTE, 60_000, clock);
  scope.addContentTypeParser(SDP, { parseAs: 'string', bodyLimit: LIMITS.sdpBytes }, (_request, body, done) => done(null, body));
  scope.addContentTypeParser(FRAGMENT, { parseAs: 'string', bodyLimit: FRAGMENT_BYTES }, (_request, body, done) => done(null, body));
  scope.addHook('onRequest', async (_request, reply) => {
    reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', 'Location, ETag, Accept-Patch, Retry-After');
  });

  scope.options('/api/v1/cameras/:camera/whip', { schema: { tags, summary: 'What the WHIP endpoint takes', params: Camera } }, async (_request, reply) =>
    preflight(reply, 'POST, OPTIONS').header('accept-post', SDP).code(200).send());
  scope.options('/api/v1/cameras/:camera/whip/:resource', { schema: { tags, summary: 'What a WHIP session takes', params: Resource } }, async (_request, reply) =>
    preflight(reply, 'PATCH, DELETE, OPTIONS').header('accept-patch', FRAGMENT).code(200).send());

  // Kept free for uses to come (RFC 9725 §4.2).
  for (const [url, allow] of [['/api/v1/cameras/:camera/whip', ['OPTIONS', 'POST']], ['/api/v1/cameras/:camera/whip/:resource', ['DELETE', 'OPTIONS', 'PATCH']]] as const) {
    scope.route({
      method: ['GET', 'PUT'], url, config: ANY_ORIGIN, schema: { hide: true },
      onRequest: async () => { throw new ApiError('method_not_allowed', 405, `This address takes ${allow.join(', ')}.`, { allow: [...allow] }); },
      handler: () => undefined,
    });
  }

  scope.post('/api/v1/cameras/:camera/whip', { bodyLimit: LIMITS.sdpBytes, config: ANY_ORIGIN, schema: { tags, summary: 'Publish a camera over WHIP: SDP offer in, SDP answer out', security, params: Camera } }, async (request, reply) => {
    const camera = await own(media, request, request.params.camera);
    const wait = await offers.take(camera.id);
    if (wait > 0) throw rateLimited(wait);
    const offer = readOffer(request.body);
    const answer = await media.whip(camera, offer);
    if (!answer.ok) throw problemOf(answer.code as ErrorCode, answer.message);
    const { sdp, resource } = answer.data;
    return reply.code(201).header('content-type', SDP).header('location', `/api/v1/cameras/${camera.id}/whip/${resource}`)
      .header('etag', entityTag(resource, credentialsOf(offer) ?? '')).header('accept-patch', FRAGMENT).send(sdp);
  });

  scope.patch('/api/v1/cameras/:camera/whip/:resource', { bodyLimit: FRAGMENT_BYTES, config: ANY_ORIGIN, schema: { tags, summary: 'Trickle ICE candidates to a WHIP session', security, params: Resource } }, async (request, reply) => {
    const camera = await own(media, request, request.params.camera);
    const { resource } = request.params;
    if (!await media.hasWhip(camera, resource)) throw notFound('WHIP resource');
    judgeFragment(resource, request.headers['if-match'], request.headers['content-type'], request.body);
    return reply.code(204).send();
  });

  scope.delete('/api/v1/cameras/:camera/whip/:resource', { config: ANY_ORIGIN, schema: { tags, summary: 'End what a WHIP offer began', security, params: Resource } }, async (request, reply) => {
    const camera = await own(media, request, request.params.camera);
    const ended = await media.endWhip(camera, request.params.resource);
    // Whatever its node answered: the place is given back, so the resource is no more.
    if (!ended.ok && ended.code === 'not_found') throw notFound('WHIP resource');
    return reply.code(204).send();
  });
}

const preflight = (reply: FastifyReply, methods: string): FastifyReply =>
  reply.header('allow', methods).header('access-control-allow-methods', methods).header('access-control-allow-headers', 'Authorization, Content-Type, If-Match').header('access-control-max-age', '600');

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

/** The first `ice-ufrag` and `ice-pwd` of an offer or a fragment of one (RFC 8840 §9): they name an ICE session. */
function credentialsOf(sdp: string): string | undefined {
  const ufrag = /^a=ice-ufrag:(\S{1,256})\r?$/m.exec(sdp)?.[1];
  const pwd = /^a=ice-pwd:(\S{1,256})\r?$/m.exec(sdp)?.[1];
  return ufrag === undefined ? undefined : `${ufrag} ${pwd ?? ''}`;
}

/** Tells one ICE session of a resource from another (RFC 9725 §4.3.1), without anything having to be kept. */
const entityTag = (resource: string, credentials: string): string => `"${createHash('sha256').update(`${resource} ${credentials}`).digest('base64url').slice(0, 22)}"`;

/** @throws ApiError with the status that RFC 9725 §4.3 names. */
function judgeFragment(resource: string, ifMatch: string | undefined, type: string | undefined, body: unknown): void {
  if (type?.split(';')[0]!.trim().toLowerCase() !== FRAGMENT || typeof body !== 'string') throw new ApiError('invalid', 415, `Send candidates as ${FRAGMENT}.`);
  if (ifMatch === undefined) throw new ApiError('invalid', 428, 'Send the session\'s ETag as If-Match.');
  if (ifMatch.trim() === '*') throw new ApiError('invalid', 422, 'ICE restarts are not taken: make a new offer, which takes the place of this session.');
  const credentials = credentialsOf(body);
  if (credentials === undefined) throw new ApiError('bad_sdp', 400, 'The fragment names no a=ice-ufrag.');
  if (ifMatch.trim() !== entityTag(resource, credentials)) throw new ApiError('conflict', 412, 'The If-Match is not the ETag of this ICE session.');
}

function problemOf(code: ErrorCode, message: string): ApiError {
  const status = STATUS[code] ?? 502;
  return new ApiError(code, status, message, status === 503 || status === 429 ? { retryAfter: RETRY_S } : {});
}
