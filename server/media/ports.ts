import type { IncomingMessage } from 'node:http';
import type { CameraState, EmotionSample, DeviceKind, NodeStatus } from '../../contract/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Store } from '../core/store/store.ts';
import type { MediaAdapter } from './adapter.ts';

/** A device as the media part knows it. `site` is null only for a vision node that may serve every site. */
export interface MediaDevice { id: string; kind: DeviceKind; site: string | null; name: string; touchpoint: string | null }
/** A camera always belongs to a site. */
export interface MediaCamera { id: string; site: string; name: string; touchpoint: string | null }

export interface MediaLog {
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
}

/** What the media part needs from the rest of the hub. */
export interface MediaDeps {
  store: Store;
  /** The clock that all hubs of the store share. */
  clock: Clock;
  /** This hub's name among the others, new at every start. Random unless given. */
  hub?: string;
  /** How the signalling reaches other hubs (`createMediaAdapter`); without it, it works within this hub. */
  adapter?: MediaAdapter;
  log: MediaLog;
  /** The device that the token belongs to, or null when it is unknown or was revoked. */
  authenticateDevice(token: string): Promise<MediaDevice | null>;
  /** A camera that is not revoked, or null. */
  findCamera(id: string): Promise<MediaCamera | null>;
  /** The site's cameras that are not revoked. */
  camerasOf(site: string): Promise<MediaCamera[]>;
  /** What each camera of the site was set up for, and what its node said of its analysis; who has neither is left out. */
  workOf?(site: string): Promise<ReadonlyMap<string, Pick<CameraState, 'analysis' | 'setup'>>>;
  /** Whether a request with an Origin header may come from there; called for every handshake. */
  isAllowedOrigin(request: IncomingMessage): boolean;
  /** Calls the listener with a device's id when it is revoked, at whichever hub; returns how to stop. */
  onRevoked(listener: (device: string) => void): () => void;
  /** Samples that a node may send, checked; at most every 100 ms from a node. */
  onSamples(samples: EmotionSample[]): void;
  onNodeStatus(node: string, status: NodeStatus): void;
  onNodeGone?(node: string): void;
  timings?: Partial<MediaTimings>;
}

/** All in ms. */
export interface MediaTimings {
  /** A node answers a relayed request within this time. */
  relayMs: number;
  /** A lost node may come back within this time without its cameras being stated as gone. */
  nodeGraceMs: number;
  /** After a start, nodes have this long to say which cameras they still serve. */
  startGraceMs: number;
  /** A place on a node is kept this long for a camera that is connecting. */
  holdMs: number;
  /** How often a hub says which nodes it holds, looks for lost ones and gives back abandoned places. */
  sweepMs: number;
  /** A connected node that says nothing (it answers pings every 2 s) for this long is taken for gone. */
  nodeSilentMs: number;
  /** A hub that has said nothing for this long is not asked. */
  hubFreshMs: number;
  /** A hub that has said nothing for this long is gone, and its nodes with it, unless they came to another hub. */
  hubLostMs: number;
  /** How often the tokens of open connections are checked again: a word about a revocation may be lost. */
  recheckMs: number;
}
/** A node is replaced within `nodeSilentMs` + `sweepMs`, its hub's death with it within `hubLostMs` + `sweepMs`: below 10 s. */
export const TIMINGS: MediaTimings = {
  relayMs: 5_000, nodeGraceMs: 5_000, startGraceMs: 10_000, holdMs: 20_000, sweepMs: 2_000, nodeSilentMs: 4_500, hubFreshMs: 4_000, hubLostMs: 6_000, recheckMs: 10_000,
};
