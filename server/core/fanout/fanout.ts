import { LIMITS, parseChannel, type ChannelKind, type EmotionSample } from '../../../contract/index.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log/log.ts';
import type { Channel } from './channel.ts';
import type { Connection } from './connection.ts';
import { textFrame } from './frame.ts';
import { SiteFeed } from './site-feed.ts';
import type { ViewSpec } from './view.ts';

/** A channel without subscribers is forgotten after this time. */
const IDLE_MS = 5 * 60_000;

export interface FanoutOptions {
  log: Log;
  bus: Bus;
  clock: Clock;
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

  constructor(options: FanoutOptions) {
    this.#options = options;
    options.bus.onEvents((events) => {
      for (const event of events) this.#feeds.get(event.site)?.accept([event]);
    });
    options.bus.onSamples((samples) => { for (const sample of samples) this.sample(sample); });
    this.#beat = setInterval(() => this.#everyBeat(), LIMITS.wsBeatMs);
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

  /** Unsent bytes over all connections. */
  queuedBytes(): number {
    let bytes = 0;
    for (const connection of this.connections) bytes += connection.queuedBytes;
    return bytes;
  }

  close(): void {
    clearInterval(this.#beat);
    for (const feed of this.#feeds.values()) for (const channel of feed.channels.values()) channel.dispose();
    for (const connection of this.connections) connection.close('restarting');
  }

  #feed(site: string): SiteFeed {
    let feed = this.#feeds.get(site);
    if (!feed) {
      feed = new SiteFeed(site, this.#options.log, (error) => this.#options.onError(error, `feed of ${site}`));
      this.#feeds.set(site, feed);
      feed.ready.catch((error: unknown) => {
        this.#options.onError(error, `feed of ${site}`);
        this.#feeds.delete(site);
      });
    }
    return feed;
  }

  #channel(name: string): Channel | undefined {
    const parsed = parseChannel(name);
    return parsed && this.#feeds.get(parsed.site)?.channels.get(parsed.kind);
  }

  #everyBeat(): void {
    const now = this.#options.clock();
    const frame = textFrame(`{"t":"beat","now":${now}}`);
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
    if (feed.channels.size === 0 && feed.idle) this.#feeds.delete(site);
  }
}
