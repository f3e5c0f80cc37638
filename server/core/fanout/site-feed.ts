import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { LIMITS, type ChannelKind, type EmotionSample } from '../../../contract/index.ts';
import type { LogEvent } from '../log/event.ts';
import type { Log, LogHead } from '../log/log.ts';
import { Channel, type FeedTail } from './channel.ts';
import type { ViewSpec } from './view.ts';

const RING = LIMITS.deltaEvents + 212;
const PAGE = 1_000;
const REPAIR_RETRY_MS = 100;
/** Two hubs' messages may overtake each other by this much; only then is the log asked for what is missing. */
const OVERTAKEN_MS = 20;
/** Events that may wait for an earlier one; beyond it they are read from the log too. */
const WAITING_MOST = 4_000;
/** Turns of the loop within which this hub hears of its own commit; what is still missing was another hub's. */
const PATIENT_TURNS = 20;

/** Follows one site's log and feeds its channels in offset order, without holes and without repeats. */
export class SiteFeed implements FeedTail {
  readonly site: string;
  readonly channels = new Map<ChannelKind, Channel>();
  epoch = '';
  offset = 0;
  #log: Log;
  #ring: LogEvent[] = [];
  #incoming: LogEvent[] = [];
  #busy = true;
  #hole: NodeJS.Timeout | undefined;
  /** Offset up to which the log is known to go. */
  #known = 0;
  #disposed = false;
  #opening = new Map<ChannelKind, Promise<Channel>>();
  #onError: (error: unknown) => void;
  readonly ready: Promise<void>;

  constructor(site: string, log: Log, onError: (error: unknown) => void) {
    this.site = site;
    this.#log = log;
    this.#onError = onError;
    this.ready = this.#start();
  }

  async #start(): Promise<void> {
    const { epoch, offset } = await this.#log.head(this.site);
    this.#ring = await this.#log.read(this.site, Math.max(0, offset - LIMITS.deltaEvents), PAGE);
    this.epoch = epoch;
    this.offset = this.#ring.at(-1)?.offset ?? offset;
    this.#busy = false;
    this.#pump();
  }

  since(after: number): readonly LogEvent[] | undefined {
    if (after === this.offset) return [];
    const first = this.#ring[0];
    if (!first || after + 1 < first.offset) return undefined;
    return this.#ring.slice(after + 1 - first.offset);
  }

  /** Events as the bus brings them. */
  accept(events: readonly LogEvent[]): void {
    for (const event of events) {
      if (event.offset <= this.offset) continue;
      this.#known = Math.max(this.#known, event.offset);
      this.#incoming.push(event);
    }
    this.#pump();
  }

  /**
   * Where the log stands by the store. What the bus has not brought by the next time is read; at once when it is not
   * `live`. Says whether this is still the log that the feed follows.
   */
  hear(head: LogHead, live: boolean): boolean {
    if (this.#busy) return true;
    if (head.epoch !== this.epoch) return false;
    const due = live ? this.#known : head.offset;
    this.#known = Math.max(this.#known, head.offset);
    if (due > this.offset) void this.#repair(due);
    return true;
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#hole);
    for (const channel of this.channels.values()) channel.dispose();
  }

  sample(sample: EmotionSample): void {
    for (const channel of this.channels.values()) if (channel.spec.samples) channel.sample(sample);
  }

  /** Nobody is opening a channel: the feed may be forgotten when it has none. */
  get idle(): boolean {
    return !this.#busy && this.#opening.size === 0;
  }

  /** The channel of this kind, its state made when it is asked for the first time. */
  open(spec: ViewSpec, now: number): Promise<Channel> {
    const known = this.channels.get(spec.kind);
    if (known) return Promise.resolve(known);
    let opening = this.#opening.get(spec.kind);
    if (!opening) {
      opening = this.#load(spec, now, (state) => {
        const channel = new Channel(`${spec.kind}:${this.site}`, spec, this, state, performance.now());
        this.channels.set(spec.kind, channel);
        return channel;
      }).finally(() => this.#opening.delete(spec.kind));
      this.#opening.set(spec.kind, opening);
    }
    return opening;
  }

  /** Makes a channel's state anew and sends it to everybody on it. Of a feed that ends meanwhile nobody is told: its successor seeds anew. */
  async refresh(channel: Channel, now: number): Promise<void> {
    try {
      await this.#load(channel.spec, now, (state) => channel.replace(state, performance.now()));
    } catch (error) {
      if (!this.#disposed) throw error;
    }
  }

  /**
   * Seeds a state and folds the log onto it until it stands exactly where the feed stands, then hands it to `take` in
   * the same turn: an event that came in between would be missed or counted twice.
   */
  async #load<T>(spec: ViewSpec, now: number, take: (state: unknown) => T): Promise<T> {
    await this.ready;
    const { state, offset } = await spec.seed(this.site, now);
    let at = offset;
    let turns = 0;
    while (at !== this.offset) {
      // The store may be a commit ahead of the feed, which hears of commits a moment later.
      const events = at < this.offset ? await this.#log.read(this.site, at, PAGE) : [];
      for (const event of events) {
        if (event.offset > this.offset) break;
        if (spec.types.has(event.type)) spec.apply(state, (spec.show?.(event) ?? event).event);
        at = event.offset;
      }
      if (this.#disposed) throw new Error(`the log of ${this.site} is not the one any more`);
      if (at === this.offset) break;
      if (at < this.offset || turns++ < PATIENT_TURNS) await nextTurn();
      else await this.#repair(at);
    }
    return take(state);
  }

  #pump(): void {
    if (this.#busy) return;
    if (this.#incoming.length > 1) this.#incoming.sort((a, b) => a.offset - b.offset);
    let taken = 0;
    for (const event of this.#incoming) {
      if (event.offset > this.offset + 1) break;
      this.#take(event);
      taken += 1;
    }
    if (taken > 0) this.#incoming.splice(0, taken);
    if (this.#incoming.length > WAITING_MOST) this.#incoming = [];
    const behind = this.offset < this.#known;
    if (behind) this.#hole ??= setTimeout(() => { this.#hole = undefined; void this.#repair(this.#known); }, OVERTAKEN_MS);
    else if (this.#hole) { clearTimeout(this.#hole); this.#hole = undefined; }
  }

  /** Something did not arrive: reads the log up to `until`. Never throws. */
  async #repair(until: number): Promise<void> {
    if (this.#busy || this.offset >= until) return delay(1);
    this.#busy = true;
    try {
      let events: LogEvent[] = [];
      do {
        events = await this.#log.read(this.site, this.offset, PAGE);
        for (const event of events) this.#take(event);
      } while (this.offset < until && events.length > 0);
      // What is told is committed; there was nothing to tell of.
      if (this.offset < until) { this.#known = this.offset; this.#incoming = []; }
    } catch (error) {
      this.#onError(error);
      await delay(REPAIR_RETRY_MS);
    }
    this.#busy = false;
    this.#pump();
  }

  #take(event: LogEvent): void {
    if (event.offset !== this.offset + 1) return;
    this.offset = event.offset;
    this.#ring.push(event);
    if (this.#ring.length > 2 * RING) this.#ring.splice(0, this.#ring.length - RING);
    for (const channel of this.channels.values()) channel.accept(event);
  }
}
