import fs from 'node:fs';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import cookie from '@fastify/cookie';
import { TypeBoxValidatorCompiler, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { TSchema } from 'typebox';
import Fastify, { type FastifySchemaCompiler, type FastifyBaseLogger, type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify';
import { LIMITS } from '../../../contract/index.ts';
import type { HubConfig } from '../../config.ts';
import type { Clock } from '../clock.ts';
import type { HttpApp } from './app-type.ts';
import { contentSecurityPolicy, HSTS, inlineScriptHashes, securityHeaders } from './headers.ts';
import { describeApi, DOCS_PREFIX } from './docs.ts';
import { rememberMethods } from './methods.ts';
import { ApiError, loggable, PROBLEM_TYPE, problem, toApiError } from './problem.ts';
import { isAllowedOrigin } from './origin.ts';
import { refuseNul } from './text.ts';

export interface HttpOptions {
  config: HubConfig;
  /** A pino logger, or what Fastify makes one from. */
  logger: FastifyBaseLogger | Exclude<FastifyServerOptions['logger'], undefined>;
  clock: Clock;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is kept as JSON text, in which U+0000 is written with other characters, so it may have it. */
    keepsJson?: boolean;
    /** Pages of any origin may call it: nothing but a token in the request's header admits anybody, never a cookie. */
    anyOrigin?: boolean;
  }
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** A client that sends its request slower than this is cut off. */
const REQUEST_TIMEOUT_MS = 30_000;

const isLogger = (logger: HttpOptions['logger']): logger is FastifyBaseLogger => typeof logger === 'object' && 'child' in logger;

/** Compiles a route's schema at its first request: most routes of an idle hub are never asked, and compiled code is large. */
const compileWhenUsed: FastifySchemaCompiler<TSchema> = (route) => {
  let check: ReturnType<typeof TypeBoxValidatorCompiler> | undefined;
  return (data) => (check ??= TypeBoxValidatorCompiler(route))(data);
};

/** Answers with problem details and, where it says so, `Retry-After`. */
export function sendProblem(reply: FastifyReply, error: ApiError): FastifyReply {
  if (error.extra.retryAfter !== undefined) reply.header('retry-after', String(error.extra.retryAfter));
  if (error.extra.allow !== undefined) reply.header('allow', error.extra.allow.join(', '));
  // A string goes out as it is, so that the content type stays problem+json.
  return reply.code(error.status).header('content-type', PROBLEM_TYPE).header('cache-control', 'no-store').send(JSON.stringify(problem(error)));
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toApiError(error);
  // What the hub answers knowingly, as that no vision node has room, is no failure of its own.
  if (error instanceof ApiError && error.code !== 'internal') { if (error.status >= 500) request.log.warn({ code: error.code, why: error.message }, 'a request cannot be served now'); }
  else if (known.status >= 500) request.log.error({ err: loggable(error) }, 'a request failed');
  return sendProblem(reply, known);
}

/** What is not HTTP, or too slow, never becomes a request: it is answered on the socket itself, and the line is cut. */
function answerBrokenLine(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const [code, status, words] = error.code === 'HPE_HEADER_OVERFLOW' ? (['too_large', 431, 'The headers are too large.'] as const)
    : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? (['malformed', 408, 'The request took too long to arrive.'] as const)
      : (['malformed', 400, 'This is no HTTP request that can be read.'] as const);
  const body = JSON.stringify(problem(new ApiError(code, status, words)));
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`, () => socket.destroy());
}

/** A device that authenticates by its token and has no cookie is no browser and cannot be tricked by a page. */
const isDevice = (request: FastifyRequest): boolean => request.headers.authorization !== undefined && request.headers.cookie === undefined && request.headers.origin === undefined;

/**
 * The HTTP application with everything that holds for every route: limits, problem details, security headers, the
 * origin check, cookies and the API description at `/api/docs`. TLS when both files are configured.
 * @throws when a TLS file cannot be read.
 */
export async function buildHttp({ config, logger }: HttpOptions): Promise<HttpApp> {
  const tls = config.tlsCert !== null && config.tlsKey !== null ? { https: { cert: fs.readFileSync(config.tlsCert), key: fs.readFileSync(config.tlsKey) } } : {};
  const app = Fastify({
    ...tls,
    ...(isLogger(logger) ? { loggerInstance: logger } : { logger }),
    bodyLimit: LIMITS.jsonBodyBytes,
    // Only the proxy right in front is believed: addresses further on are whatever the client wrote.
    trustProxy: config.trustProxy ? (_address: string, hop: number) => hop === 0 : false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    clientErrorHandler: answerBrokenLine,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 100 },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => answerError(error, request, reply),
  } as FastifyServerOptions).withTypeProvider<TypeBoxTypeProvider>() as unknown as HttpApp;

  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(compileWhenUsed);
  // Replies are made by mapping functions field by field, so the schemas of replies only describe them.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler(answerError);
  rememberMethods(app);

  const headers = Object.entries(securityHeaders(contentSecurityPolicy(inlineScriptHashes(config.webDir))));
  app.addHook('onRequest', async (request, reply) => {
    for (const [name, value] of headers) reply.header(name, value);
    if (request.protocol === 'https') reply.header('strict-transport-security', HSTS);
    if (request.url.startsWith('/api/') && !request.url.startsWith(DOCS_PREFIX)) reply.header('cache-control', 'no-store');
    if (!READS.has(request.method) && !isDevice(request) && !request.routeOptions.config.anyOrigin && !isAllowedOrigin(request.raw, config)) {
      throw new ApiError('bad_origin', 403, 'This request comes from another site. Open the hub at its own address; a program that signs in by cookie sends an Origin header with the hub\'s address. Extra addresses go into OTKLIK_ORIGINS.');
    }
  });

  app.addHook('preValidation', async (request) => refuseNul(request.params, request.query, request.routeOptions.config.keepsJson ? undefined : request.body));

  await app.register(cookie);
  app.decorateRequest('principal', null);
  await describeApi(app);
  return app;
}
