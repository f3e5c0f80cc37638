import { setTimeout as delay } from 'node:timers/promises';
import { keepConnected, within, type RedisClient } from '../core/bus/redis-link.ts';

const PING_EVERY_MS = 1_000;
const PING_MS = 2_000;

export interface LineOptions {
  url: string;
  signal: AbortSignal;
  /** Every new connection, before anybody else has it. */
  onUp(client: RedisClient): Promise<void>;
  /** Called when `client` came or went; with the error when it went. */
  onChange(error?: unknown): void;
}

/** One connection to Redis that is made anew whenever it breaks, also when it breaks without a word. */
export class RedisLine {
  readonly #options: LineOptions;
  #client: RedisClient | undefined;
  #fail: ((error: unknown) => void) | undefined;
  #waiting: ((client: RedisClient) => void)[] = [];
  /** Resolves when `signal` ended the line. */
  readonly ended: Promise<void>;

  constructor(options: LineOptions) {
    this.#options = options;
    this.ended = keepConnected(options.url, options.signal, (client) => this.#use(client), (error) => options.onChange(error));
  }

  /** The connection, if it stands. */
  get client(): RedisClient | undefined { return this.#client; }

  /** The connection when there is one; waits for ever when there is none any more. */
  ready(): Promise<RedisClient> {
    return this.#client ? Promise.resolve(this.#client) : new Promise((resolve) => { this.#waiting.push(resolve); });
  }

  /** What was done with the connection failed: it is given up. */
  broken(client: RedisClient, error: unknown): void {
    if (client === this.#client) this.#fail?.(error);
  }

  async #use(client: RedisClient): Promise<void> {
    await within(PING_MS, this.#options.onUp(client));
    const failed = new Promise<never>((_resolve, reject) => { this.#fail = reject; });
    this.#client = client;
    this.#options.onChange();
    for (const resolve of this.#waiting.splice(0)) resolve(client);
    const stop = new AbortController();
    try {
      await Promise.race([failed, this.#watch(client, stop.signal)]);
    } finally {
      stop.abort();
      this.#client = undefined;
    }
  }

  /** A connection whose other end vanished says nothing: only asking finds out. */
  async #watch(client: RedisClient, stop: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([stop, this.#options.signal]);
    while (!signal.aborted) {
      await within(PING_MS, client.ping());
      await delay(PING_EVERY_MS, undefined, { signal }).catch((error: unknown) => { if (!signal.aborted) throw error; });
    }
  }
}
