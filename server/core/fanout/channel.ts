import { LIMITS, type ChannelName, type EmotionSample } from '../../../contract/index.ts';
import type { LogEvent } from '../log/event.ts';
import type { Connection } from './connection.ts';
import { textFrame } from './frame.ts';
import type { ViewSpec } from './view.ts';

/** What a channel needs of its site's feed: where the log stands and its latest events. */
export interface FeedTail {
  readonly epoch: string;
  readonly offset: number;
  /** Events after `after` up to the feed's offset, or undefined when they are no longer at hand. */
  since(after: number): readonly LogEvent[] | undefined;
}

/** Samples of one camera need no more than this many frames a second. */
const SAMPLE_TICK_MS = 100;

/**
 * One channel of one site: its state, its subscribers and what has not been sent yet. Everything here is synchronous:
 * between a subscriber's snapshot and its first events nothing can fall out.
 */
export class Channel {
  readonly name: ChannelName;
  readonly spec: ViewSpec;
  readonly subscribers = new Set<Connection>();
  /** When the last subscriber left, for unloading. */
  idleSince: number;
  #feed: FeedTail;
  #state: unknown;
  #pending: string[] = [];
  /** Everything up to this offset has been sent to the subscribers. */
  #sent: number;
  #timer: NodeJS.Timeout | undefined;
  #flushedAt = -Infinity;
  #samples = new Map<string, EmotionSample>();
  #sampleTimer: NodeJS.Timeout | undefined;
  #snapshot: { offset: number; frame: Buffer } | undefined;
  #deltas = new Map<number, Buffer>();

  constructor(name: ChannelName, spec: ViewSpec, feed: FeedTail, state: unknown, now: number) {
    this.name = name;
    this.spec = spec;
    this.#feed = feed;
    this.#state = state;
    this.#sent = feed.offset;
    this.idleSince = now;
  }

  get expiresAt(): number {
    return this.spec.expiresAt?.(this.#state) ?? Number.POSITIVE_INFINITY;
  }

  /** Takes in the feed's newest event. */
  accept(event: LogEvent): void {
    if (!this.spec.types.has(event.type)) return;
    const shown = this.spec.show?.(event) ?? event;
    this.spec.apply(this.#state, shown.event);
    this.#snapshot = undefined;
    if (this.subscribers.size === 0) return;
    this.#pending.push(shown.json);
    this.#schedule();
  }

  /** Adds a subscriber: a delta when it can be caught up event by event, else the whole state. Says which. */
  subscribe(connection: Connection, epoch: string | undefined, offset: number | undefined, now: number): 'delta' | 'snapshot' {
    this.flush(now);
    const delta = epoch === this.#feed.epoch && offset !== undefined ? this.#deltaFrame(offset) : undefined;
    connection.send(delta ?? this.#snapshotFrame());
    connection.channels.add(this.name);
    this.subscribers.add(connection);
    return delta ? 'delta' : 'snapshot';
  }

  unsubscribe(connection: Connection, now: number): void {
    connection.channels.delete(this.name);
    this.subscribers.delete(connection);
    if (this.subscribers.size === 0) {
      this.idleSince = now;
      this.#pending = [];
    }
  }

  /** The state was made anew (its day ended, names changed): everybody gets it. */
  replace(state: unknown, now: number): void {
    this.flush(now);
    this.#state = state;
    this.#snapshot = undefined;
    const frame = this.#snapshotFrame();
    for (const connection of this.subscribers) connection.send(frame);
  }

  sample(sample: EmotionSample): void {
    if (this.subscribers.size === 0) return;
    this.#samples.set(sample.camera, sample);
    this.#sampleTimer ??= setTimeout(() => this.#flushSamples(), SAMPLE_TICK_MS);
  }

  /** Sends what is pending, in one frame made once. */
  flush(now: number): void {
    if (this.#timer) { clearTimeout(this.#timer); this.#timer = undefined; }
    this.#deltas.clear();
    const to = this.#feed.offset;
    if (this.subscribers.size === 0) {
      this.#sent = to;
      return;
    }
    // Nothing of this channel's types: what the frames cover goes on from where the last one ended.
    if (this.#pending.length === 0) return;
    const frame = textFrame(`{"t":"events","channel":"${this.name}","epoch":"${this.#feed.epoch}","from":${this.#sent},"to":${to},"events":[${this.#pending.join(',')}]}`);
    this.#pending = [];
    this.#sent = to;
    this.#flushedAt = now;
    for (const connection of this.subscribers) connection.send(frame);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#sampleTimer);
  }

  /** The first event after a quiet spell leaves at once, the others of the tick together. */
  #schedule(): void {
    if (this.#timer) return;
    const wait = Math.max(0, this.#flushedAt + LIMITS.tickMs - performance.now());
    this.#timer = setTimeout(() => this.flush(performance.now()), wait);
  }

  #flushSamples(): void {
    this.#sampleTimer = undefined;
    const samples = [...this.#samples.values()];
    this.#samples.clear();
    const frame = textFrame(JSON.stringify({ t: 'samples', channel: this.name, samples }));
    for (const connection of this.subscribers) connection.sendSamples(this.name, samples, frame);
  }

  #deltaFrame(from: number): Buffer | undefined {
    const { offset, epoch } = this.#feed;
    if (from > offset || offset - from > LIMITS.deltaEvents) return undefined;
    const known = this.#deltas.get(from);
    if (known) return known;
    const events = this.#feed.since(from);
    if (!events) return undefined;
    const own = events.filter((event) => this.spec.types.has(event.type)).map((event) => (this.spec.show?.(event) ?? event).json);
    const frame = textFrame(`{"t":"delta","channel":"${this.name}","epoch":"${epoch}","from":${from},"offset":${offset},"events":[${own.join(',')}]}`);
    this.#deltas.set(from, frame);
    return frame;
  }

  #snapshotFrame(): Buffer {
    const { offset, epoch } = this.#feed;
    if (this.#snapshot?.offset !== offset) {
      this.#snapshot = { offset, frame: textFrame(`{"t":"snapshot","channel":"${this.name}","epoch":"${epoch}","offset":${offset},"state":${JSON.stringify(this.#state)}}`) };
    }
    return this.#snapshot.frame;
  }
}
