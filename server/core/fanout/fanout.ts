import { setTimeout as delay } from 'node:timers/promises';
import { LIMITS, parseChannel, type ChannelKind, type EmotionSample } from '../../../contract/index.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log/log.ts';
import type { Channel } from './channel.ts';
import type { Connection } from './connection.ts';
import { textFrame } from './frame.ts';
import { SiteFeed } from './site-feed.ts';
import type { ViewSpec } from './view.ts';

/** How often the store is asked where the logs stand, while the bus reaches every hub and while it does not. */
const WATCH_MS = { live: 500, degraded: 250 } as const;
/** A channel without subscribers is forgotten after this time. */
const IDLE_MS = 5 * 60_000;

export interface FanoutOptions {
  log: Log;
  bus: Bus;
  clock: Clock;
  /** Whether other hubs write to these logs: then the bus is not trusted to bring everything. */
  shared?: boolean;
  onError(error: unknown, where: string): void;
}

/** Streams committed events to subscribers. One per hub. */
export class Fanout {
  readonly connections = new Set<Connection>();
  readonly counters = { resumes: { delta: 0, snapshot: 0 }, slowCloses: 0 };
  #options: FanoutOptions;
  #specs = new Map<ChannelKind, ViewSpec>();
  #feeds = new Map<string, SiteFeed>();
  #beat: NodeJS.Timeout;
  #nudge = new AbortController();
  #watchFailed = false;
  #closed = false;

  constructor(options: FanoutOptions) {
    this.#options = options;
    options.bus.onEvents((events) => {
      for (let from = 0; from < events.length;) {
        const { site } = events[from]!;
        let to = from + 1;
        while (events[to]?.site === site) to += 1;
        this.#feeds.get(site)?.accept(events.slice(from, to));
        from = to;
      }
    });
    options.bus.onSamples((samples) => { for (const sample of samples) this.sample(sample); });
    options.bus.onChange(() => this.#nudge.abort());
    this.#beat = setInterval(() => this.#everyBeat(), LIMITS.wsBeatMs);
    if (options.shared) void this.#watchLogs();
  }

  register<S>(spec: ViewSpec<S>): void {
    this.#specs.set(spec.kind, spec as ViewSpec);
  }

  /**
   * Subscribes a connection. The first answer (snapshot or delta) is queued before this resolves.
   * @throws when the channel's state cannot be made.
   */
  async subscribe(connection: Connection, channelName: string, epoch?: string, offset?: number): Promise<'delta' | 'snapshot'> {
    const parsed = parseChannel(channelName);
    const spec = parsed && this.#specs.get(parsed.kind);
    if (!parsed || !spec) throw new Error(`no such channel: ${channelName}`);
    const channel = await this.#feed(parsed.site).open(spec, this.#options.clock());
    const how = channel.subscribe(connection, epoch, offset, performance.now());
    if (connection.closed) channel.unsubscribe(connection, performance.now());
    if (offset !== undefined) this.counters.resumes[how] += 1;
    return how;
  }

  unsubscribe(connection: Connection, channelName: string): void {
    this.#channel(channelName)?.unsubscribe(connection, performance.now());
  }

  /** The socket is gone: takes the connection out of everything. */
  drop(connection: Connection): void {
    connection.gone();
    for (const name of [...connection.channels]) this.unsubscribe(connection, name);
    this.connections.delete(connection);
  }

  sample(sample: EmotionSample): void {
    this.#feeds.get(sample.site)?.sample(sample);
  }

  /** A site's names or places changed: states that show them are made anew. */
  async refreshSite(site: string): Promise<void> {
    const feed = this.#feeds.get(site);
    if (!feed) return;
    await Promise.all([...feed.channels.values()].map((channel) => feed.refresh(channel, this.#options.clock())));
  }

  /** Makes the states of every open site anew: names may have changed unheard. */
  async refreshAll(): Promise<void> {
    for (const site of [...this.#feeds.keys()]) await this.refreshSite(site);
  }

  /** Unsent bytes over all connections. */
  queuedBytes(): number {
    let bytes = 0;
    for (const connection of this.connections) bytes += connection.queuedBytes;
    return bytes;
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#beat);
    this.#nudge.abort();
    for (const feed of this.#feeds.values()) feed.dispose();
    for (const connection of this.connections) connection.close('restarting');
  }

  #feed(site: string): SiteFeed {
    let feed = this.#feeds.get(site);
    if (!feed) {
      feed = new SiteFeed(site, this.#options.log, (error) => this.#options.onError(error, `feed of ${site}`));
      this.#feeds.set(site, feed);
      this.#options.bus.watch(site);
      feed.ready.catch((error: unknown) => {
        this.#options.onError(error, `feed of ${site}`);
        this.#forget(site);
      });
    }
    return feed;
  }

  #forget(site: string): void {
    this.#feeds.delete(site);
    this.#options.bus.unwatch(site);
  }

  #channel(name: string): Channel | undefined {
    const parsed = parseChannel(name);
    return parsed && this.#feeds.get(parsed.site)?.channels.get(parsed.kind);
  }

  /** Compares the feeds with the store again and again, at once when the bus went or came back. */
  async #watchLogs(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#lookUp();
      } catch (error) {
        // Once an outage of the store: it is asked four times a second.
        if (!this.#watchFailed) this.#options.onError(error, 'looking where the logs stand');
        this.#watchFailed = true;
      }
      this.#nudge = new AbortController();
      await delay(WATCH_MS[this.#options.bus.live ? 'live' : 'degraded'], undefined, { signal: this.#nudge.signal }).catch(() => undefined);
    }
  }

  async #lookUp(): Promise<void> {
    const sites = [...this.#feeds.keys()];
    if (sites.length === 0) return;
    const { live } = this.#options.bus;
    const heads = await this.#options.log.heads(sites);
    this.#watchFailed = false;
    for (const [site, head] of heads) {
      const feed = this.#feeds.get(site);
      if (feed && !feed.hear(head, live)) this.#restart(site, feed);
    }
  }

  /** The log was restored: whoever watches it connects again and gets what it holds now. */
  #restart(site: string, feed: SiteFeed): void {
    this.#options.onError(new Error(`the log of ${site} has another epoch than before: it was restored`), 'looking where the logs stand');
    this.#forget(site);
    for (const channel of feed.channels.values()) for (const connection of [...channel.subscribers]) connection.close('restarting');
    feed.dispose();
  }

  #everyBeat(): void {
    const now = this.#options.clock();
    const frame = textFrame(`{"t":"beat","now":${now}${this.#options.bus.live ? '' : ',"degraded":true'}}`);
    const monotonic = performance.now();
    for (const connection of this.connections) {
      connection.send(frame);
      connection.sweep(monotonic);
    }
    for (const [site, feed] of this.#feeds) this.#tidy(site, feed, now, monotonic);
  }

  #tidy(site: string, feed: SiteFeed, now: number, monotonic: number): void {
    for (const [kind, channel] of feed.channels) {
      if (channel.subscribers.size === 0) {
        if (monotonic - channel.idleSince <= IDLE_MS) continue;
        channel.dispose();
        feed.channels.delete(kind);
      } else if (channel.expiresAt <= now) {
        feed.refresh(channel, now).catch((error: unknown) => this.#options.onError(error, channel.name));
      }
    }
    if (feed.channels.size === 0 && feed.idle) this.#forget(site);
  }
}
