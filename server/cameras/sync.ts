import type { CameraSetup, Profile, VisionSync, VisionSyncReply } from '../../contract/index.ts';
import type { Clock } from '../core/clock.ts';
import { inArray } from '../core/store/drizzle.ts';
import type { Db, Store } from '../core/store/store.ts';
import { LEASE_MS, RENEW_BELOW_MS, sharePulls, type Pull, type PullDecision, type PullNode } from './pulls.ts';
import { blankSetup, setupOf, type CamerasRepository, type SetupRow } from './repository.ts';
import type { CameraPlace } from './setups.ts';
import type { Sources } from './sources.ts';
import { cameraPullsTable, pullNodesTable } from './tables.ts';

export interface SyncDeps {
  store: Store;
  clock: Clock;
  profile: Profile;
  repository: CamerasRepository;
  sources: Pick<Sources, 'all' | 'open'>;
  deviceIn(db: Db, id: string): Promise<CameraPlace | null>;
  log: { warn(detail: object, message: string): void };
}

/** Whoever shares cameras out reads all of it first: one after another, over all hubs. */
const SCOPE = 'camera pulls';
/** A change is told again for this long after an answer that may have been lost, and over clocks that differ. */
const AGAIN_MS = 30_000;
/** Nodes whose last visit is remembered; more than that only hear of old changes again. */
const NODES_REMEMBERED = 2_000;
const CHUNK = 200;

type SourceRow = Awaited<ReturnType<Sources['all']>>[number];

/** What vision nodes are told: how cameras are set up, and which IP cameras to fetch. */
export function createSync({ store, clock, profile, repository, sources, deviceIn, log }: SyncDeps) {
  const nodes = store.use(pullNodesTable);
  const pulls = store.use(cameraPullsTable);
  /** When each node was last answered here. */
  const answered = new Map<string, number>();
  /** Addresses that could not be opened, said once each. */
  const unreadable = new Set<string>();

  function changesSince(node: string, now: number): number {
    const last = answered.get(node) ?? 0;
    answered.delete(node);
    answered.set(node, now);
    if (answered.size > NODES_REMEMBERED) answered.delete(answered.keys().next().value!);
    return last - AGAIN_MS;
  }

  /** Set-ups of these cameras that differ from what the node has, or may. */
  async function setupsFor(site: string | null, { node, cameras, pulling }: VisionSync, now: number): Promise<CameraSetup[]> {
    const since = changesSince(node, now);
    const versions = new Map(cameras.map(({ camera, version }) => [camera, version]));
    // An IP camera is served as soon as it is fetched: its set-up is there before the first picture.
    for (const camera of pulling) if (!versions.has(camera)) versions.set(camera, -1);
    return store.read(async (db) => {
      const rows = new Map((await repository.setupsOf(db, [...versions.keys()])).map((row) => [row.camera, row]));
      const found: SetupRow[] = [];
      for (const [camera, version] of versions) {
        const row = rows.get(camera) ?? (version === 0 ? undefined : await unset(db, camera));
        if (row && (site === null || row.site === site) && (row.version !== version || row.changedAt >= since)) found.push(row);
      }
      return found.map((row) => setupOf(row, profile, now));
    });
  }

  async function unset(db: Db, camera: string): Promise<SetupRow | undefined> {
    const known = await deviceIn(db, camera);
    return known?.kind === 'camera' ? blankSetup(camera, known.site) : undefined;
  }

  const all = async (db: Db): Promise<{ nodes: PullNode[]; sources: SourceRow[]; pulls: Pull[] }> => ({ nodes: await db.select().from(nodes), sources: await sources.all(db), pulls: await db.select().from(pulls) });

  /** Whether anything of a decision is worth a write: leases and presence are renewed before they run out, not every second. */
  function isNews({ nodes: changed, pulls: given, ended }: PullDecision, before: { nodes: readonly PullNode[]; pulls: readonly Pull[] }, node: string, now: number): boolean {
    const known = before.nodes.find((one) => one.node === node);
    if (!known || now - known.seenAt >= LEASE_MS - RENEW_BELOW_MS || changed.length > 1 || ended.length > 0) return true;
    const leases = new Map(before.pulls.map((pull) => [pull.camera, pull]));
    return given.some(({ camera, node: to }) => { const lease = leases.get(camera); return lease?.node !== to || lease.until - now < RENEW_BELOW_MS; });
  }

  async function write(db: Db, { nodes: changed, pulls: given, ended }: PullDecision, known: readonly PullNode[], now: number): Promise<void> {
    for (const { node, ...values } of changed) await db.insert(nodes).values({ node, ...values }).onConflictDoUpdate({ target: nodes.node, set: values });
    for (const { camera, ...values } of given) await db.insert(pulls).values({ camera, ...values }).onConflictDoUpdate({ target: pulls.camera, set: values });
    for (let i = 0; i < ended.length; i += CHUNK) await db.delete(pulls).where(inArray(pulls.camera, ended.slice(i, i + CHUNK)));
    const gone = known.filter(({ seenAt }) => now - seenAt > 100 * LEASE_MS).map(({ node }) => node);
    if (gone.length > 0) await db.delete(nodes).where(inArray(nodes.node, gone.slice(0, CHUNK)));
  }

  /** The IP cameras that the node is to fetch. */
  async function pullsFor(site: string | null, sync: VisionSync, now: number): Promise<VisionSyncReply['pull']> {
    const before = await store.read(all);
    if (before.sources.length === 0 && before.pulls.length === 0) return [];
    const ask = { node: sync.node, site, room: sync.room, load: sync.load, pulling: sync.pulling };
    let decision = sharePulls(ask, now, before);
    let rows = before.sources;
    if (isNews(decision, before, sync.node, now)) {
      ({ decision, rows } = await store.transaction(async ({ db }) => {
        const current = await all(db);
        const decided = sharePulls(ask, now, current);
        await write(db, decided, current.nodes, now);
        return { decision: decided, rows: current.sources };
      }, SCOPE));
    }
    const own = new Set(decision.own);
    return rows.filter(({ camera }) => own.has(camera)).flatMap((row) => opened(row));
  }

  function opened({ camera, site, sealed }: SourceRow): VisionSyncReply['pull'] {
    try {
      return [{ camera, site, url: sources.open(camera, sealed) }];
    } catch (error) {
      if (!unreadable.has(sealed)) log.warn({ camera, why: error instanceof Error ? error.message : 'unknown' }, 'the address of an IP camera cannot be opened: enter it again, or give the hub its key');
      unreadable.add(sealed);
      return [];
    }
  }

  return {
    /**
     * Answers a node. A name counts only beside the token that it came with: whoever uses another node's name is somebody else.
     * @param site the one that its token is limited to; null: every site
     */
    async answer({ id, site }: { id: string; site: string | null }, said: VisionSync): Promise<VisionSyncReply> {
      const now = clock();
      const sync = { ...said, node: `${id}/${said.node}` };
      const pull = await pullsFor(site, sync, now);
      const known = new Set([...sync.pulling, ...pull.map(({ camera }) => camera)]);
      return { setups: await setupsFor(site, { ...sync, pulling: [...known] }, now), pull };
    },
  };
}
export type Sync = ReturnType<typeof createSync>;
