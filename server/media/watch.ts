import { loggable } from '../core/http/index.ts';
import type { NodeRow, Picture } from './registry.ts';
import { connectedCameras } from './repository.ts';
import { isLost } from './rules.ts';
import type { Signalling } from './signalling.ts';

/** What happens within this time is looked at together. */
const TOGETHER_MS = 10;

/**
 * Compares again and again what the store says with what this hub holds, and what is with what should be: every hub
 * does it for all, and the store decides who was first. Words from other hubs only make it happen sooner.
 */
export class Watch {
  readonly #signalling: Signalling;
  readonly #startedAt: number;
  /** Since when this hub has read the store without a break: nobody is judged by signs that could not be seen. */
  #steadySince: number;
  #lookedAt: number;
  #orphansAt = 0;
  /** Cameras that stand as connected on a node that does not have them, and since when. */
  #orphans = new Map<string, number>();
  /** Nodes that were connected here when this hub looked last. */
  #held = new Set<string>();
  /** When the next node that is away must be back, ms from the last look. */
  #nextGraceMs = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(signalling: Signalling) {
    this.#signalling = signalling;
    this.#startedAt = this.#steadySince = this.#lookedAt = signalling.deps.clock();
  }

  start(): void {
    this.poke(this.#signalling.timings.sweepMs);
  }

  /** Looks within `ms`. */
  poke(ms = TOGETHER_MS): void {
    const at = performance.now() + Math.max(0, ms);
    if (this.#stopped || at >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = setTimeout(() => this.#due(), Math.max(0, ms));
  }

  /** Resolves when what was to be looked at by now has been. */
  async settled(): Promise<void> {
    while (this.#running || this.#dueAt <= performance.now() + TOGETHER_MS) {
      if (!this.#running) { clearTimeout(this.#timer); this.#due(); }
      await this.#running;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#dueAt = Infinity;
    await this.#running;
  }

  #due(): void {
    this.#dueAt = Infinity;
    if (this.#running) return this.poke();
    this.#running = this.#look().finally(() => {
      this.#running = undefined;
      this.poke(Math.min(this.#signalling.timings.sweepMs, this.#nextGraceMs));
    });
  }

  async #look(): Promise<void> {
    const { deps, timings } = this.#signalling;
    const now = deps.clock();
    // A hub that was held up, with its computer perhaps, has missed what happened meanwhile.
    if (now - this.#lookedAt > timings.sweepMs + timings.hubLostMs / 2) this.#steadySince = now;
    this.#lookedAt = now;
    try {
      await this.#compare(now);
    } catch (error) {
      deps.log.warn({ err: loggable(error) }, 'media: the store could not be asked who is where');
      this.#steadySince = deps.clock();
    }
    this.#lookedAt = deps.clock();
  }

  async #compare(now: number): Promise<void> {
    const { nodes, registry, timings, turns } = this.#signalling;
    for (const socket of nodes.silentSince(now - timings.nodeSilentMs)) socket.disconnect(true);
    if (nodes.size > 0 && !this.#signalling.alone) await registry.renew(nodes.connections(), now);
    const turn = turns.last;
    const picture = await registry.picture();
    for (const socket of nodes.replaced(picture, turn)) socket.disconnect(true);
    this.#tellGone(picture);
    await this.#removeLost(picture, now);
    await this.#tidy(picture, now);
    await this.#stateOrphans(picture, now);
    await this.#signalling.follow(picture, turn);
  }

  /** Whether this hub may conclude anything from a sign of life that is as old as `at`. */
  #mayJudge(at: number, now: number): boolean {
    const { hubLostMs, startGraceMs } = this.#signalling.timings;
    return now - this.#steadySince >= hubLostMs && (at > this.#startedAt || now - this.#startedAt >= startGraceMs);
  }

  async #removeLost({ nodes }: Picture, now: number): Promise<void> {
    const { registry, timings, nodes: held } = this.#signalling;
    this.#nextGraceMs = Math.min(...nodes.map(({ absentSince }) => (absentSince === null ? Infinity : absentSince + timings.nodeGraceMs - now)).filter((ms) => ms > 0), Infinity);
    const lost = (node: NodeRow): boolean => !held.holding(node) && isLost(node, now, { graceMs: timings.nodeGraceMs, lostMs: timings.hubLostMs });
    for (const node of nodes) {
      if (!lost(node) || !this.#mayJudge(node.seenAt, now)) continue;
      const places = await registry.removeLost(node.node, lost);
      if (!places) continue;
      await this.#signalling.nodeGone(node.node, places, node.seenAt <= this.#startedAt ? 'hub restarted' : 'vision node gone');
      this.#signalling.changed();
    }
  }

  async #tidy({ places }: Picture, now: number): Promise<void> {
    const { registry, cameras, timings } = this.#signalling;
    if (!this.#mayJudge(now, now)) return;
    const soon = now + 2 * timings.sweepMs;
    if (!places.some(({ media, heldUntil, camera }) => media === 0 && heldUntil < (cameras.has(camera) ? soon : now))) return;
    const given = await registry.tidy(now, soon, now + 5 * timings.sweepMs, (camera) => cameras.has(camera));
    if (given.length > 0) this.#signalling.changed();
  }

  /** A statement may come too late or never: what stands as connected and has no place is stated as gone, after a second look. */
  async #stateOrphans({ places }: Picture, now: number): Promise<void> {
    const { deps, timings } = this.#signalling;
    if (now - this.#orphansAt < timings.sweepMs || !this.#mayJudge(this.#startedAt, now)) return;
    this.#orphansAt = now;
    const flowing = new Map(places.filter(({ media }) => media === 1).map(({ camera, node }) => [camera, node]));
    const orphans = (await connectedCameras(deps.store)).filter(({ camera, node }) => flowing.get(camera) !== node);
    const before = this.#orphans;
    this.#orphans = new Map(orphans.map(({ camera }) => [camera, before.get(camera) ?? now]));
    for (const orphan of orphans) if (before.has(orphan.camera)) await this.#signalling.concludeGone([orphan], orphan.node, 'vision node gone');
  }

  /** Tells of nodes that are no longer connected to this hub: gone, or at another. */
  #tellGone({ nodes }: Picture): void {
    const { deps, hub } = this.#signalling;
    const held = new Set(nodes.filter((node) => node.hub === hub).map(({ node }) => node));
    for (const node of this.#held) if (!held.has(node)) deps.onNodeGone?.(node);
    this.#held = held;
  }
}
