import type { Socket } from 'socket.io';
import { CAMERA_RESTART, type Ack, type NodeRequest } from '../../contract/index.ts';
import { readAck, refuse } from './intake.ts';
import { TIMINGS, type MediaCamera, type MediaDeps, type MediaTimings } from './ports.ts';
import { NodeRegistry, type Place } from './registry.ts';
import { connectedCameras } from './repository.ts';
import { reportTime } from './rules.ts';
import { Statements } from './statements.ts';

/** Sockets that one camera may have at once; the oldest goes when another comes. */
const SOCKETS_PER_CAMERA = 3;

/** Knows who is connected; brings cameras and nodes together and states what becomes of them. */
export class Signalling {
  readonly deps: MediaDeps;
  readonly timings: MediaTimings;
  readonly registry = new NodeRegistry();
  readonly statements: Statements;
  readonly #nodeSockets = new Map<string, Socket>();
  readonly #cameraSockets = new Map<string, Set<Socket>>();
  /** Cameras that are to be called back when a node has room. */
  readonly #waiting = new Map<string, MediaCamera>();
  readonly #graces = new Map<string, NodeJS.Timeout>();
  /** Connected by the store when this hub started, and not yet confirmed by a node. */
  readonly #unconfirmed = new Map<string, string>();
  #sweeper: NodeJS.Timeout | undefined;
  #startGrace: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(deps: MediaDeps) {
    this.deps = deps;
    this.timings = { ...TIMINGS, ...deps.timings };
    this.statements = new Statements(deps);
  }

  async start(): Promise<void> {
    for (const { camera, node } of await connectedCameras(this.deps.store)) this.#unconfirmed.set(camera, node);
    this.#startGrace = setTimeout(() => void this.#giveUpUnconfirmed('hub restarted', () => true), this.timings.startGraceMs);
    this.#sweeper = setInterval(() => this.registry.sweep(this.deps.clock(), (camera) => this.#cameraSockets.has(camera)), this.timings.sweepMs);
    this.#sweeper.unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweeper);
    clearTimeout(this.#startGrace);
    for (const timer of this.#graces.values()) clearTimeout(timer);
    await this.statements.close();
  }

  addCamera(socket: Socket, camera: MediaCamera): void {
    const sockets = this.#cameraSockets.get(camera.id) ?? new Set<Socket>();
    this.#cameraSockets.set(camera.id, sockets.add(socket));
    const [oldest] = sockets;
    if (sockets.size > SOCKETS_PER_CAMERA) oldest?.disconnect(true);
  }

  removeCamera(socket: Socket, camera: MediaCamera): void {
    const sockets = this.#cameraSockets.get(camera.id);
    sockets?.delete(socket);
    if (sockets?.size === 0) {
      this.#cameraSockets.delete(camera.id);
      this.#waiting.delete(camera.id);
    }
  }

  /** Gives the camera a node, or keeps it in mind (if it can be called back) until one has room. */
  assign(camera: MediaCamera): string | undefined {
    const node = this.registry.assign(camera, this.deps.clock() + this.timings.holdMs);
    if (node === undefined && this.#cameraSockets.has(camera.id)) this.#waiting.set(camera.id, camera);
    else this.#waiting.delete(camera.id);
    return node;
  }

  /** Asks the camera's node. Every failure is an acknowledgement with a code. */
  async relay(camera: MediaCamera, event: string, payload: unknown): Promise<Ack<unknown>> {
    const node = this.registry.presentNodeOf(camera.id);
    const socket = node === undefined ? undefined : this.#nodeSockets.get(node);
    if (!socket) return refuse('media_failed', 'the camera has no vision node (any more): start again with camera:capabilities');
    const request: NodeRequest = { camera: camera.id, site: camera.site, name: camera.name, payload };
    try {
      return readAck(await socket.timeout(this.timings.relayMs).emitWithAck(event, request));
    } catch (error) {
      this.deps.log.warn({ camera: camera.id, node, event, reason: String(error) }, 'a vision node did not answer');
      return refuse('media_failed', 'the vision node did not answer in time: start again');
    }
  }

  /** Lets go of the camera's place and tells the node, without waiting for it. */
  async closeCamera(camera: MediaCamera): Promise<Ack<unknown>> {
    const answer = this.relay(camera, 'camera:close', {});
    this.registry.release(camera.id);
    this.#offer();
    return answer;
  }

  /** A node said what it is and whom it serves. @returns a refusal's reason, or undefined. */
  async nodeRegistered(socket: Socket, device: { id: string; site: string | null }, node: string, capacity: number, serves: readonly string[]): Promise<string | undefined> {
    const holder = this.registry.holderOf(node);
    if (holder !== undefined && holder !== device.id) return `the name ${node} is taken by another device`;
    const known = await Promise.all(serves.map((id) => this.deps.findCamera(id)));
    if (!socket.connected) return 'the connection is gone';
    clearTimeout(this.#graces.get(node));
    this.#graces.delete(node);
    const older = this.#nodeSockets.get(node);
    this.#nodeSockets.set(node, socket);
    if (older && older !== socket) older.disconnect(true);
    this.registry.register(node, device.id, device.site, capacity);
    const mine = new Set<string>();
    known.forEach((camera, i) => {
      if (camera && this.#adopt(camera, node)) mine.add(camera.id);
      else this.#dismiss(socket, serves[i]!);
    });
    for (const place of this.registry.placesOn(node)) if (!mine.has(place.camera.id) && place.media) this.#lose(place, 'vision node restarted');
    await this.#giveUpUnconfirmed('vision node restarted', (on) => on === node);
    this.#offer();
    return undefined;
  }

  /** A node's camera came or went. @returns a refusal's reason, or undefined. */
  async cameraReported(socket: Socket, node: string, report: { camera: string; state: string; codec?: string; reason?: string; at: number }): Promise<string | undefined> {
    const camera = await this.deps.findCamera(report.camera);
    if (!camera || !this.registry.mayServe(node, camera.site)) {
      this.#dismiss(socket, report.camera);
      return 'there is no such camera for this node';
    }
    const now = this.deps.clock();
    const at = reportTime(report.at, now);
    if (report.state === 'disconnected') {
      if (this.registry.place(camera.id)?.node === node) this.registry.mediaGone(camera.id);
      this.#unconfirmed.delete(camera.id);
      this.statements.add(camera, { connected: false, node, codec: null, at, reason: report.reason ?? 'the connection ended' });
      return undefined;
    }
    if (!this.#adopt(camera, node, { at, codec: report.codec ?? null })) {
      this.#dismiss(socket, camera.id);
      return 'the camera belongs to another node now';
    }
    return undefined;
  }

  /** Whether this node has this camera at this site: only then may it speak for it. */
  serves(node: string, camera: string, site: string): boolean {
    const place = this.registry.place(camera);
    return place?.node === node && place.camera.site === site;
  }

  nodeDisconnected(socket: Socket, node: string): void {
    if (this.#nodeSockets.get(node) !== socket) return;
    this.#nodeSockets.delete(node);
    this.registry.markAbsent(node);
    if (this.#closed) return;
    this.#graces.set(node, setTimeout(() => this.#nodeLost(node), this.timings.nodeGraceMs));
  }

  /** A device lost its right: its sockets close now, its camera's node is told. */
  revoke(device: string): void {
    const place = this.registry.place(device);
    if (place) {
      void this.relay(place.camera, 'camera:close', {});
      this.registry.release(device);
      this.#state(place, 'device revoked');
    }
    for (const socket of [...(this.#cameraSockets.get(device) ?? [])]) socket.disconnect(true);
    for (const [node, socket] of [...this.#nodeSockets]) {
      if (this.registry.holderOf(node) !== device) continue;
      socket.disconnect(true);
      this.#nodeLost(node);
    }
    this.#offer();
  }

  #adopt(camera: MediaCamera, node: string, news: { at: number; codec: string | null } = { at: this.deps.clock(), codec: null }): boolean {
    const other = this.registry.presentNodeOf(camera.id);
    if (!this.registry.mayServe(node, camera.site) || (other !== undefined && other !== node)) return false;
    this.registry.adopt(camera, node);
    this.#unconfirmed.delete(camera.id);
    this.#waiting.delete(camera.id);
    this.statements.add(camera, { connected: true, node, codec: news.codec, at: news.at, reason: null });
    return true;
  }

  /** Tells a node to let go of a camera that it must not have; its answer does not matter. */
  #dismiss(socket: Socket, camera: string): void {
    const request: NodeRequest = { camera, site: '', name: '', payload: {} };
    socket.emit('camera:close', request, () => undefined);
  }

  #nodeLost(node: string): void {
    clearTimeout(this.#graces.get(node));
    this.#graces.delete(node);
    const places = this.registry.remove(node);
    this.deps.log.warn({ node, cameras: places.length }, 'a vision node is gone');
    this.deps.onNodeGone?.(node);
    for (const place of places) this.#lose(place, 'vision node gone');
    this.#offer();
  }

  #lose(place: Place, reason: string): void {
    this.registry.release(place.camera.id);
    this.#state(place, reason);
    if (this.#cameraSockets.has(place.camera.id)) this.#waiting.set(place.camera.id, place.camera);
  }

  #state(place: Place, reason: string): void {
    this.statements.add(place.camera, { connected: false, node: place.node, codec: null, at: this.deps.clock(), reason });
  }

  /** Calls back the cameras that wait, as many as there is room for. */
  #offer(): void {
    if (this.#closed) return;
    for (const camera of [...this.#waiting.values()]) {
      if (this.assign(camera) === undefined) continue;
      for (const socket of this.#cameraSockets.get(camera.id) ?? []) socket.emit(CAMERA_RESTART);
    }
  }

  /** States as gone what the store still calls connected on these nodes. */
  async #giveUpUnconfirmed(reason: string, which: (node: string) => boolean): Promise<void> {
    const left = [...this.#unconfirmed].filter(([, node]) => which(node));
    for (const [id] of left) this.#unconfirmed.delete(id);
    const at = this.deps.clock();
    for (const [id, node] of left) {
      const camera = await this.deps.findCamera(id);
      if (camera && !this.registry.place(id)?.media) this.statements.add(camera, { connected: false, node, codec: null, at, reason });
    }
  }
}
