import { randomBytes } from 'node:crypto';
import type { Socket } from 'socket.io';
import { CAMERA_RESTART, NODE_SYNC, type Ack, type NodeRequest } from '../../contract/index.ts';
import { loggable } from '../core/http/index.ts';
import { Assigner } from './assigner.ts';
import { readAck, refuse, type Refusal } from './intake.ts';
import { CameraLinks, NodeLinks, ServedCameras, Turns } from './links.ts';
import type { Ask, Peers } from './peers.ts';
import { TIMINGS, type MediaCamera, type MediaDeps, type MediaTimings } from './ports.ts';
import { loadsOf, Registry, type NodeRow, type Picture, type PlaceRow } from './registry.ts';
import { connectedCameras } from './repository.ts';
import { chooseNode, isPresent, reportTime, type CameraPlace, type NodeLoad } from './rules.ts';
import { Statements } from './statements.ts';
import { Watch } from './watch.ts';

/** A hub waits a little longer for another hub than that one does for its node. */
const PEER_EXTRA_MS = 500;

/** Brings cameras and nodes together, at whichever hub either is connected, and states what becomes of them. */
export class Signalling {
  readonly deps: MediaDeps;
  readonly timings: MediaTimings;
  readonly hub: string;
  readonly registry: Registry;
  readonly statements: Statements;
  readonly nodes: NodeLinks;
  readonly cameras: CameraLinks;
  readonly turns = new Turns();
  readonly peers: Peers;
  readonly #served: ServedCameras;
  readonly #assigner: Assigner;
  readonly #watch: Watch;
  /** What runs in the background and will state something. */
  readonly #tasks = new Set<Promise<unknown>>();
  #loads: NodeLoad[] = [];
  #closed = false;

