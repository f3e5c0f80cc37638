import { and, eq } from '../store/drizzle.ts';
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
  react(events: readonly AnyEvent[], tx: Transaction, site: string): Promise<void>;
}

const PAGE = 500;
/** Irrelevant events may be passed without writing the checkpoint, up to this many. */
const LAZY_EVENTS = 5_000;
const RETRY_MS = 500;

interface Place { epoch: string; offset: number; saved: number }
interface Follower { site: string; place: Place | undefined; fresh: LogEvent[]; running: boolean; again: boolean }

/** Runs reactors over the logs. One per hub. */
export class ReactorRunner {
  #store: LogStore;
  #log: Log;
  #reactors: Reactor[];
  #onError: (error: unknown, where: string) => void;
  #followers = new Map<string, Follower>();
  #stopped = false;
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
  }

  /** Resolves when no reactor has anything left to do. */
  async settled(): Promise<void> {
    while (this.#active.size > 0) await Promise.all(this.#active);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.settled();
  }

  #committed(events: LogEvent[]): void {
    for (const reactor of this.#reactors) {
      let follower: Follower | undefined;
      for (const event of events) {
        if (follower?.site !== event.site) follower = this.#follower(reactor, event.site);
        follower.fresh.push(event);
        // Far behind, the log is read anyway.
        if (follower.fresh.length > 4 * PAGE) follower.fresh.splice(0, PAGE);
        this.#wake(follower, reactor);
      }
    }
  }

  #follower(reactor: Reactor, site: string): Follower {
    const key = `${reactor.name}\n${site}`;
    let follower = this.#followers.get(key);
    if (!follower) {
      follower = { site, place: undefined, fresh: [], running: false, again: false };
      this.#followers.set(key, follower);
    }
    return follower;
  }

  #wake(follower: Follower, reactor: Reactor): void {
    if (this.#stopped) return;
    if (follower.running) { follower.again = true; return; }
    follower.running = true;
    const run = this.#follow(follower, reactor).finally(() => { this.#active.delete(run); });
    this.#active.add(run);
  }

  async #follow(follower: Follower, reactor: Reactor): Promise<void> {
    do {
      follower.again = false;
      try {
        while (!this.#stopped && await this.#step(follower, reactor)) { /* the next page */ }
      } catch (error) {
        this.#onError(error, `reactor ${reactor.name} at ${follower.site}`);
        follower.place = undefined;
        follower.fresh = [];
        if (!this.#stopped) setTimeout(() => this.#wake(follower, reactor), RETRY_MS).unref();
        break;
      }
    } while (follower.again && !this.#stopped);
    follower.running = false;
  }

  /** Takes one page of events; false when there was none. */
  async #step(follower: Follower, reactor: Reactor): Promise<boolean> {
    const place = (follower.place ??= await this.#placeOf(reactor, follower.site));
    const events = await this.#next(follower, place);
    const last = events.at(-1);
    if (!last) return false;
    const wanted = events.filter((event) => reactor.types.has(event.type) && (reactor.wants?.(event.event) ?? true));
    if (wanted.length > 0 || last.offset - place.saved > LAZY_EVENTS) {
      await this.#store.transaction(async (tx) => {
        await this.#claim(tx, reactor, follower.site, place);
        if (wanted.length > 0) await reactor.react(wanted.map((event) => event.event), tx, follower.site);
        await this.#save(tx, reactor, follower.site, place.epoch, last.offset);
      });
      place.saved = last.offset;
    }
    place.offset = last.offset;
    return true;
  }

  async #next(follower: Follower, place: Place): Promise<LogEvent[]> {
    const { fresh } = follower;
    while (fresh.length > 0 && fresh[0]!.offset <= place.offset) fresh.shift();
    if (fresh[0]?.offset === place.offset + 1) return fresh.splice(0, PAGE);
    follower.fresh = [];
    return this.#log.read(follower.site, place.offset, PAGE);
  }

  async #placeOf(reactor: Reactor, site: string): Promise<Place> {
    const checkpoints = this.#store.use(checkpointsTable);
    const { epoch } = await this.#log.head(site);
    const rows = await this.#store.read((db) => db.select().from(checkpoints).where(and(eq(checkpoints.reactor, reactor.name), eq(checkpoints.site, site))).limit(1));
    const row = rows[0];
    const offset = row?.epoch === epoch ? row.offset : 0;
    return { epoch, offset, saved: offset };
  }

  /** Fails when somebody else has moved the checkpoint: then this follower starts again from there. */
  async #claim(tx: Transaction, reactor: Reactor, site: string, place: Place): Promise<void> {
    const checkpoints = this.#store.use(checkpointsTable);
    const rows = await tx.db.select().from(checkpoints).where(and(eq(checkpoints.reactor, reactor.name), eq(checkpoints.site, site))).limit(1);
    const saved = rows[0]?.epoch === place.epoch ? rows[0].offset : 0;
    if (saved !== place.saved) throw new Error(`the checkpoint stands at ${saved}, not at ${place.saved}: another hub reacts for this site`);
  }

  async #save(tx: Transaction, reactor: Reactor, site: string, epoch: string, offset: number): Promise<void> {
    const checkpoints = this.#store.use(checkpointsTable);
    await tx.db.insert(checkpoints).values({ reactor: reactor.name, site, epoch, offset })
      .onConflictDoUpdate({ target: [checkpoints.reactor, checkpoints.site], set: { epoch, offset } });
  }
}
