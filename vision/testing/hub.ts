import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { Compile } from 'typebox/compile';
import { EventEnvelope, NODE_EVENTS, NODE_SYNC, SceneReport, VisionSync, type Ack, type CameraSetup, type EmotionSample, type NodeCamera, type NodeCapacity, type NodeRegister, type NodeStatus, type VisionSyncReply } from '../../contract/index.ts';
import { testSetup } from './setup.ts';

const validators = {
  register: Compile(NODE_EVENTS['node:register']), capacity: Compile(NODE_EVENTS['node:capacity']), samples: Compile(NODE_EVENTS['node:samples']),
  camera: Compile(NODE_EVENTS['node:camera']), status: Compile(NODE_EVENTS['node:status']), event: Compile(EventEnvelope),
  sync: Compile(VisionSync), scene: Compile(SceneReport),
};
const TOKEN = 'test-token-of-the-vision-node';

/** The hub's side of the media contract in this process: checks what the node sends, keeps it, and relays to it. */
export class FakeHub {
  readonly token = TOKEN;
  readonly registrations: NodeRegister[] = [];
  /** What the node said it can take after it had registered. */
  readonly capacities: number[] = [];
  readonly samples: EmotionSample[] = [];
  readonly cameras: NodeCamera[] = [];
  readonly statuses: NodeStatus[] = [];
  readonly events = new Map<string, EventEnvelope>();
  readonly syncs: VisionSync[] = [];
  readonly scenes: { camera: string; version: number; scene: string }[] = [];
  /** Messages that did not fit the contract. */
  readonly violations: string[] = [];
  /** Called with each sample when it arrives. */
  onSample: (sample: EmotionSample) => void = () => undefined;
  /** What every POST answers instead of what it is for. */
  refuseWith: number | undefined;
  /** The set-up of a camera that no test has configured. */
  defaultSetup: (camera: string) => CameraSetup = testSetup;
  readonly #setups = new Map<string, CameraSetup>();
  /** What the node was last given, as JSON. */
  readonly #given = new Map<string, string>();
  #pulls: VisionSyncReply['pull'] = [];
  #http: HttpServer | undefined;
  #io: Server | undefined;
  #node: Socket | undefined;
  #port = 0;

