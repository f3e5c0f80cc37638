import { setTimeout as delay } from 'node:timers/promises';
import { and, eq, gt, sql } from '../store/drizzle.ts';
import type { AnyEvent } from '../../../contract/index.ts';
import type { LogStore, Transaction } from '../store/store.ts';
import type { LogEvent } from './event.ts';
import type { Log } from './log.ts';
import { checkpointsTable, logsTable } from './tables.ts';

/**
 * Something that follows every site's log. `react` sees each event of its types once, in offset order, and writes
 * through `tx`: its results and its place in the log are committed together, so a crash repeats and loses nothing.
 */
export interface Reactor {
  name: string;
  types: ReadonlySet<string>;
  /**
   * Whether an event of these types gives it anything to do; all do when it is left out. Pages without such events cost
   * no transaction: the place in the log is written later, and after a crash they are only looked at again.
   */
  wants?(event: AnyEvent): boolean;
  /**
   * Whether the reaction to an event of these types is due at once. What is not may wait for company up to a quarter of
   * a second, so that a busy site costs a few transactions a second. All is due at once when it is left out.
   */
  prompt?(event: AnyEvent): boolean;
  /** Resolves to what is to be done once all of it is committed, if there is anything. It must not throw. */
  react(events: readonly AnyEvent[], tx: Transaction, site: string, place: ReactionPlace): Promise<(() => void) | void>;
}

/** In one epoch of a site's log: everything up to `from` has been reacted to, and up to `to` it will have been. */
export interface ReactionPlace { epoch: string; from: number; to: number }

const PAGE = 500;
/** A page of what waits in memory, for reactors that gather. */
const GATHERED_PAGE = 2_000;
/** How long events wait for company, and the least time between two reactions of such a reactor. */
const GATHER_MS = 250;
const PACE_MS = 25;
/** Events that wait in memory for one reactor at one site, several of the largest commits; what is older is read from the log. */
const FRESH_MOST = 10_000;
/** Irrelevant events may be passed without writing the checkpoint, up to this many. */
const LAZY_EVENTS = 5_000;
const RETRY_MS = 500;
/** How often a hub looks for events that nobody reacts to. What stands still for two looks is taken over. */
const SWEEP_MS = 1_000;

const pause = (ms: number): Promise<void> => (ms > 0 ? delay(ms) : Promise.resolve());

interface Place { epoch: string; offset: number; saved: number }
interface Follower {
  site: string;
  place: Place | undefined;
  fresh: LogEvent[];
  running: boolean;
  again: boolean;
  /** Wakes the follower for events that wait for company. */
  later: NodeJS.Timeout | undefined;
  /** There may be more in the log than this hub committed itself: nobody has looked yet, or something was missed. */
  unread: boolean;
  /** The next step writes the place down, though there is nothing else to write. */
  write: boolean;
  /** What the last look found: the log's end and the checkpoint before it. */
  looked: { head: number; checkpoint: number } | undefined;
}

/**
 * Runs reactors over the logs. One per hub. The hub that commits an event reacts to it; of several hubs at one site the
 * checkpoint lets one at a time, and the others go on from where it came to. When a hub ends before it has reacted,
 * another finds the checkpoint standing still and takes over.
 */
export class ReactorRunner {
  #store: LogStore;
  #log: Log;
  #reactors: Reactor[];
  #onError: (error: unknown, where: string) => void;
  #followers = new Map<string, { follower: Follower; reactor: Reactor }>();
  #stopped = false;
  #sweeper: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #active = new Set<Promise<void>>();

  constructor(options: { store: LogStore; log: Log; reactors: Reactor[]; onError(error: unknown, where: string): void }) {
    this.#store = options.store;
    this.#log = options.log;
    this.#reactors = options.reactors;
    this.#onError = options.onError;
    this.#log.onCommitted((events) => this.#committed(events));
  }

