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
  readonly #starts = new Map<string, string>();
  #unsent = 0;
  #live = false;
  #told = false;

  constructor(options: DoorOptions) {
    this.#options = options;
    const line = (onUp: (client: RedisClient) => Promise<void>): RedisLine => new RedisLine({ url: options.url, signal: this.#stopping.signal, onUp, onChange: (error) => this.#changed(error) });
    this.#writer = line(async () => undefined);
    this.#reader = line(async () => undefined);
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

  /** Never rejects and never answers at once without entries. */
  async xRead([place]: [StreamPlace], options: { COUNT: number; BLOCK: number }): Promise<unknown> {
    for (;;) {
      const client = await this.#reader.ready();
      try {
        const id = place.id === '$' ? await this.#startOf(client, place.key) : place.id;
        return await within(READ_MS, client.xRead({ key: place.key, id }, options));
      } catch (error) {
        this.#reader.broken(client, error);
        // `broken` takes effect a moment later; until then `ready` would give the same connection.
        await new Promise((resolve) => { setImmediate(resolve); });
      }
    }
  }

  /** Until its first entry the adapter asks for what comes after "now", and would miss what comes between two reads. */
  async #startOf(client: RedisClient, key: string): Promise<string> {
    const known = this.#starts.get(key);
    if (known !== undefined) return known;
    const newest = await within(READ_MS, client.xRevRange(key, '+', '-', { COUNT: 1 }));
    const id = newest?.[0]?.id ?? '0-0';
    this.#starts.set(key, id);
    return id;
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

async function subscribe(client: RedisClient, channel: string, listener: Listener): Promise<void> {
  await client.subscribe(channel, listener, true);
}
