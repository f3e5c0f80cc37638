import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance } from 'fastify';
import { WebSocketServer, type WebSocket } from 'ws';
import type { AnyEvent } from '../../contract/events.ts';
import type { ClientMessage, ServerMessage } from '../../contract/protocol.ts';
import { fakeAlertRoutes, mixedAlerts, type RestLog } from './fake-alerts.ts';
import { fakeRest } from './fake-rest.ts';
import { CAMERAS, FakeFloor, SITE } from './fake-floor.ts';

/**
 * A stand-in hub for looking at pages: serves build/web with the real hub's content security policy, canned REST and
 * a made-up floor over the real protocol. Development only: it knows no rights and keeps nothing.
 *
 * `node web/testing/fake-hub.ts [port] [--empty] [--alerts]`
 */
const root = process.env['OTKLIK_WEB_DIR'] ?? path.resolve(import.meta.dirname, '../../build/web');

function policy(): string {
  const html = readFileSync(path.join(root, 'index.html'), 'utf8');
  const hashes = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map((match) => `'sha256-${createHash('sha256').update(match[1] ?? '').digest('base64')}'`);
  return `default-src 'self'; script-src 'self' ${hashes.join(' ')}; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'`;
}

class Live {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #subscribers = new Map<WebSocket, Set<string>>();
  readonly #floor: FakeFloor;
  readonly #timers: NodeJS.Timeout[] = [];
  /** While true nothing is sent, so that pages grow stale. */
  silent = false;
  /** Whether beats say that the other hubs are not heard. */
  degraded = false;

  constructor(floor: FakeFloor, app: FastifyInstance) {
    this.#floor = floor;
    app.server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/ws') return socket.destroy();
      this.#server.handleUpgrade(request, socket, head, (peer) => this.#join(peer));
    });
    this.#timers.push(setInterval(() => this.#toAll({ t: 'beat', now: Date.now(), ...(this.degraded ? { degraded: true } : {}) }), 2_000));
    this.#timers.push(setInterval(() => this.#samples(), 250));
    this.#timers.push(setInterval(() => this.publish(floor.minute(Date.now())), 5_000));
  }

  publish(events: AnyEvent[]): void {
    const first = events[0];
    if (!first) return;
    for (const kind of ['floor', 'wall', 'cameras']) {
      this.#toChannel(`${kind}:${SITE.id}`, (channel) => ({ t: 'events', channel, epoch: this.#floor.epoch, from: first.offset - 1, to: this.#floor.offset, events }));
    }
  }

  /** Breaks every connection. */
  hangUp(): void {
    for (const peer of this.#subscribers.keys()) peer.terminate();
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.hangUp();
    this.#server.close();
  }

  #join(peer: WebSocket): void {
    this.#subscribers.set(peer, new Set());
    peer.on('close', () => this.#subscribers.delete(peer));
    peer.on('message', (data) => {
      const message = JSON.parse(String(data)) as ClientMessage;
      if (message.t === 'unsubscribe') return message.channels.forEach((channel) => this.#subscribers.get(peer)?.delete(channel));
      if (message.t === 'hello') this.#say(peer, { t: 'welcome', protocol: 1, now: Date.now(), beatMs: 2_000, hub: 'made-up' });
      for (const { channel } of message.subscriptions) {
        this.#subscribers.get(peer)?.add(channel);
        this.#say(peer, { t: 'snapshot', channel: channel as 'floor:x', epoch: this.#floor.epoch, offset: this.#floor.offset, state: this.#floor.stateOf(channel.split(':')[0] ?? '') });
      }
    });
  }

  #samples(): void {
    const samples = Object.keys(CAMERAS).map((camera) => this.#floor.sample(camera, Date.now()));
    for (const kind of ['floor', 'cameras']) this.#toChannel(`${kind}:${SITE.id}`, (channel) => ({ t: 'samples', channel, samples }));
  }

  #toChannel(name: string, make: (channel: 'floor:x') => ServerMessage): void {
    for (const [peer, channels] of this.#subscribers) if (channels.has(name)) this.#say(peer, make(name as 'floor:x'));
  }
  #toAll(message: ServerMessage): void {
    for (const peer of this.#subscribers.keys()) this.#say(peer, message);
  }
  #say(peer: WebSocket, message: ServerMessage): void {
    if (!this.silent) peer.send(JSON.stringify(message));
  }
}

function history(floor: FakeFloor, now: number): void {
  for (let minute = 120; minute > 0; minute--) floor.minute(now - minute * 60_000);
  for (const camera of Object.keys(CAMERAS)) floor.commit('camera.connected', { camera, node: 'node-1' }, now - 3_600_000);
  floor.commit('camera.disconnected', { camera: 'cam-hall', node: 'node-1', reason: 'ice failed' }, now - 240_000);
  floor.commit('device.silent', { device: 'button-2', lastSeen: now - 400_000 }, now - 300_000);
  for (const [id, name] of [['anna', 'Анна'], ['igor', 'Игорь']] as const) floor.commit('duty.started', { by: { id, name }, role: 'floor', zones: id === 'igor' ? ['first'] : null, until: now + 3 * 3_600_000, shift: 'day' }, now - 7_200_000);
  floor.commit('duty.started', { by: { id: 'olga', name: 'Ольга' }, role: 'manager', zones: null, until: null, shift: 'day' }, now - 7_200_000);
}

export interface FakeHub {
  url: string;
  floor: FakeFloor;
  live: Live;
  rest: RestLog;
  /** The hub goes away: nothing listens and every connection breaks. */
  leave(): Promise<void>;
  /** It is back at the same address. */
  comeBack(): Promise<void>;
  close(): Promise<void>;
}
export interface FakeOptions {
  /** Without places, devices and history. */
  empty?: boolean;
  sites?: boolean;
  /** With a dozen alerts of all sorts. */
  alerts?: boolean;
}

/** Starts the stand-in hub on a loopback port; 0 takes a free one. */
export async function startFakeHub(port = 0, options: FakeOptions = {}): Promise<FakeHub> {
  const floor = new FakeFloor(Date.now());
  if (!options.empty) history(floor, Date.now());
  if (options.alerts) mixedAlerts(floor, Date.now());
  const app = fastify();
  const csp = policy();
  app.addHook('onSend', async (_request, reply) => void reply.header('content-security-policy', csp));
  const live = new Live(floor, app);
  await app.register(fastifyStatic, { root, preCompressed: true });
  fakeRest(app, live, options);
  const rest = fakeAlertRoutes(app, floor, live);
  app.setNotFoundHandler((request, reply) => (/^\/(api|ws|_app)\b/.test(request.url) ? reply.code(404).send({ code: 'not_found' }) : reply.type('text/html').sendFile('index.html')));
  const url = await app.listen({ host: '127.0.0.1', port });
  return {
    url,
    floor,
    live,
    rest,
    async leave() {
      const closed = once(app.server, 'close');
      app.server.close();
      live.hangUp();
      app.server.closeAllConnections();
      await closed;
    },
    async comeBack() {
      app.server.listen(Number(new URL(url).port), '127.0.0.1');
      await once(app.server, 'listening');
    },
    async close() {
      live.close();
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

export const newToken = (): string => randomUUID().replaceAll('-', '') + randomUUID().replaceAll('-', '');

if (process.argv[1] === import.meta.filename) {
  const hub = await startFakeHub(Number(process.argv[2] ?? 8400), { empty: process.argv.includes('--empty'), alerts: process.argv.includes('--alerts') });
  console.log(`stand-in hub on ${hub.url}`);
}