  get url(): string { return `http://127.0.0.1:${this.#port}`; }
  get connected(): boolean { return this.#node?.connected ?? false; }

  async listen(): Promise<void> {
    const http = createServer((request, response) => { void this.#post(request, response); });
    this.#http = http;
    this.#io = new Server(http, { serveClient: false });
    const media = this.#io.of('/media');
    media.use((socket, next) => {
      const { token, role } = socket.handshake.auth;
      next(token === TOKEN && role === 'vision' ? undefined : new Error('unauthorised'));
    });
    media.on('connection', (socket) => this.#connected(socket));
    await new Promise<void>((done) => http.listen(this.#port, '127.0.0.1', done));
    this.#port = (http.address() as AddressInfo).port;
  }

  /** Goes away as a hub that is restarted does; `listen` brings it back on the same port. */
  async close(): Promise<void> {
    await this.#io?.close();
    this.#http?.closeAllConnections();
  }

  /** The set-up as it stands. */
  setup(camera: string): CameraSetup { return this.#setups.get(camera) ?? this.defaultSetup(camera); }

  /** Changes a camera's set-up as somebody at the console does: the next version, and the node is told to look. */
  configure(camera: string, changes: Partial<CameraSetup>): CameraSetup {
    const before = this.setup(camera);
    const setup = { ...before, version: before.version + 1, ...changes };
    this.#setups.set(camera, setup);
    this.#node?.emit(NODE_SYNC);
    return setup;
  }

  /** Takes a camera's set-up away, as its revocation does. */
  removeSetup(camera: string): void {
    this.configure(camera, testSetup(camera, { version: 0, staff: null, purpose: null }));
  }

  /** The IP cameras that the node is to fetch from now on. */
  setPulls(pulls: readonly { camera: string; url: string }[]): void {
    this.#pulls = pulls.map((pull) => ({ ...pull, site: 'shop' }));
    this.#node?.emit(NODE_SYNC);
  }

  /** Relays a request to the node, as the hub does for a camera. */
  async ask(name: string, camera: string, payload: unknown): Promise<Ack<Record<string, unknown>>> {
    if (!this.#node) throw new Error('no node is connected');
    return await this.#node.timeout(10_000).emitWithAck(name, { camera, site: 'shop', name: `Camera ${camera}`, payload }) as Ack<Record<string, unknown>>;
  }

  /** Sends something that is no proper request. */
  async askRaw(name: string, message: unknown): Promise<Ack<Record<string, unknown>>> {
    if (!this.#node) throw new Error('no node is connected');
    return await this.#node.timeout(10_000).emitWithAck(name, message) as Ack<Record<string, unknown>>;
  }

  /** Takes a camera's offer to the node. @throws Error with the node's refusal. */
  async whip(camera: string, sdp: string): Promise<string> {
    const ack = await this.ask('node:whip', camera, { sdp });
    if (!ack.ok) throw new Error(`${ack.code}: ${ack.message}`);
    return String(ack.data['sdp']);
  }

  #connected(socket: Socket): void {
    this.#node = socket;
    socket.on('node:register', (message: unknown, reply: (ack: Ack<{ node: string }>) => void) => {
      if (this.#take('register', message)) {
        this.registrations.push(message as NodeRegister);
        reply({ ok: true, data: { node: (message as NodeRegister).node } });
      }
    });
    socket.on('node:capacity', (message: unknown) => { if (this.#take('capacity', message)) this.capacities.push((message as NodeCapacity).capacity); });
    socket.on('node:samples', (message: unknown) => {
      if (!this.#take('samples', message)) return;
      for (const sample of message as EmotionSample[]) { this.samples.push(sample); this.onSample(sample); }
    });
    socket.on('node:camera', (message: unknown) => { if (this.#take('camera', message)) this.cameras.push(message as NodeCamera); });
    socket.on('node:status', (message: unknown) => { if (this.#take('status', message)) this.statuses.push(message as NodeStatus); });
  }

  #take(kind: keyof typeof validators, message: unknown): boolean {
    if (validators[kind].Check(message)) return true;
    this.violations.push(`${kind}: ${JSON.stringify(validators[kind].Errors(message)[0])} in ${JSON.stringify(message).slice(0, 300)}`);
    return false;
  }

  async #post(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = (status: number, body: object): void => { response.writeHead(status, { 'content-type': 'application/json' }).end(status === 204 ? undefined : JSON.stringify(body)); };
    if (this.refuseWith !== undefined) { answer(this.refuseWith, { code: 'unavailable' }); return; }
    if (request.headers.authorization !== `Bearer ${TOKEN}`) { answer(401, { code: 'unauthorised' }); return; }
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    const scene = /^\/api\/v1\/vision\/cameras\/([^/]+)\/scene$/.exec(request.url ?? '');
    if (request.url === '/api/v1/vision/sync') answer(200, this.#sync(body));
    else if (scene) answer(204, this.#scene(scene[1]!, body));
    else answer(200, this.#events(body as { events: EventEnvelope[] }));
  }

  #sync(body: unknown): VisionSyncReply {
    if (!this.#take('sync', body)) return { setups: [], pull: [] };
    const sync = body as VisionSync;
    this.syncs.push(sync);
    const setups = sync.cameras.flatMap(({ camera, version }) => {
      const setup = this.setup(camera);
      if (version === setup.version && this.#given.get(camera) === JSON.stringify(setup)) return [];
      this.#given.set(camera, JSON.stringify(setup));
      return [setup];
    });
    return { setups, pull: this.#pulls };
  }

  /** The first scene of a version is kept. */
  #scene(camera: string, body: unknown): object {
    if (!this.#take('scene', body)) return {};
    const { version, scene } = body as { version: number; scene: string };
    this.scenes.push({ camera, version, scene });
    const setup = this.setup(camera);
    if (setup.version === version && setup.scene === null) this.#setups.set(camera, { ...setup, scene });
    return {};
  }

  #events({ events }: { events: EventEnvelope[] }): object {
    let duplicates = 0;
    for (const event of events) {
      if (!this.#take('event', event)) continue;
      if (this.events.has(event.id)) duplicates++;
      this.events.set(event.id, event);
    }
    return { accepted: events.length - duplicates, duplicates, rejected: [] };
  }
}

/** Resolves when the condition holds. @throws Error that says what was waited for. */
export async function until(condition: () => boolean, what: string, ms = 15_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
