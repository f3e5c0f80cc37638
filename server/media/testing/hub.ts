import type { AddressInfo } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import { WebSocketServer } from 'ws';
import type { Ack, AnyEvent, EmotionSample, NodeRequest, NodeStatus } from '../../../contract/index.ts';
import { readConfig } from '../../config.ts';
import { ApiError, buildHttp, isAllowedOrigin } from '../../core/http/index.ts';
import type { LogStore } from '../../core/store/store.ts';
import { createMedia, mediaRoutes, type Media, type MediaDeps, type MediaDevice, type MediaTimings } from '../index.ts';

export const SITE = 'clinic';
export const DEVICES: Record<string, MediaDevice> = {
  'token-camera-one': { id: 'cam-1', kind: 'camera', site: SITE, name: 'Door', touchpoint: 'door' },
  'token-camera-two': { id: 'cam-2', kind: 'camera', site: SITE, name: 'Till', touchpoint: null },
  'token-camera-far': { id: 'cam-3', kind: 'camera', site: 'elsewhere', name: 'Far', touchpoint: null },
  'token-vision': { id: 'vision-1', kind: 'vision', site: null, name: 'Node', touchpoint: null },
  'token-vision-two': { id: 'vision-2', kind: 'vision', site: SITE, name: 'Second', touchpoint: null },
  'token-button': { id: 'button-1', kind: 'button', site: SITE, name: 'Button', touchpoint: 'door' },
};

/** A shopping centre full of cameras: `token-many-0` is `many-0`, and so on. */
export const MANY = 60;
for (let i = 0; i < MANY; i++) DEVICES[`token-many-${i}`] = { id: `many-${i}`, kind: 'camera', site: 'centre', name: `Camera ${i}`, touchpoint: null };

export interface TestHubOptions extends Partial<Pick<MediaDeps, 'adapter' | 'hub' | 'log'>> {
  /** Short ones unless given. */
  timings?: Partial<MediaTimings>;
}

export interface TestHub {
  url: string;
  media: Media;
  samples: EmotionSample[];
  statuses: { node: string; status: NodeStatus }[];
  /** Revokes as the devices part does: the token stops working, listeners hear. */
  revoke(device: string): void;
  /** Events of the log that concern cameras, oldest first. */
  events(): AnyEvent[];
  close(): Promise<void>;
}

export const SHORT_TIMINGS: Partial<MediaTimings> = { relayMs: 300, nodeGraceMs: 200, startGraceMs: 300, sweepMs: 100, hubLostMs: 300 };

/** A hub that is only HTTP, a `/ws` echo and the media part, with one upgrade listener. */
export async function startHub(store: LogStore, committed: AnyEvent[], { timings = SHORT_TIMINGS, ...options }: TestHubOptions = {}): Promise<TestHub> {
  const config = readConfig({ OTKLIK_WEB_DIR: 'nowhere' });
  const revoked = new Set<string>();
  const listeners = new Set<(device: string) => void>();
  const samples: EmotionSample[] = [];
  const statuses: { node: string; status: NodeStatus }[] = [];
  const live = (): MediaDevice[] => Object.values(DEVICES).filter(({ id }) => !revoked.has(id));
  const cameras = () => live().flatMap(({ id, kind, site, name, touchpoint }) => (kind === 'camera' && site !== null ? [{ id, site, name, touchpoint }] : []));
  const deps: MediaDeps = {
    store, clock: Date.now,
    log: { info: () => undefined, warn: () => undefined },
    authenticateDevice: async (token) => live().find((device) => device === DEVICES[token]) ?? null,
    findCamera: async (id) => cameras().find((camera) => camera.id === id) ?? null,
    camerasOf: async (site) => cameras().filter((camera) => camera.site === site),
    isAllowedOrigin: (request) => isAllowedOrigin(request, config),
    onRevoked: (listener) => { listeners.add(listener); return () => listeners.delete(listener); },
    onSamples: (received) => samples.push(...received),
    onNodeStatus: (node, status) => statuses.push({ node, status }),
    timings, ...options,
  };
  const media = await createMedia(deps);
  const app = await buildHttp({ config, logger: false, clock: Date.now });
  await mediaRoutes(app, {
    store, media, clock: Date.now,
    auth: {
      requirePermission: (permission, siteOf) => async (request) => {
        if (request.headers['x-person'] !== `${permission} at ${siteOf?.(request)}`) throw new ApiError('unauthorised', 401, 'Sign in first.');
      },
    },
  });
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${String(data)}`)));
  app.server.on('upgrade', (request, socket, head) => {
    if (media.accepts(request)) media.handleUpgrade(request, socket, head);
    else if (request.url === '/ws') sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws, request));
    else socket.destroy();
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return {
    url, media, samples, statuses,
    revoke: (device) => { revoked.add(device); for (const listener of listeners) listener(device); },
    events: () => committed.filter((event) => event.type.startsWith('camera.')),
    close: async () => {
      await media.close();
      for (const client of sockets.clients) client.terminate();
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

/** A connection to `/media`, not necessarily let in. */
export function connect(hub: Pick<TestHub, 'url'>, token: unknown, role: unknown, transports: string[] = ['websocket']): Socket {
  return io(`${hub.url}/media`, { auth: { token, role } as object, transports, forceNew: true, reconnection: false });
}

/** Resolves to undefined when the hub let the socket in, else to the refusal's code or message. */
export function admission(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(undefined));
    socket.once('connect_error', (error: Error & { data?: { code?: string } }) => resolve(error.data?.code ?? error.message));
  });
}

export async function ask(socket: Socket, event: string, payload: unknown): Promise<Ack<unknown>> {
  return socket.timeout(5_000).emitWithAck(event, payload) as Promise<Ack<unknown>>;
}

export interface FakeNode {
  socket: Socket;
  /** Requests that the hub relayed, oldest first. */
  requests: { event: string; request: NodeRequest }[];
  register(cameras?: string[], capacity?: number): Promise<Ack<unknown>>;
  report(camera: string, state: 'connected' | 'disconnected', more?: object): Promise<Ack<unknown>>;
}

/** A vision node that answers every request with `answer` (by default: ok and its own name). */
export async function startNode(hub: Pick<TestHub, 'url'>, name = 'node-a', token = 'token-vision', answer: (event: string, request: NodeRequest) => unknown = () => ({ ok: true, data: { from: name } })): Promise<FakeNode> {
  const socket = connect(hub, token, 'vision');
  const requests: { event: string; request: NodeRequest }[] = [];
  socket.onAny((event: string, request: NodeRequest, reply: (ack: unknown) => void) => {
    requests.push({ event, request });
    const ack = answer(event, request);
    if (ack !== undefined) reply(ack);
  });
  const refused = await admission(socket);
  if (refused !== undefined) throw new Error(`the hub refused the node: ${refused}`);
  return {
    socket, requests,
    register: (cameras = [], capacity = 4) => ask(socket, 'node:register', { node: name, capacity, cameras }),
    report: (camera, state, more = {}) => ask(socket, 'node:camera', { camera, state, at: Date.now(), ...more }),
  };
}
