import type { Socket } from 'socket.io';
import type { MediaCamera } from './ports.ts';
import type { NodeRow, Picture } from './registry.ts';

/** Sockets that one camera may have at one hub; the oldest goes when another comes. */
const SOCKETS_PER_CAMERA = 3;

/** Numbers what happens here, so that a picture of the store that is older than a change does not undo it. */
export class Turns {
  #last = 0;
  next(): number { return ++this.#last; }
  get last(): number { return this.#last; }
}

interface NodeLink { socket: Socket; turn: number; heardAt: number }

/** The vision nodes whose connections this hub holds. */
export class NodeLinks {
  readonly #turns: Turns;
  readonly #links = new Map<string, NodeLink>();

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  get size(): number { return this.#links.size; }

  /** @returns the older connection of the same node, if there is one */
  set(node: string, socket: Socket, clock: () => number): Socket | undefined {
    const older = this.#links.get(node)?.socket;
    if (older === socket) return undefined;
    const link: NodeLink = { socket, turn: this.#turns.next(), heardAt: clock() };
    // Also answers to pings, and parts of messages on their way.
    socket.conn.on('packet', () => { link.heardAt = clock(); });
    this.#links.set(node, link);
    return older;
  }

  /** The node's connection, if this hub holds the one that is registered. */
  holding({ node, connection }: Pick<NodeRow, 'node' | 'connection'>): Socket | undefined {
    const socket = this.#links.get(node)?.socket;
    return socket?.id === connection && socket.connected ? socket : undefined;
  }

  /** Forgets the connection. @returns when the node was heard last, or undefined when this was not its connection */
  drop(node: string, socket: Socket): number | undefined {
    const link = this.#links.get(node);
    if (link?.socket !== socket) return undefined;
    this.#links.delete(node);
    return link.heardAt;
  }

  sockets(): Socket[] {
    return [...this.#links.values()].map(({ socket }) => socket);
  }

  connections(): string[] {
    return [...this.#links.values()].map(({ socket }) => socket.id);
  }

  /** Nodes that were not heard since. */
  silentSince(moment: number): Socket[] {
    return [...this.#links.values()].filter(({ heardAt }) => heardAt < moment).map(({ socket }) => socket);
  }

  /** Connections that are no node's any more: the node came to another hub, or was given up while this hub was stuck. */
  replaced({ nodes }: Picture, turn: number): Socket[] {
    const connections = new Map(nodes.map(({ node, connection }) => [node, connection]));
    return [...this.#links].filter(([node, link]) => link.turn <= turn && connections.get(node) !== link.socket.id).map(([, { socket }]) => socket);
  }
}

interface CameraLink {
  camera: MediaCamera;
  sockets: Set<Socket>;
  /** The node that it was given, as far as this hub knows. */
  node: string | undefined;
  /** To be called back when a node has room. */
  waiting: boolean;
  turn: number;
}

/** The cameras whose signalling connections this hub holds. */
export class CameraLinks {
  readonly #turns: Turns;
  readonly #links = new Map<string, CameraLink>();

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  has(camera: string): boolean { return this.#links.has(camera); }
  get(camera: string): MediaCamera | undefined { return this.#links.get(camera)?.camera; }
  sockets(camera: string): Socket[] { return [...(this.#links.get(camera)?.sockets ?? [])]; }
  waiting(): MediaCamera[] { return [...this.#links.values()].filter(({ waiting }) => waiting).map(({ camera }) => camera); }

  add(socket: Socket, camera: MediaCamera): void {
    const link = this.#links.get(camera.id) ?? { camera, sockets: new Set<Socket>(), node: undefined, waiting: false, turn: this.#turns.next() };
    link.camera = camera;
    this.#links.set(camera.id, link);
    const [oldest] = link.sockets.add(socket);
    if (link.sockets.size > SOCKETS_PER_CAMERA) oldest?.disconnect(true);
  }

  remove(socket: Socket, camera: string): void {
    const link = this.#links.get(camera);
    link?.sockets.delete(socket);
    if (link?.sockets.size === 0) this.#links.delete(camera);
  }

  /** What became of a camera that asked for a node. */
  placed(camera: string, node: string | undefined): void {
    const link = this.#links.get(camera);
    if (link) Object.assign(link, { node, waiting: node === undefined, turn: this.#turns.next() });
  }

  /** It gave its place back by itself. */
  released(camera: string): void {
    const link = this.#links.get(camera);
    if (link) Object.assign(link, { node: undefined, waiting: false, turn: this.#turns.next() });
  }

  /** Learns where the cameras have their places; those whose place is gone wait for another from now on. */
  follow({ places }: Picture, turn: number): void {
    const nodes = new Map(places.map(({ camera, node }) => [camera, node]));
    for (const [camera, link] of this.#links) {
      if (link.waiting || link.turn > turn) continue;
      const node = nodes.get(camera);
      Object.assign(link, { node, waiting: node === undefined && link.node !== undefined });
    }
  }
}

interface Served { node: string; site: string; turn: number }

/** Which cameras the nodes of this hub have: a copy of the store's places, for what is asked many times a second. */
export class ServedCameras {
  readonly #turns: Turns;
  #served = new Map<string, Served>();
  /** Cameras that were taken away after a picture that may still show them. */
  #taken = new Map<string, number>();

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  has(node: string, camera: string, site: string): boolean {
    const served = this.#served.get(camera);
    return served?.node === node && served.site === site;
  }

  set(camera: string, node: string, site: string): void {
    this.#served.set(camera, { node, site, turn: this.#turns.next() });
    this.#taken.delete(camera);
  }

  delete(camera: string): void {
    this.#served.delete(camera);
    this.#taken.set(camera, this.#turns.next());
  }

  /** Takes over the store's places of these nodes, but for what happened here since the picture was begun. */
  follow({ places }: Picture, isOurs: (node: string) => boolean, turn: number): void {
    const served = new Map<string, Served>();
    for (const { camera, node, site } of places) if (isOurs(node)) served.set(camera, { node, site, turn });
    for (const [camera, own] of this.#served) if (own.turn > turn) served.set(camera, own);
    for (const [camera, at] of this.#taken) if (at > turn) served.delete(camera);
    this.#served = served;
    this.#taken = new Map([...this.#taken].filter(([, at]) => at > turn));
  }
}
