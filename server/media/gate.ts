import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server, type ServerOptions } from 'socket.io';
import { LIMITS } from '../../contract/index.ts';

/** Path of everything that belongs to the media signalling. */
export const MEDIA_PATH = '/socket.io/';

/**
 * socket.io for a hub that has its own listeners. socket.io wants an HTTP server to listen on, and two libraries that
 * listen for `upgrade` on one server break each other; so it is given a server that never listens, and the hub hands
 * over the requests that are meant for it.
 */
export interface MediaGate {
  io: Server;
  /** Whether the request is for the signalling, by its path. */
  accepts(request: IncomingMessage): boolean;
  /** For the hub's one upgrade listener. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** For requests that are no upgrade (long polling); answers by itself. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/**
 * @param isAllowedOrigin asked for every handshake, polling or WebSocket
 * @param adapter how rooms reach other hubs; socket.io's own, for one hub, unless given
 */
export function createGate(isAllowedOrigin: (request: IncomingMessage) => boolean, adapter?: ServerOptions['adapter']): MediaGate {
  const carrier = createServer();
  const io = new Server(carrier, {
    path: MEDIA_PATH,
    serveClient: false,
    maxHttpBufferSize: LIMITS.jsonBodyBytes,
    connectTimeout: 5_000,
    // Often, so that a vision node whose computer vanished is missed in time (`nodeSilentMs`).
    pingInterval: 2_000,
    pingTimeout: 10_000,
    ...(adapter ? { adapter } : {}),
    destroyUpgrade: false,
    cleanupEmptyChildNamespaces: true,
    allowRequest: (request, decide) => (isAllowedOrigin(request) ? decide(null, true) : decide('origin is not allowed here', false)),
  });
  return {
    io,
    accepts: (request) => pathOf(request).startsWith(MEDIA_PATH),
    handleUpgrade: (request, socket, head) => void carrier.emit('upgrade', request, socket, head),
    handleRequest: (request, response) => void carrier.emit('request', request, response),
    close: () => io.close(),
  };
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '';
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
