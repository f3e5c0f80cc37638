/** A node that fetches IP cameras. `site` null: of any site. `since`: when it came, `seenAt`: when it last spoke (epoch ms). */
export interface PullNode { node: string; site: string | null; room: number; load: number; since: number; seenAt: number }
/** A camera that is to be fetched, and by whom until when (epoch ms). */
export interface PullSource { camera: string; site: string }
export interface Pull { camera: string; node: string; until: number }

/** A node that has not spoken for this long fetches nothing any more. */
export const LEASE_MS = 6_000;
/** Leases are renewed when less than this is left, and nodes written down when they were not for `LEASE_MS` minus this. */
export const RENEW_BELOW_MS = 4_000;
/** After an outage the first node to be back waits so long for the others before it takes what was theirs. */
export const SETTLE_MS = 1_500;

/** What a node says when it asks. `pulling`: what it fetches at this moment. */
export interface PullAsk { node: string; site: string | null; room: number; load: number; pulling: readonly string[] }

export interface PullDecision {
  /** Nodes as they are to be written down: who asked, and who was given cameras. */
  nodes: PullNode[];
  /** Leases to be written down. */
  pulls: Pull[];
  /** Cameras whose leases go: nobody is to fetch them any more. */
  ended: string[];
  /** What the node that asked is to fetch from now on. */
  own: string[];
}

const maySee = (node: { site: string | null }, site: string): boolean => node.site === null || node.site === site;

/**
 * Shares IP cameras out among vision nodes: a lease goes on while its node speaks; what is free goes to the node with
 * the least load among those that have room and see the site. A node that already fetches a free camera keeps it.
 */
export function sharePulls(ask: PullAsk, now: number, { nodes, sources, pulls }: { nodes: readonly PullNode[]; sources: readonly PullSource[]; pulls: readonly Pull[] }): PullDecision {
  const before = nodes.find(({ node }) => node === ask.node);
  const here = before !== undefined && now - before.seenAt < LEASE_MS;
  const leases = new Map(pulls.map((pull) => [pull.camera, pull]));
  const fetching = new Set(ask.pulling);
  const granted = pulls.filter(({ camera, node, until }) => node === ask.node && until > now && !fetching.has(camera)).length;
  // What it was given and has not begun is not in its own count yet.
  const asking: PullNode = { node: ask.node, site: ask.site, room: Math.max(0, ask.room - granted), load: ask.load, since: here ? before.since : now, seenAt: now };
  const present = new Map(nodes.filter(({ node, seenAt }) => node !== ask.node && now - seenAt < LEASE_MS).map((node) => [node.node, { ...node }]));
  present.set(ask.node, asking);

  const changed = new Map<string, PullNode>([[ask.node, asking]]);
  const result: PullDecision = { nodes: [], pulls: [], ended: [], own: [] };
  const wanted = new Set(sources.map(({ camera }) => camera));
  for (const { camera } of pulls) if (!wanted.has(camera)) result.ended.push(camera);

  const give = (camera: string, node: PullNode, isNew: boolean): void => {
    result.pulls.push({ camera, node: node.node, until: now + LEASE_MS });
    if (node.node === ask.node) result.own.push(camera);
    if (!isNew) return;
    node.load += (1 - node.load) / Math.max(1, node.room);
    node.room -= 1;
    changed.set(node.node, node);
  };
  for (const { camera, site } of sources) {
    const lease = leases.get(camera);
    if (lease && lease.until > now && lease.node !== ask.node) continue;
    if (lease?.node === ask.node && maySee(asking, site) && (lease.until > now || fetching.has(camera))) give(camera, asking, false);
    else if (fetching.has(camera) && maySee(asking, site)) give(camera, asking, false);
    else {
      const best = [...present.values()].filter((node) => node.room > 0 && maySee(node, site) && now - node.since >= SETTLE_MS)
        .sort((a, b) => a.load - b.load || b.room - a.room || (a.node < b.node ? -1 : 1))[0];
      if (best) give(camera, best, true);
    }
  }
  result.nodes = [...changed.values()];
  return result;
}
