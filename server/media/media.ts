import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'socket.io';
import type { Ack, ErrorCode } from '../../contract/index.ts';
import { loggable } from '../core/http/index.ts';
import { createGate, type MediaGate } from './gate.ts';
import { refuse } from './intake.ts';
import type { MediaCamera, MediaDeps, MediaDevice } from './ports.ts';
import { cameraRows, type CameraRow } from './repository.ts';
import type { NodeLoad } from './rules.ts';
import { Signalling } from './signalling.ts';
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
  /** The present nodes with their capacity and cameras, for metrics. */
  nodes(): NodeLoad[];
  /** The camera that the token belongs to; undefined for an unknown token, null for another kind of device. */
  cameraOf(token: string): Promise<MediaCamera | null | undefined>;
  /** Hands a WHIP offer to a node; `data` is `{sdp}`. */
  whip(camera: MediaCamera, sdp: string): Promise<Ack<unknown>>;
  /** Ends what `whip` began. */
  closeCamera(camera: MediaCamera): Promise<Ack<unknown>>;
  /** Resolves when every report so far is in the log. */
  settled(): Promise<void>;
  /** May be called again; the first call counts. */
  close(): Promise<void>;
}

/** Starts the signalling: reads which cameras stood as connected and waits for nodes to confirm them. */
export async function createMedia(deps: MediaDeps): Promise<Media> {
  const signalling = new Signalling(deps);
  const gate = createGate(deps.isAllowedOrigin);
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
    cameraStates: async (site) => cameraRows(deps.store, site, await deps.camerasOf(site)),
    nodes: () => signalling.registry.overview(),
    cameraOf,
    whip: async (camera, sdp) => (signalling.assign(camera) === undefined
      ? refuse('no_vision_node', 'No vision node has room for this camera now. Try again in some seconds.')
      : signalling.relay(camera, 'node:whip', { sdp })),
    closeCamera: (camera) => signalling.closeCamera(camera),
    settled: () => signalling.statements.settled(),
    close: () => (closing ??= (async () => {
      stopRevocations();
      const stopped = signalling.close();
      await gate.close();
      await stopped;
    })()),
  };
}

function asCamera({ id, kind, site, name, touchpoint }: MediaDevice): MediaCamera | null {
  return kind === 'camera' && site !== null ? { id, site, name, touchpoint } : null;
}

/** Lets devices in by their token and serves them; returns how to stop listening for revocations. */
function admit(gate: MediaGate, signalling: Signalling, deps: MediaDeps): () => void {
  // A revocation between the check of a token and the first message must not be missed.
  const revoked = new Set<string>();
  const space = gate.io.of('/media');
  space.use((socket, next) => {
    authenticate(socket, deps).then((peer) => {
      if ('refused' in peer) return next(refusal(peer.refused));
      if (revoked.has(peer.device.id)) return next(refusal('device_revoked'));
      peers.set(socket, peer);
      next();
    }, (error: unknown) => {
      deps.log.warn({ err: loggable(error) }, 'a media connection could not be checked');
      next(refusal('internal'));
    });
  });
  const peers = new WeakMap<Socket, Peer>();
  space.on('connection', (socket) => {
    const peer = peers.get(socket);
    if (!peer || revoked.has(peer.device.id)) return void socket.disconnect(true);
    if (peer.camera) serveCamera(signalling, socket, peer.camera);
    else serveNode(signalling, socket, peer.device);
  });
  return deps.onRevoked((device) => {
    revoked.add(device);
    signalling.revoke(device);
    for (const socket of space.sockets.values()) if (peers.get(socket)?.device.id === device) socket.disconnect(true);
  });
}

interface Peer { device: MediaDevice; camera: MediaCamera | null }

async function authenticate(socket: Socket, deps: MediaDeps): Promise<Peer | { refused: ErrorCode }> {
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
