import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { LIMITS, type ChannelKind, type EmotionSample } from '../../../contract/index.ts';
import type { LogEvent } from '../log/event.ts';
import type { Log } from '../log/log.ts';
import { Channel, type FeedTail } from './channel.ts';
import type { ViewSpec } from './view.ts';

const RING = LIMITS.deltaEvents + 212;
const PAGE = 1_000;
const REPAIR_RETRY_MS = 100;

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
    this.#incoming.push(...events);
    this.#pump();
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

  /** Makes a channel's state anew and sends it to everybody on it. */
  refresh(channel: Channel, now: number): Promise<void> {
    return this.#load(channel.spec, now, (state) => channel.replace(state, performance.now()));
  }

  /**
   * Seeds a state and folds the log onto it until it stands exactly where the feed stands, then hands it to `take` in
   * the same turn: an event that came in between would be missed or counted twice.
   */
  async #load<T>(spec: ViewSpec, now: number, take: (state: unknown) => T): Promise<T> {
    await this.ready;
    const { state, offset } = await spec.seed(this.site, now);
    let at = offset;
    while (at !== this.offset) {
      // The store may be a commit ahead of the feed, which hears of commits a moment later.
      const events = at < this.offset ? await this.#log.read(this.site, at, PAGE) : [];
      for (const event of events) {
        if (event.offset > this.offset) break;
        if (spec.types.has(event.type)) spec.apply(state, event.event);
        at = event.offset;
      }
      if (at !== this.offset) await nextTurn();
    }
    return take(state);
  }

  #pump(): void {
    if (this.#busy) return;
    for (let i = 0; i < this.#incoming.length; i++) {
      const event = this.#incoming[i]!;
      if (event.offset <= this.offset) continue;
      if (event.offset > this.offset + 1) {
        this.#incoming = this.#incoming.slice(i);
        void this.#repair(event.offset);
        return;
      }
      this.#take(event);
    }
    this.#incoming = [];
  }

  /** Something did not arrive: the log has it. */
  async #repair(before: number): Promise<void> {
    this.#busy = true;
    try {
      while (this.offset + 1 < before) {
        const events = await this.#log.read(this.site, this.offset, PAGE);
        for (const event of events) this.#take(event);
        if (events.length === 0) await delay(REPAIR_RETRY_MS, undefined, { ref: false });
      }
    } catch (error) {
      this.#onError(error);
      await delay(REPAIR_RETRY_MS, undefined, { ref: false });
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
