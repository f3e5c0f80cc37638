import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'socket.io';
import type { Ack, ErrorCode } from '../../contract/index.ts';
import { loggable } from '../core/http/index.ts';
import { createGate, type MediaGate } from './gate.ts';
import { refuse } from './intake.ts';
import { Peers } from './peers.ts';
import type { MediaCamera, MediaDeps, MediaDevice } from './ports.ts';
import { cameraRows, type CameraRow } from './repository.ts';
import type { NodeLoad } from './rules.ts';
import { deviceRoom, newHubName, Signalling } from './signalling.ts';
import { serveCamera, serveNode } from './sockets.ts';

const TOKEN_MOST_CHARACTERS = 200;
const ROLES: ReadonlySet<unknown> = new Set(['camera', 'vision']);

/** The hub's side of the media signalling. No media passes through here. */
export interface Media {
  /** Whether a request (upgrade or not) is for the signalling. */
  accepts(request: IncomingMessage): boolean;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Long polling; answers by itself. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  /** The site's cameras with what was last stated about them. */
  cameraStates(site: string): Promise<CameraRow[]>;
  /** The present nodes of all hubs with their capacity and cameras, as of some seconds ago. */
  nodes(): NodeLoad[];
  /** The camera that the token belongs to; undefined for an unknown token, null for another kind of device. */
  cameraOf(token: string): Promise<MediaCamera | null | undefined>;
  /** Hands a WHIP offer to a node. `resource` names what it made, at every hub, until the camera's place is given back. */
  whip(camera: MediaCamera, sdp: string): Promise<Ack<{ sdp: string; resource: string }>>;
  /** Whether `whip` made this resource and it still is the camera's. */
  hasWhip(camera: MediaCamera, resource: string): Promise<boolean>;
  /** Ends what `whip` began; `not_found` when the resource is not the camera's (any more). */
  endWhip(camera: MediaCamera, resource: string): Promise<Ack<unknown>>;
  /** Tells the vision nodes that are connected to this hub to ask for set-ups and sources now. */
  hintSync(): void;
  /** Resolves when every report so far is in the log. */
  settled(): Promise<void>;
  /** May be called again; the first call counts. */
  close(): Promise<void>;
}

/** Starts the signalling: reads which cameras stood as connected and waits for nodes to confirm them. */
export async function createMedia(deps: MediaDeps): Promise<Media> {
  const gate = createGate(deps.isAllowedOrigin, deps.adapter?.adapter);
  const hub = deps.hub ?? newHubName();
  const signalling = new Signalling(deps, hub, new Peers(gate.io.of('/media'), hub, deps.adapter));
  const stopRevocations = admit(gate, signalling, deps);
  await signalling.start();
  let closing: Promise<void> | undefined;
  const cameraOf = async (token: string): Promise<MediaCamera | null | undefined> => {
    if (token.length === 0 || token.length > TOKEN_MOST_CHARACTERS) return undefined;
    const device = await deps.authenticateDevice(token);
    return device ? asCamera(device) : undefined;
  };
  return {
    accepts: gate.accepts,
    handleUpgrade: gate.handleUpgrade,
    handleRequest: gate.handleRequest,
    cameraStates: async (site) => cameraRows(deps.store, site, await deps.camerasOf(site), await deps.workOf?.(site)),
    nodes: () => signalling.overview(),
    cameraOf,
    whip: (camera, sdp) => offer(signalling, camera, sdp),
    hasWhip: async (camera, resource) => (await signalling.registry.locate(camera.id))?.place.whip === resource,
    endWhip: (camera, resource) => signalling.closeCamera(camera, resource),
    hintSync: () => signalling.hintSync(),
    settled: () => signalling.settled(),
    close: () => (closing ??= (async () => {
      stopRevocations();
      const stopped = signalling.close();
      await gate.close();
      await stopped;
    })()),
  };
}

