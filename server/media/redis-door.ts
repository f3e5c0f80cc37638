import { within, type RedisClient } from '../core/bus/redis-link.ts';
import { RedisLine } from './redis-line.ts';

/** How long one read waits for entries, ms. */
export const BLOCK_MS = 1_000;
const READ_MS = BLOCK_MS + 2_000;
/** Messages on their way to Redis above which more are dropped: it hangs, and they would be stale. */
const UNSENT_MOST = 2_000;

type Listener = (payload: Buffer) => void;
interface StreamPlace { key: string; id: string }
type Xadd = Parameters<RedisClient['xAdd']>;

export interface DoorOptions {
  url: string;
  /** Called when `live` changed, and once for the failure that ended an outage's first connection. */
  onLive(live: boolean): void;
  onTrouble(error: unknown): void;
}

/**
 * What socket.io's adapter uses in place of a Redis client. A plain client does not survive the adapter: a failing
 * PUBLISH is an unhandled rejection and ends the process, a failing XREAD is repeated at once and for ever, and with
 * an offline queue stale requests are sent after an outage. Behind this door connections come back by themselves,
 * what cannot be sent now is dropped, and reading waits.
 */
export class RedisDoor {
  readonly #options: DoorOptions;
  readonly #stopping = new AbortController();
  readonly #listeners = new Map<string, Listener>();
  readonly #writer: RedisLine;
  readonly #subscriber: RedisLine;
  readonly #reader: RedisLine;
  /** Up to where each stream was read. */
  readonly #read = new Map<string, string>();
  #unsent = 0;
  #live = false;
  #told = false;

  constructor(options: DoorOptions) {
    this.#options = options;
    const line = (onUp: (client: RedisClient) => Promise<void>): RedisLine => new RedisLine({ url: options.url, signal: this.#stopping.signal, onUp, onChange: (error) => this.#changed(error) });
    this.#writer = line(async () => undefined);
    this.#reader = line((client) => this.#findPlaces(client));
    this.#subscriber = line(async (client) => { for (const [channel, listener] of this.#listeners) await subscribe(client, channel, listener); });
  }

  /** Whether messages go out and come in. */
  get live(): boolean { return this.#live; }

  /** Ends all connections. The adapter's endless reading waits for ever after that, holding nothing. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#writer, this.#reader, this.#subscriber].map(({ ended }) => ended));
  }

  // What follows is called by the adapter, which takes a client with `sSubscribe` for one of node-redis.
  sSubscribe(): never { throw new Error('sharded channels are not used'); }
  duplicate(): this { return this; }
  on(): this { return this; }
  async connect(): Promise<void> { /* The lines connect by themselves. */ }
  async disconnect(): Promise<void> { /* `close` ends the lines. */ }

  async publish(channel: string, payload: Buffer): Promise<number> {
    const client = this.#writer.client;
    if (!client || this.#unsent >= UNSENT_MOST) return 0;
    this.#unsent++;
    try {
      return await client.publish(channel, payload);
    } catch (error) {
      this.#writer.broken(client, error);
      return 0;
    } finally {
      this.#unsent--;
    }
  }

  /** @throws when there is no connection: the adapter then does for this hub alone what was to be done */
  async xAdd(...entry: Xadd): Promise<string | null> {
    const client = this.#writer.client;
    if (!client) throw new Error('no connection to Redis');
    return within(READ_MS, client.xAdd(...entry));
  }

  async sendCommand(command: string[]): Promise<unknown> {
    const client = this.#writer.client;
    if (!client) throw new Error('no connection to Redis');
    return within(READ_MS, client.sendCommand(command));
  }

  async subscribe(channels: string[], listener: Listener): Promise<void> {
    for (const channel of channels) this.#listeners.set(channel, listener);
    const client = this.#subscriber.client;
    if (!client) return;
    try {
      for (const channel of channels) await subscribe(client, channel, listener);
    } catch (error) {
      this.#subscriber.broken(client, error);
    }
  }

  /**
   * Reads on from where the last reading ended, whatever id the adapter asks for: it asks for what comes after "now"
   * until its first entry, and for ever for an entry that it cannot digest. Never rejects.
   */
  async xRead([{ key }]: [StreamPlace], options: { COUNT: number; BLOCK: number }): Promise<unknown> {
    for (;;) {
      const client = await this.#reader.ready();
      try {
        const id = this.#read.get(key) ?? await newestId(client, key);
        this.#read.set(key, id);
        const reply = await within(READ_MS, client.xRead({ key, id }, options));
        const last = reply?.[0]?.messages.at(-1);
        if (last) this.#read.set(key, last.id);
        return reply;
      } catch (error) {
        this.#reader.broken(client, error);
        // `broken` takes effect a moment later; until then `ready` would give the same connection.
        await new Promise((resolve) => { setImmediate(resolve); });
      }
    }
  }

  /** A server that lost its data may count from an earlier number than before. */
  async #findPlaces(client: RedisClient): Promise<void> {
    for (const [key, id] of this.#read) {
      const newest = await newestId(client, key);
      if (isBefore(newest, id)) this.#read.set(key, newest);
    }
  }

  #changed(error: unknown): void {
    const live = this.#writer?.client !== undefined && this.#subscriber?.client !== undefined;
    if (error !== undefined && !this.#told && !this.#stopping.signal.aborted) {
      this.#told = true;
      this.#options.onTrouble(error);
    }
    if (live) this.#told = false;
    if (live === this.#live) return;
    this.#live = live;
    this.#options.onLive(live);
  }
}

async function newestId(client: RedisClient, key: string): Promise<string> {
  const newest = await within(READ_MS, client.xRevRange(key, '+', '-', { COUNT: 1 }));
  return newest?.[0]?.id ?? '0-0';
}

/** Order of stream ids, `milliseconds-number`. */
function isBefore(one: string, other: string): boolean {
  const [a = [0, 0], b = [0, 0]] = [one, other].map((id) => id.split('-').map(Number));
  return a[0] === b[0] ? a[1]! < b[1]! : a[0]! < b[0]!;
}

async function subscribe(client: RedisClient, channel: string, listener: Listener): Promise<void> {
  await client.subscribe(channel, listener, true);
}
