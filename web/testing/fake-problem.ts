import type { FastifyReply } from 'fastify';

/** Answers with a problem as the hub words it. */
export const problem = (reply: FastifyReply, status: number, code: string, extra: object = {}): FastifyReply =>
  reply.code(status).type('application/problem+json').send({ type: 'about:blank', title: code, status, code, ...extra });

/** Who sends a request, by the stand-in's cookie; every browser profile signs in for itself, as another tablet would. */
export const personOf = (headers: { cookie?: string | undefined }): string | null => /made-up=(\w+)/.exec(headers.cookie ?? '')?.[1] ?? null;