async function offer(signalling: Signalling, camera: MediaCamera, sdp: string): Promise<Ack<{ sdp: string; resource: string }>> {
  const node = await signalling.assign(camera);
  if (!node) return refuse('no_vision_node', 'No vision node has room for this camera now. Try again in some seconds.');
  const answer = await signalling.ask(node, camera, 'node:whip', { sdp });
  if (!answer.ok) return answer;
  const sdpAnswer = (answer.data as { sdp?: unknown } | null)?.sdp;
  if (typeof sdpAnswer !== 'string') return refuse('media_failed', 'The vision node gave no SDP answer.');
  const resource = randomUUID();
  await signalling.registry.nameResource(camera.id, node.node, resource);
  return { ok: true, data: { sdp: sdpAnswer, resource } };
}

function asCamera({ id, kind, site, name, touchpoint }: MediaDevice): MediaCamera | null {
  return kind === 'camera' && site !== null ? { id, site, name, touchpoint } : null;
}

/** Lets devices in by their token and serves them; returns how to stop. */
function admit(gate: MediaGate, signalling: Signalling, deps: MediaDeps): () => void {
  const space = gate.io.of('/media');
  const peers = new WeakMap<Socket, Peer>();
  // A revocation between the check of a token and the first message must not be missed.
  let revocations = 0;
  const revokedAt = new Map<string, number>();
  const isRevoked = ({ device, checkedAt }: Peer): boolean => (revokedAt.get(device.id) ?? 0) > checkedAt;
  space.use((socket, next) => {
    const checkedAt = revocations;
    authenticate(socket, deps).then((found) => {
      if ('refused' in found) return next(refusal(found.refused));
      const peer = { ...found, checkedAt };
      if (isRevoked(peer)) return next(refusal('device_revoked'));
      peers.set(socket, peer);
      next();
    }, (error: unknown) => {
      deps.log.warn({ err: loggable(error) }, 'a media connection could not be checked');
      next(refusal('internal'));
    });
  });
  space.on('connection', (socket) => {
    const peer = peers.get(socket);
    if (!peer || isRevoked(peer)) return void socket.disconnect(true);
    void socket.join(deviceRoom(peer.device.id));
    if (peer.camera) serveCamera(signalling, socket, peer.camera);
    else serveNode(signalling, socket, peer.device);
  });
  const end = (device: string): void => {
    revokedAt.set(device, ++revocations);
    for (const socket of space.sockets.values()) if (peers.get(socket)?.device.id === device) socket.disconnect(true);
    signalling.revoke(device);
  };
  const stopListening = deps.onRevoked(end);
  const recheck = setInterval(() => {
    for (const socket of space.sockets.values()) signalling.background(endUnlessKnown(socket, peers.get(socket), deps), 'a device could not be checked again');
  }, signalling.timings.recheckMs);
  recheck.unref();
  return () => {
    clearInterval(recheck);
    stopListening();
  };
}

/** The word about a revocation may have been lost on its way from another hub; the store knows it. */
async function endUnlessKnown(socket: Socket, peer: Peer | undefined, deps: MediaDeps): Promise<void> {
  const now = await authenticate(socket, deps);
  if ('refused' in now || now.device.id !== peer?.device.id) socket.disconnect(true);
}

interface Peer {
  device: MediaDevice;
  camera: MediaCamera | null;
  /** How many revocations this hub had heard of when the token was checked. */
  checkedAt: number;
}

async function authenticate(socket: Socket, deps: MediaDeps): Promise<Omit<Peer, 'checkedAt'> | { refused: ErrorCode }> {
  const { token, role } = socket.handshake.auth as { token?: unknown; role?: unknown };
  if (typeof token !== 'string' || token.length === 0 || token.length > TOKEN_MOST_CHARACTERS || !ROLES.has(role)) return { refused: 'unauthorised' };
  const device = await deps.authenticateDevice(token);
  if (!device) return { refused: 'unauthorised' };
  const camera = asCamera(device);
  if (role === 'camera' ? camera === null : device.kind !== 'vision') return { refused: 'forbidden' };
  return { device, camera };
}

const REFUSALS: Partial<Record<ErrorCode, string>> = {
  unauthorised: 'this token is not known here: pair the device again',
  forbidden: 'this device is of another kind: use a token of a camera or a vision node',
  device_revoked: 'this device was revoked',
};

/** What the client gets as `connect_error`; `data.code` tells it whether trying again makes sense. */
function refusal(code: ErrorCode): Error {
  return Object.assign(new Error(REFUSALS[code] ?? 'the hub failed, try again'), { data: { code } });
}
