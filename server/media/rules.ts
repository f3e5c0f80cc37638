/**
 * Which vision node a camera is given. Pure: no clock, no sockets.
 */

/** A node that can be asked now, with the cameras that count against its capacity. */
export interface NodeLoad {
  node: string;
  /** The only site that it may serve, or null for every site. */
  site: string | null;
  capacity: number;
  cameras: ReadonlySet<string>;
}

/** A camera that wants a node. */
export interface CameraPlace { camera: string; site: string }

/**
 * Name of the node that the camera gets: the one that serves it already, else the one with the most free capacity
 * (ties go to the first by name), or undefined when none has room. Laws: never a node of another site; never beyond
 * capacity, except for a camera that the node counts already; the order of `nodes` does not matter.
 */
export function chooseNode(nodes: readonly NodeLoad[], { camera, site }: CameraPlace): string | undefined {
  const allowed = nodes.filter((node) => node.site === null || node.site === site);
  const serving = allowed.find((node) => node.cameras.has(camera));
  if (serving) return serving.node;
  const free = (node: NodeLoad): number => node.capacity - node.cameras.size;
  const [best] = allowed
    .filter((node) => free(node) > 0)
    .sort((a, b) => free(b) - free(a) || (a.node < b.node ? -1 : 1));
  return best?.node;
}

/** A camera's place on a node. */
export interface Assignment {
  node: string;
  /** Whether the node said that media flows. */
  media: boolean;
  /** Until when the place is kept for a camera that is still connecting, epoch ms. */
  heldUntil: number;
}

/** Whether the place is kept for nobody: no media, no signalling connection, and nobody on the way. */
export function isAbandoned(assignment: Assignment, signalling: boolean, now: number): boolean {
  return !assignment.media && !signalling && now >= assignment.heldUntil;
}

/** What is known of a node's connection; times are epoch ms by the clock that all hubs share. */
export interface NodeSign {
  /** When a hub last said that it holds the connection. */
  seenAt: number;
  /** When the connection broke; null while it stands. */
  absentSince: number | null;
}

/** Whether the node can be asked now: its connection stands, by a hub that said so at most `freshMs` ago. */
export function isPresent({ seenAt, absentSince }: NodeSign, now: number, freshMs: number): boolean {
  return absentSince === null && now - seenAt <= freshMs;
}

/** Whether the node is not expected back: away for `graceMs`, or connected by the word of a hub that has been silent for longer than `lostMs`. */
export function isLost({ seenAt, absentSince }: NodeSign, now: number, { graceMs, lostMs }: { graceMs: number; lostMs: number }): boolean {
  return absentSince === null ? now - seenAt > lostMs : now - absentSince >= graceMs;
}

/** What the hub has stated about a camera. */
export interface Stated { connected: boolean; node: string | null; codec: string | null }

/** What a node (or the hub, for a lost node) says about a camera. */
export interface CameraReport { connected: boolean; node: string; codec: string | null }

/**
 * Whether a report changes what was stated, so that the log gets an event. A loss counts only from the node that the
 * camera was last seen on: a camera that moved is not lost when its old node lets go.
 */
export function isChange(stated: Stated | undefined, report: CameraReport): boolean {
  if (!stated || !stated.connected) return report.connected;
  if (!report.connected) return stated.node === report.node;
  return stated.node !== report.node || (report.codec !== null && stated.codec !== report.codec);
}

/** Oldest that a report may be by its own clock, ms: beyond this the node's clock is wrong, not the news late. */
const REPORT_MAX_AGE_MS = 60_000;

/** A node's time brought within the hub's last minute, so that a wrong clock cannot put events elsewhere. */
export function reportTime(at: number, now: number): number {
  return Math.min(now, Math.max(at, now - REPORT_MAX_AGE_MS));
}
