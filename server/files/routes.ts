import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { DEVICE_KINDS, FileId, Id, LIMITS, Problem, StoredFile } from '../../contract/index.ts';
import { demand, deviceOf, principalOf, type Auth } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { ApiError, notFound, rateLimit, rateLimited, type HttpApp } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import type { Files, KeptFile } from './files.ts';
import { PHOTO_SIDE, redraw, unusable } from './pictures.ts';
import { audioFlaw, FILE_TYPES, isImage, namedType, rangeOf, typeOf, type FileType } from './rules.ts';

/** What one device may send. A visitor records one message at a time; an outbox that was offline sends some at once. */
const PER_DAY = 200;
const PER_MINUTE = 20;
const DAY_MS = 24 * 3600_000;
const MINUTE_MS = 60_000;

const NO_FILE = `Send a voice message as WebM, MP4, Ogg or WAV, or a photo as JPEG, PNG or WebP, with its own Content-Type and at most ${LIMITS.fileBytes / 1024 / 1024} MiB.`;

/** Lets the routes that `add` adds take any body as bytes, up to `limit`; other routes keep to JSON. */
export async function withRawBodies(app: HttpApp, limit: number, add: (scope: HttpApp) => void): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: limit }, (_request, body, done) => done(null, body));
    add(scope as unknown as HttpApp);
  });
}

export interface FilesRoutesDeps { store: Store; clock: Clock; auth: Auth; files: Files }

/** Files from devices, and files for people. */
export async function filesRoutes(app: HttpApp, { store, clock, auth, files }: FilesRoutesDeps): Promise<void> {
  const perDay = rateLimit(store, 'files day', PER_DAY, DAY_MS, clock);
  const perMinute = rateLimit(store, 'files minute', PER_MINUTE, MINUTE_MS, clock);

  await withRawBodies(app, LIMITS.fileBytes, (scope) => {
    scope.post('/api/v1/files', {
      onRequest: [auth.requireDevice, async (request) => { sendingSite(request); }],
      bodyLimit: LIMITS.fileBytes,
      schema: {
        summary: 'Send a voice message or a photo', tags: ['files'], security: [{ device: [] }], consumes: [...FILE_TYPES],
        description: `The body is the file. Its hash goes into feedback.messaged afterwards. Photos are drawn anew, without metadata, with sides of at most ${PHOTO_SIDE} pixels; sound is kept as it is. At most ${PER_MINUTE} a minute and ${PER_DAY} a day.`,
        response: { 201: StoredFile, 401: Problem, 403: Problem, 413: Problem, 422: Problem, 429: Problem, 503: Problem },
      },
    }, async (request, reply) => {
      const device = deviceOf(request);
      const site = sendingSite(request);
      const wait = await perMinute.take(device.id) || await perDay.take(device.id);
      if (wait > 0) throw rateLimited(wait);
      const { bytes, type } = await fitFile(request.body, request.headers['content-type']);
      const file = await files.put(site, bytes, type, 'message', device.id);
      return reply.code(201).send({ file, type, bytes: bytes.length });
    });
  });

  app.get('/api/v1/sites/:site/files/:hash', {
    onRequest: auth.requirePermission('floor.read', (request) => (request.params as { site: string }).site),
    schema: {
      summary: 'A file of a site', tags: ['files'], security: [{ session: [] }], params: Type.Object({ site: Id, hash: FileId }),
      description: 'What visitors sent is for those who handle alerts. Takes Range. Files of messages are removed after a time that the hub is set to.',
    },
  }, async (request, reply) => {
    const { site, hash } = request.params;
    const file = await files.get(site, hash);
    if (!file) throw notFound('file');
    if (file.usedBy === 'message') demand(principalOf(request), 'alerts.handle', site);
    return sendFile(request, reply, hash, file);
  });
}

/** @throws ApiError `forbidden` when the device sends no messages, before its file is read */
function sendingSite(request: FastifyRequest): string {
  const { kind, site } = deviceOf(request);
  if (site === null || !(DEVICE_KINDS[kind] as readonly string[]).includes('feedback.messaged')) throw new ApiError('forbidden', 403, `A ${kind} sends no messages, so it sends no files. Pair it as a button or a terminal.`);
  return site;
}

/** A sent file as it is kept. @throws ApiError `file_unusable` saying what to do */
async function fitFile(body: unknown, header: string | undefined): Promise<{ bytes: Buffer; type: FileType }> {
  if (!Buffer.isBuffer(body) || body.length === 0) throw unusable(`There is no file in the request. ${NO_FILE}`);
  const named = namedType(header);
  const found = typeOf(body);
  if (named === undefined || found === undefined) throw unusable(`This kind of file is not taken. ${NO_FILE}`);
  if (named !== found) throw unusable(`The file was sent as ${named} and is ${found}. Send it with its own Content-Type.`);
  if (isImage(found)) return redraw(body, found, found === 'image/jpeg' ? 'image/jpeg' : 'image/webp', PHOTO_SIDE);
  const flaw = audioFlaw(found, body);
  if (flaw !== undefined) throw unusable(`The recording ${flaw} and send it again.`);
  return { bytes: body, type: found };
}

/** Messages are kept by browsers for as long as an alert matters, pictures of plans for good: a hash's bytes never change. */
const CACHE_S = { message: 3600, plan: 31_536_000 } as const;

function sendFile(request: FastifyRequest, reply: FastifyReply, hash: string, { type, usedBy, bytes }: KeptFile): FastifyReply {
  const etag = `"${hash}"`;
  reply.headers({
    'content-type': type, etag, 'accept-ranges': 'bytes', 'content-disposition': 'inline', 'cache-control': `private, max-age=${CACHE_S[usedBy]}, immutable`,
    'content-security-policy': "default-src 'none'; sandbox",
  });
  if (request.headers['if-none-match']?.split(',').some((one) => one.trim() === etag)) return reply.code(304).send();
  const condition = request.headers['if-range'];
  const range = condition !== undefined && condition !== etag ? 'none' : rangeOf(request.headers.range, bytes.length);
  if (range === 'none') return reply.send(bytes);
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${bytes.length}`);
    throw new ApiError('invalid', 416, `The file has ${bytes.length} bytes. Ask for a range within them.`);
  }
  return reply.code(206).header('content-range', `bytes ${range.from}-${range.to}/${bytes.length}`).send(bytes.subarray(range.from, range.to + 1));
}