  /** Catches up with what was committed while nobody was looking. */
  async start(): Promise<void> {
    const logs = this.#store.use(logsTable);
    const sites = await this.#store.read((db) => db.select({ site: logs.site }).from(logs));
    for (const { site } of sites) for (const reactor of this.#reactors) this.#wake(this.#follower(reactor, site), reactor);
    await this.settled();
    if (this.#store.shared) this.#sweepLater();
  }

  /** Resolves when no reactor has anything left to do. */
  async settled(): Promise<void> {
    do {
      for (const { follower, reactor } of this.#followers.values()) if (follower.later) this.#wake(follower, reactor);
      await Promise.all(this.#active);
    } while (this.#active.size > 0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#sweeper);
    for (const { follower } of this.#followers.values()) this.#forgetLater(follower);
    await this.#sweeping;
    await this.settled();
  }

  #committed(events: LogEvent[]): void {
    for (const reactor of this.#reactors) {
      let follower: Follower | undefined;
      for (const event of events) {
        if (follower?.site !== event.site) follower = this.#follower(reactor, event.site);
        follower.fresh.push(event);
        if (follower.fresh.length > FRESH_MOST) { follower.fresh.splice(0, PAGE); follower.unread = true; }
        if (this.#isDue(reactor, event) || follower.fresh.length >= GATHERED_PAGE) this.#wake(follower, reactor);
        else this.#wakeLater(follower, reactor);
      }
    }
  }

  #isDue(reactor: Reactor, event: LogEvent): boolean {
    return reactor.prompt === undefined || (reactor.types.has(event.type) && reactor.prompt(event.event));
  }

  #follower(reactor: Reactor, site: string): Follower {
    const key = `${reactor.name}\n${site}`;
    let known = this.#followers.get(key);
    if (!known) {
      known = { reactor, follower: { site, place: undefined, fresh: [], running: false, again: false, later: undefined, unread: true, write: false, looked: undefined } };
      this.#followers.set(key, known);
    }
    return known.follower;
  }

  #wakeLater(follower: Follower, reactor: Reactor): void {
    if (this.#stopped || follower.later) return;
    follower.later = setTimeout(() => this.#wake(follower, reactor), GATHER_MS);
    follower.later.unref();
  }

  #forgetLater(follower: Follower): void {
    clearTimeout(follower.later);
    follower.later = undefined;
  }

  #wake(follower: Follower, reactor: Reactor): void {
    this.#forgetLater(follower);
    if (this.#stopped) return;
    if (follower.running) { follower.again = true; return; }
    follower.running = true;
    const run = this.#follow(follower, reactor).finally(() => { this.#active.delete(run); });
    this.#active.add(run);
  }

  async #follow(follower: Follower, reactor: Reactor): Promise<void> {
    do {
      follower.again = false;
      const started = performance.now();
      try {
        while (!this.#stopped && await this.#step(follower, reactor) && this.#goesOn(follower, reactor)) { /* the next page */ }
        if (reactor.prompt && follower.again) await pause(PACE_MS - (performance.now() - started));
      } catch (error) {
        this.#onError(error, `reactor ${reactor.name} at ${follower.site}`);
        follower.place = undefined;
        follower.fresh = [];
        follower.unread = true;
        if (!this.#stopped) setTimeout(() => this.#wake(follower, reactor), RETRY_MS).unref();
        break;
      }
    } while (follower.again && !this.#stopped);
    follower.running = false;
  }

  /** Whether the next page is taken at once, or waits until something wakes the follower. */
  #goesOn(follower: Follower, reactor: Reactor): boolean {
    return reactor.prompt === undefined || follower.unread || follower.fresh.length >= GATHERED_PAGE || (follower.fresh.length > 0 && !follower.later && !follower.again);
  }

  /** Takes one page of events; false when there was none. */
  async #step(follower: Follower, reactor: Reactor): Promise<boolean> {
    const place = (follower.place ??= await this.#placeOf(reactor, follower.site));
    const events = await this.#next(follower, place, reactor.prompt ? GATHERED_PAGE : PAGE);
    const to = events.at(-1)?.offset ?? place.offset;
    const wanted = events.filter((event) => reactor.types.has(event.type) && (reactor.wants?.(event.event) ?? true));
    if (wanted.length > 0 || to - place.saved > LAZY_EVENTS || (follower.write && to > place.saved)) {
      place.saved = await this.#react(reactor, follower.site, place, wanted, to);
    }
    follower.write = false;
    place.offset = Math.max(to, place.saved);
    return events.length > 0;
  }

  /** Reacts to what nobody has reacted to yet, and writes the place down. Resolves to the place that is written. */
  async #react(reactor: Reactor, site: string, place: Place, wanted: readonly LogEvent[], to: number): Promise<number> {
    const { reached, committed } = await this.#store.transaction(async (tx) => {
      const done = await this.#checkpoint(tx, reactor, site, place.epoch);
      if (done < place.saved) throw new Error(`the checkpoint went back from ${place.saved} to ${done}: the database was restored under this hub`);
      const left = wanted.filter(({ offset }) => offset > done);
      const after = left.length > 0 ? await reactor.react(left.map(({ event }) => event), tx, site, { epoch: place.epoch, from: done, to }) : undefined;
      if (to > done) await this.#save(tx, reactor, site, place.epoch, to);
      return { reached: Math.max(to, done), committed: after };
    }, `reactor ${reactor.name} ${site}`);
    committed?.();
    return reached;
  }

  async #next(follower: Follower, place: Place, most: number): Promise<LogEvent[]> {
    const { fresh } = follower;
    while (fresh.length > 0 && fresh[0]!.offset <= place.offset) fresh.shift();
    // Between this hub's commits there may be others': only what follows without a hole is taken from memory.
    let together = 0;
    while (together < most && fresh[together]?.offset === place.offset + 1 + together) together += 1;
    if (together > 0) return fresh.splice(0, together);
    if (fresh.length === 0 && !follower.unread) return [];
    const events = await this.#log.read(follower.site, place.offset, PAGE);
    follower.unread = events.length > 0;
    return events;
  }

  #sweepLater(): void {
    this.#sweeper = setTimeout(() => {
      this.#sweeping = this.#sweep().catch((error: unknown) => this.#onError(error, 'looking for events without reaction')).finally(() => { if (!this.#stopped) this.#sweepLater(); });
    }, SWEEP_MS);
    this.#sweeper.unref();
  }

  /** Takes over where nobody goes on, and writes down places that were passed without writing, so that others see them. */
  async #sweep(): Promise<void> {
    for (const reactor of this.#reactors) {
      for (const { site, head, checkpoint } of await this.#unfinished(reactor)) {
        const follower = this.#follower(reactor, site);
        const { place, looked } = follower;
        follower.looked = { head, checkpoint };
        if (place && place.offset > Math.max(place.saved, checkpoint)) follower.write = true;
        else if (looked === undefined || looked.checkpoint !== checkpoint || looked.head <= checkpoint) continue;
        follower.unread = true;
        this.#wake(follower, reactor);
      }
    }
  }

  /** Sites whose log goes on behind the checkpoint. */
  #unfinished(reactor: Reactor): Promise<{ site: string; head: number; checkpoint: number }[]> {
    const logs = this.#store.use(logsTable);
    const checkpoints = this.#store.use(checkpointsTable);
    const reached = sql<number>`coalesce(${checkpoints.offset}, 0)`.mapWith(Number);
    return this.#store.read((db) => db.select({ site: logs.site, head: logs.offset, checkpoint: reached }).from(logs)
      .leftJoin(checkpoints, and(eq(checkpoints.site, logs.site), eq(checkpoints.epoch, logs.epoch), eq(checkpoints.reactor, reactor.name))).where(gt(logs.offset, reached)));
  }

  async #placeOf(reactor: Reactor, site: string): Promise<Place> {
    const checkpoints = this.#store.use(checkpointsTable);
    const { epoch } = await this.#log.head(site);
    const rows = await this.#store.read((db) => db.select().from(checkpoints).where(and(eq(checkpoints.reactor, reactor.name), eq(checkpoints.site, site))).limit(1));
    const row = rows[0];
    const offset = row?.epoch === epoch ? row.offset : 0;
    return { epoch, offset, saved: offset };
  }

  async #checkpoint(tx: Transaction, reactor: Reactor, site: string, epoch: string): Promise<number> {
    const checkpoints = this.#store.use(checkpointsTable);
    const rows = await tx.db.select().from(checkpoints).where(and(eq(checkpoints.reactor, reactor.name), eq(checkpoints.site, site))).limit(1);
    return rows[0]?.epoch === epoch ? rows[0].offset : 0;
  }

  async #save(tx: Transaction, reactor: Reactor, site: string, epoch: string, offset: number): Promise<void> {
    const checkpoints = this.#store.use(checkpointsTable);
    await tx.db.insert(checkpoints).values({ reactor: reactor.name, site, epoch, offset })
      .onConflictDoUpdate({ target: [checkpoints.reactor, checkpoints.site], set: { epoch, offset } });
  }
}