  constructor(deps: MediaDeps, hub: string, peers: Peers) {
    this.deps = deps;
    this.timings = { ...TIMINGS, ...deps.timings };
    this.hub = hub;
    this.peers = peers;
    this.registry = new Registry(deps.store);
    this.statements = new Statements(deps);
    this.nodes = new NodeLinks(this.turns);
    this.cameras = new CameraLinks(this.turns);
    this.#served = new ServedCameras(this.turns);
    this.#assigner = new Assigner((cameras) => this.registry.assign(cameras, deps.clock() + this.timings.holdMs, (node) => this.isReachable(node)));
    this.#watch = new Watch(this);
    peers.listen({ answer: (ask) => this.#answer(ask), changed: () => this.#watch.poke() });
  }

  /** Whether there can be no other hub: what this one does not hold does not stand, and nobody asks how old its word is. */
  get alone(): boolean { return !this.deps.adapter && !this.deps.store.shared; }

  async start(): Promise<void> {
    if (this.alone) await this.registry.markAllAbsent(undefined, this.deps.clock());
    this.#watch.start();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#watch.stop();
    this.peers.close();
    // The nodes may come to another hub (or to this one's next start) within the grace.
    await this.registry.markAllAbsent(this.hub, this.deps.clock()).catch((error: unknown) => this.#trouble(error, 'the nodes could not be signed off'));
    await Promise.allSettled(this.#tasks);
    await this.statements.close();
  }

  /** Resolves when everything begun so far is in the log. */
  async settled(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.allSettled([...this.#tasks]);
    await this.#watch.settled();
    await this.statements.settled();
  }

  overview(): NodeLoad[] { return this.#loads; }

  /** Gives the camera a node, or keeps it in mind (if it can be called back) until one has room. */
  async assign(camera: MediaCamera): Promise<NodeRow | undefined> {
    const node = await this.#assigner.assign({ camera: camera.id, site: camera.site });
    this.#placed(camera, node);
    return node;
  }

  /** Asks the node that has the camera's place. Every failure is an acknowledgement with a code. */
  async relay(camera: MediaCamera, event: string, payload: unknown): Promise<Ack<unknown>> {
    const held = await this.registry.locate(camera.id);
    return held?.node && this.isReachable(held.node) ? this.ask(held.node, camera, event, payload) : noNode();
  }

  /** Asks a node. Every failure is an acknowledgement with a code. */
  ask(node: NodeRow, camera: MediaCamera, event: string, payload: unknown): Promise<Ack<unknown>> {
    const request: NodeRequest = { camera: camera.id, site: camera.site, name: camera.name, payload };
    const socket = this.nodes.holding(node);
    if (socket) return this.#askHere(socket, node.node, event, request);
    if (node.hub === this.hub) return Promise.resolve(noNode());
    return this.peers.ask({ to: node.hub, node: node.node, connection: node.connection, event, request }, this.timings.relayMs + PEER_EXTRA_MS);
  }

  /** Lets go of the camera's place, tells its node and hands on its answer. @param whip only if the place is this WHIP resource's */
  async closeCamera(camera: MediaCamera, whip?: string): Promise<Ack<unknown>> {
    if (whip === undefined) this.cameras.released(camera.id);
    const held = await this.registry.release(camera.id, whip);
    if (!held) return whip === undefined ? noNode() : refuse('not_found', 'there is no such WHIP resource (any more)');
    this.cameras.released(camera.id);
    this.#served.delete(camera.id);
    this.changed();
    return held.node && this.isReachable(held.node) ? this.ask(held.node, camera, 'camera:close', {}) : noNode();
  }

  /** A node said what it is and whom it serves. @returns a refusal's reason, or undefined. */
  async nodeRegistered(socket: Socket, device: { id: string; site: string | null }, node: string, capacity: number, serves: readonly string[]): Promise<string | undefined> {
    const known = new Map<string, MediaCamera>();
    for (const camera of await Promise.all(serves.map((id) => this.deps.findCamera(id)))) if (camera) known.set(camera.id, camera);
    if (!socket.connected) return 'the connection is gone';
    const at = this.deps.clock();
    const cameras = [...known.values()].map(({ id, site }) => ({ camera: id, site }));
    const result = await this.registry.register({ node, device: device.id, site: device.site, capacity, hub: this.hub, connection: socket.id, at, cameras }, (row) => this.isPresent(row));
    if ('refused' in result) return result.refused;
    const older = this.nodes.set(node, socket, this.deps.clock);
    if (!socket.connected) { this.nodeDisconnected(socket, node); return 'the connection is gone'; }
    older?.disconnect(true);
    if (result.replaced !== undefined && result.replaced !== socket.id) this.peers.disconnect(result.replaced);

    for (const id of serves) if (!result.adopted.has(id)) dismiss(socket, id);
    for (const [id, camera] of known) if (result.adopted.has(id)) this.#adopted(camera, node, { at, codec: null });
    const before = await connectedCameras(this.deps.store, node);
    await this.concludeGone([...result.lost, ...before.filter(({ camera }) => !result.adopted.has(camera))], node, 'vision node restarted');
    this.changed();
    return undefined;
  }

  /** A node can take more or fewer cameras now; it keeps those that it has. */
  async nodeResized(socket: Socket, capacity: number): Promise<void> {
    await this.registry.resize(socket.id, capacity);
    this.changed();
  }

  /** A node's camera came or went. @returns a refusal's reason, or undefined. */
  async cameraReported(socket: Socket, node: string, report: { camera: string; state: string; codec?: string; reason?: string; at: number }): Promise<string | undefined> {
    const camera = await this.deps.findCamera(report.camera);
    const at = reportTime(report.at, this.deps.clock());
    if (camera && report.state === 'disconnected') {
      await this.registry.mediaGone(camera.id, node);
      this.statements.add(camera, { connected: false, node, codec: null, at, reason: report.reason ?? 'the connection ended' });
      return undefined;
    }
    const verdict = camera ? await this.registry.adopt({ camera: camera.id, site: camera.site }, node, socket.id, (row) => this.isPresent(row)) : 'elsewhere';
    if (verdict === 'unregistered') {
      socket.disconnect(true);
      return 'another connection is registered as this node';
    }
    if (verdict === 'elsewhere' || !camera) {
      dismiss(socket, report.camera);
      return camera ? 'the camera belongs to another node now' : 'there is no such camera for this node';
    }
    this.#adopted(camera, node, { at, codec: report.codec ?? null });
    return undefined;
  }

  /** Whether this node has this camera at this site: only then may it speak for it. */
  serves(node: string, camera: string, site: string): boolean {
    return this.#served.has(node, camera, site);
  }

  nodeDisconnected(socket: Socket, node: string): void {
    const heardAt = this.nodes.drop(node, socket);
    if (heardAt === undefined || this.#closed) return;
    const now = this.deps.clock();
    // One that fell silent has been away since then; one that hung up has just gone.
    const since = now - heardAt >= this.timings.nodeSilentMs ? heardAt : now;
    // If this fails, nobody renews the node any more and it is given up for its age.
    this.background(this.registry.markAbsent(socket.id, since).then(() => this.#watch.poke()), 'a node\'s absence could not be stored');
  }

  /** A device lost its right: its sockets close at every hub, its camera's node is told. */
  revoke(device: string): void {
    this.peers.disconnect(deviceRoom(device));
    this.background(this.#revoke(device), 'a revocation could not be carried out in the store');
  }

  /** States cameras as gone from a node that did not say so itself. */
  async concludeGone(cameras: readonly CameraPlace[], node: string, reason: string): Promise<void> {
    const at = this.deps.clock();
    const sites = new Map(cameras.map(({ camera, site }) => [camera, site]));
    for (const [id, site] of sites) {
      this.#served.delete(id);
      const camera = this.cameras.get(id) ?? await this.deps.findCamera(id) ?? revoked(id, site);
      this.statements.add(camera, { connected: false, node, codec: null, at, reason, concluded: true });
    }
  }

  /** Takes over what the store says; `turn` is the moment when the picture was begun. */
  async follow(picture: Picture, turn: number): Promise<void> {
    const ours = new Set(picture.nodes.filter((node) => this.nodes.holding(node)).map(({ node }) => node));
    this.#served.follow(picture, (node) => ours.has(node), turn);
    this.cameras.follow(picture, turn);
    this.#loads = loadsOf(picture.nodes.filter((node) => this.isPresent(node)), picture.places);
    await this.#offer(picture);
  }

  /** Nodes or places changed: cameras that wait may have room now, here or at another hub. */
  changed(): void {
    this.#watch.poke();
    this.peers.tellChanged();
  }

  /** The nodes here synchronise now instead of within a second. */
  hintSync(): void {
    for (const socket of this.nodes.sockets()) socket.emit(NODE_SYNC);
  }

  /** Whether the node stands in the store as one that can be asked by somebody. */
  isPresent(node: NodeRow): boolean {
    return isPresent(node, this.deps.clock(), this.timings.hubFreshMs) || (node.absentSince === null && this.nodes.holding(node) !== undefined);
  }

  /** Whether this hub can ask the node. */
  isReachable(node: NodeRow): boolean {
    return this.isPresent(node) && (this.nodes.holding(node) !== undefined || (node.hub !== this.hub && this.peers.live));
  }

  /** Lets something run that nobody waits for, but `settled`. */
  background(task: Promise<unknown>, failure: string): void {
    const kept = task.catch((error: unknown) => this.#trouble(error, failure)).finally(() => this.#tasks.delete(kept));
    this.#tasks.add(kept);
  }

  /** Calls back the cameras that wait, as many as there is room for. */
  async #offer({ nodes, places }: Picture): Promise<void> {
    const loads = loadsOf(nodes.filter((node) => this.isReachable(node)), places);
    const hopeful = this.#closed ? [] : this.cameras.waiting().filter(({ id, site }) => chooseNode(loads, { camera: id, site }) !== undefined);
    await Promise.all(hopeful.map(async (camera) => {
      if (await this.assign(camera) === undefined) return;
      for (const socket of this.cameras.sockets(camera.id)) socket.emit(CAMERA_RESTART);
    }));
  }

  #placed(camera: MediaCamera, node: NodeRow | undefined): void {
    this.cameras.placed(camera.id, node?.node);
    if (node && this.nodes.holding(node)) this.#served.set(camera.id, node.node, camera.site);
    else this.#served.delete(camera.id);
  }

  #adopted(camera: MediaCamera, node: string, news: { at: number; codec: string | null }): void {
    this.#served.set(camera.id, node, camera.site);
    this.cameras.placed(camera.id, node);
    this.statements.add(camera, { connected: true, node, codec: news.codec, at: news.at, reason: null });
  }

  async #askHere(socket: Socket, node: string, event: string, request: NodeRequest): Promise<Ack<unknown>> {
    try {
      return readAck(await socket.timeout(this.timings.relayMs).emitWithAck(event, request));
    } catch (error) {
      this.deps.log.warn({ camera: request.camera, node, event, reason: String(error) }, 'a vision node did not answer');
      return refuse('media_failed', 'the vision node did not answer in time: start again');
    }
  }

  /** Another hub asks a node that is (or was) connected here. */
  async #answer({ node, connection, event, request }: Ask): Promise<Ack<unknown>> {
    const socket = this.nodes.holding({ node, connection });
    return socket ? this.#askHere(socket, node, event, request as NodeRequest) : noNode();
  }

  async #revoke(device: string): Promise<void> {
    const held = await this.registry.release(device);
    if (held) {
      const { node, site } = held.place;
      const camera = this.cameras.get(device) ?? revoked(device, site);
      this.#served.delete(device);
      if (held.node && this.isReachable(held.node)) this.background(this.ask(held.node, camera, 'camera:close', {}), 'a node was not told of a revocation');
      this.statements.add(camera, { connected: false, node, codec: null, at: this.deps.clock(), reason: 'device revoked' });
    }
    const { nodes, places } = await this.registry.removeDevice(device);
    for (const { node } of nodes) await this.nodeGone(node, places.filter((place) => place.node === node), 'vision node gone');
    if (held || nodes.length > 0) this.changed();
  }

  /** A node was taken out of the registry: its cameras are stated as gone, and wait for another node. */
  async nodeGone(node: string, places: readonly PlaceRow[], reason: string): Promise<void> {
    this.deps.log.warn({ node, cameras: places.length, reason }, 'a vision node is gone');
    await this.concludeGone(places, node, reason);
  }

  #trouble(error: unknown, message: string): void {
    this.deps.log.warn({ err: loggable(error) }, message);
  }
}

/** The room of a device's sockets, at every hub. */
export const deviceRoom = (device: string): string => `device:${device}`;

export const newHubName = (): string => randomBytes(6).toString('hex');

/** What is left to be said of a camera that nobody knows any more. */
const revoked = (id: string, site: string): MediaCamera => ({ id, site, name: id, touchpoint: null });

const noNode = (): Refusal => refuse('media_failed', 'the camera has no vision node (any more): start again with camera:capabilities');

/** Tells a node to let go of a camera that it must not have; its answer does not matter. */
function dismiss(socket: Socket, camera: string): void {
  const request: NodeRequest = { camera, site: '', name: '', payload: {} };
  socket.emit('camera:close', request, () => undefined);
}
