import { fastifyCookie } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

export const SESSION_COOKIE = 'otklik_session';
export const WALL_COOKIE = 'otklik_wall';

/** Cookies of a raw `Cookie` header; the same for HTTP requests and WebSocket upgrades. */
export function cookiesOf(header: string | undefined): Record<string, string | undefined> {
  // A header of this length comes from no browser of ours.
  return header === undefined || header.length > 8_192 ? {} : fastifyCookie.parse(header);
}

const options = (request: FastifyRequest) => ({ path: '/', httpOnly: true, sameSite: 'lax' as const, secure: request.protocol === 'https' });

export function setCookie(request: FastifyRequest, reply: FastifyReply, name: string, value: string, maxAgeMs: number): void {
  void reply.setCookie(name, value, { ...options(request), maxAge: Math.floor(maxAgeMs / 1000) });
}

export function clearCookie(request: FastifyRequest, reply: FastifyReply, name: string): void {
  void reply.clearCookie(name, options(request));
}
