import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import websocket from '@fastify/websocket';
import type { FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { LIMITS } from '../../contract/index.ts';
import { can, isRevoked, type Auth, type Principal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { Connection, type Transport } from '../core/fanout/connection.ts';
import type { Fanout } from '../core/fanout/fanout.ts';
import { ApiError, type HttpApp } from '../core/http/index.ts';
import { createRightsWatch, RIGHTS_MS } from './rights.ts';
import { Session } from './session.ts';

export interface LiveDeps {
  fanout: Fanout;
  auth: Auth;
  clock: Clock;
  hub: string;
  isAllowedOrigin(request: IncomingMessage): boolean;
  siteExists(site: string): Promise<boolean>;
  /** Whether word of other hubs' revocations arrives as it is sent; always, where there is only one hub. */
  busLive?(): boolean;
  onError(error: unknown, where: string): void;
}

/**
 * The live socket at `/ws`. @fastify/websocket gets an emitter in place of the server, since the hub has a single
 * upgrade listener: two libraries listening for `upgrade` on one server break each other.
 * @returns the handler of upgrades for `/ws`.
 */
export async function liveRoutes(app: HttpApp, deps: LiveDeps): Promise<(request: IncomingMessage, socket: Duplex, head: Buffer) => void> {
  const upgrades = new EventEmitter();
  await app.register(websocket, {
    // Larger frames than the protocol allows are let in up to this size, so that they get the protocol's own close code.
    options: { server: upgrades as unknown as Server, maxPayload: 4 * LIMITS.wsClientFrameBytes, perMessageDeflate: false, clientTracking: false },
    // Closing is ours: every connection is told to reconnect.
    preClose: (done) => { deps.fanout.close(); done(); },
  });
  const sockets = new Map<Connection, Principal>();
  /** Revocations heard so far, and how many that were when a request's cookie was looked at. */
  let revocations = 0;
  const heardAtSignIn = new WeakMap<FastifyRequest, number>();
  deps.auth.revocations.subscribe((revocation) => {
    revocations += 1;
    for (const [connection, principal] of sockets) if (isRevoked(principal, revocation)) connection.close('revoked');
  });
  const rights = createRightsWatch<Principal>({
    open: () => [...sockets.values()], findRevoked: deps.auth.findRevoked, busLive: deps.busLive ?? (() => true), onError: deps.onError,
    close: (ended) => { for (const [connection, principal] of sockets) if (ended.has(principal)) connection.close('revoked'); },
  });
  const watch = setInterval(() => void rights.tick(performance.now()), RIGHTS_MS.unheard);
  watch.unref();
  app.addHook('onClose', () => clearInterval(watch));

  const live = (socket: WebSocket, request: FastifyRequest): void => {
    const principal = request.principal;
    const connection = new Connection(transportOf(socket, request.raw.socket), performance.now(), () => { deps.fanout.counters.slowCloses += 1; });
    socket.on('error', () => connection.gone());
    if (!principal) return connection.close('unauthorised');
    const session = new Session({
      connection, fanout: deps.fanout, clock: deps.clock, hub: deps.hub, onError: deps.onError,
      may: (permission, site) => can(principal, permission, site), exists: deps.siteExists,
    });
    deps.fanout.connections.add(connection);
    sockets.set(connection, principal);
    // What was revoked between the look at the cookie and now was told to sockets that were open then.
    if (heardAtSignIn.get(request) !== revocations) void endIfRevoked(connection, principal);
    socket.on('message', (data: Buffer, binary: boolean) => session.message(data, binary));
    socket.on('close', () => {
      session.end();
      sockets.delete(connection);
      deps.fanout.drop(connection);
    });
  };
  async function endIfRevoked(connection: Connection, principal: Principal): Promise<void> {
    try {
      if ((await deps.auth.findRevoked([principal])).length > 0) connection.close('revoked');
    } catch (error) {
      deps.onError(error, 'check of a new live socket\'s right');
    }
  }
  const handler = (): never => { throw new ApiError('not_found', 404, 'This address takes WebSocket connections only.'); };
  app.route({ method: 'GET', url: '/ws', schema: { hide: true }, logLevel: 'warn', handler, wsHandler: live });
  // Before the handshake is answered: a socket whose messages come before its listeners would lose them.
  app.addHook('onRequest', async (request) => {
    if (!request.ws) return;
    heardAtSignIn.set(request, revocations);
    request.principal = await deps.auth.authenticateCookie(request.headers);
  });

  return (request, socket, head) => {
    if (!deps.isAllowedOrigin(request)) return refuseUpgrade(socket, '403 Forbidden');
    upgrades.emit('upgrade', request, socket, head);
  };
}

/** Answers an upgrade request that leads nowhere. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/**
 * Frames are made by the fan-out and go straight to the socket: `ws` would frame them again for every subscriber. It
 * still reads, answers pings and closes; it writes whole frames too, so the two do not mix within one.
 */
function transportOf(socket: WebSocket, raw: Socket): Transport {
  raw.setNoDelay(true);
  return {
    write: (frame) => { if (socket.readyState === socket.OPEN && raw.writable) raw.write(frame); },
    queuedBytes: () => raw.writableLength,
    sentBytes: () => raw.bytesWritten - raw.writableLength,
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}
