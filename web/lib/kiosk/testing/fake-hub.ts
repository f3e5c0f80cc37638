import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { Server as SocketServer } from 'socket.io';
import { WebSocketServer, type WebSocket } from 'ws';
import type { EventEnvelope } from '../../../../contract/events.ts';
import { dayOf } from '../../../../contract/time.ts';
import { emptyWall, type WallState } from '../../../../contract/views/wall.ts';

const TYPES: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png', '.woff2': 'font/woff2', '.json': 'application/json', '.webmanifest': 'application/manifest+json' };
const BEAT_MS = 1_000;
export const TOKEN = 'a-token-for-looking-at-pages';

/**
 * A hub to look at the kiosk, wall and camera pages with: serves the built pages under the hub's strict policy and
 * answers what these pages ask, as the one who looks at them says. For tests and screenshots only; loopback only.
 */
export class FakeHub {
  readonly events: EventEnvelope[] = [];
  /** Whether pairings are confirmed, devices refused, walls closed. */
  confirmed = false;
  revoked = false;
  wallClosed = false;
  version: string | null = null;
  site = { id: 'clinic', name: 'Клиника на Садовой', timezone: 'Europe/Moscow' };
  wall: WallState = emptyWall(this.site, dayOf(this.site.timezone, Date.now()));
  readonly #root: string;
  #server: Server | null = null;
  #live = new Set<WebSocket>();
  #offset = 1;
  #port = 0;
  #io: SocketServer | null = null;

  constructor(root: string) { this.#root = root; }

  get origin(): string { return `http://127.0.0.1:${this.#port}`; }

  /** Comes up, on the same port as before if it was up before. */
  async start(): Promise<void> {
    const server = createServer((request, response) => { void this.#answer(request, response); });
    const sockets = new WebSocketServer({ noServer: true });
    this.#io = new SocketServer(createServer(), { serveClient: false });
    this.#io.of('/media').use((_socket, next) => { next(this.revoked ? Object.assign(new Error('revoked'), { data: { code: 'device_revoked' } }) : undefined); });
    this.#io.of('/media').on('connection', (socket) => {
      socket.onAny((_name: string, _payload: unknown, reply: (ack: object) => void) => { reply({ ok: false, code: 'no_vision_node', message: 'none has room' }); });
    });
    const engine = this.#io.engine as unknown as { handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void };
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.url?.startsWith('/socket.io/')) engine.handleUpgrade(request, socket, head);
      else sockets.handleUpgrade(request, socket, head, (ws) => { this.#serveLive(ws); });
    });
    await new Promise<void>((done) => server.listen(this.#port, '127.0.0.1', done));
    const address = server.address();
    this.#port = typeof address === 'object' && address ? address.port : this.#port;
    this.#server = server;
  }

  /** Goes away without a word, as in a power cut. */
  async stop(): Promise<void> {
    for (const ws of this.#live) ws.terminate();
    await this.#io?.close();
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    if (server) await new Promise<void>((done) => server.close(() => { done(); }));
  }

  /** Counts as the day's ratings from now on and tells the walls. */
  setWall(counts: Partial<WallState>): void {
    this.wall = { ...this.wall, ...counts };
    this.#offset++;
    for (const ws of this.#live) this.#snapshot(ws);
  }

  closeWalls(): void {
    this.wallClosed = true;
    for (const ws of this.#live) ws.close(4410);
  }

  #serveLive(ws: WebSocket): void {
    this.#live.add(ws);
    const say = (message: object) => { ws.send(JSON.stringify(message)); };
    const beat = setInterval(() => { say({ t: 'beat', now: Date.now() }); }, BEAT_MS);
    ws.on('close', () => { clearInterval(beat); this.#live.delete(ws); });
    ws.on('message', (text: Buffer) => {
      const message = JSON.parse(text.toString()) as { t: string };
      if (message.t === 'hello') say({ t: 'welcome', protocol: 1, now: Date.now(), beatMs: BEAT_MS, hub: 'fake' });
      if (message.t !== 'unsubscribe') this.#snapshot(ws);
    });
  }

  #snapshot(ws: WebSocket): void {
    ws.send(JSON.stringify({ t: 'snapshot', channel: `wall:${this.site.id}`, epoch: 'e', offset: this.#offset, state: this.wall }));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : null;
    if (url.pathname.startsWith('/api/')) this.#api(url.pathname, body, response);
    else await this.#file(url.pathname, response);
  }

  #api(route: string, body: unknown, response: ServerResponse): void {
    const json = (status: number, value: object, type = 'application/json') => { response.writeHead(status, { 'content-type': type }).end(JSON.stringify(value)); };
    const problem = (status: number, code: string) => { json(status, { type: 'about:blank', title: code, status, code }, 'application/problem+json'); };
    const now = Date.now();
    if (route === '/api/v1/pairings') return json(201, { code: '482913', secret: 'a-secret-of-this-very-pairing', expiresAt: now + 600_000, pollMs: 500 });
    if (route.startsWith('/api/v1/pairings/')) return json(200, this.confirmed ? { state: 'paired', device: 'till-3', token: TOKEN } : { state: 'pending', expiresAt: now + 600_000 });
    if (route.startsWith('/api/v1/walls/')) return this.wallClosed ? problem(401, 'unauthorised') : json(200, { wall: { id: 'w1', site: this.site.id, name: 'Стена', createdAt: 1, revokedAt: null, lastSeen: null }, site: this.site });
    if (this.revoked) return problem(401, 'device_revoked');
    if (route === '/api/v1/devices/me') return json(200, { id: 'till-3', kind: 'button', name: 'Кнопка у кассы 3', site: this.site, touchpoint: { id: 'till-3', name: 'Касса 3', zone: null }, now });
    if (route === '/api/v1/devices/me/heartbeat') return json(200, { now, clockOffsetMs: 0 });
    if (route === '/api/v1/events') return json(200, this.#take((body as { events: EventEnvelope[] }).events));
    problem(404, 'not_found');
  }

  #take(events: EventEnvelope[]): object {
    const fresh = events.filter((event) => !this.events.some((known) => known.id === event.id));
    this.events.push(...fresh);
    return { accepted: fresh.length, duplicates: events.length - fresh.length, rejected: [] };
  }

  async #file(route: string, response: ServerResponse): Promise<void> {
    if (route === '/_app/version.json' && this.version !== null) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ version: this.version }));
      return;
    }
    const file = path.join(this.#root, path.normalize(route));
    const extension = path.extname(file);
    try {
      if (extension !== '' && extension !== '.html') {
        const content = await readFile(file);
        response.writeHead(200, { 'content-type': TYPES[extension] ?? 'application/octet-stream', 'cache-control': 'no-cache' }).end(content);
        return;
      }
      const page = await readFile(path.join(this.#root, 'index.html'), 'utf8');
      response.writeHead(200, { 'content-type': TYPES['.html'], 'cache-control': 'no-store', 'content-security-policy': policyFor(page) }).end(page);
    } catch (error) {
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ code: 'not_found', detail: String(error) }));
    }
  }
}

function policyFor(page: string): string {
  const hashes = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script]) => `'sha256-${createHash('sha256').update(script ?? '').digest('base64')}'`);
  return `default-src 'self'; script-src 'self' ${hashes.join(' ')}; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'`;
}
