import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'redis';

/** A client of one connection. RESP 2, so that replies to stream commands have one form with every server. */
export type RedisClient = ReturnType<typeof newClient>;

const CONNECT_MS = 2_000;
const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 2_000;

/** Reconnecting is ours: what is read or written after a break must be thought about, not repeated. */
function newClient(url: string) {
  const client = createClient({ url, RESP: 2, disableOfflineQueue: true, socket: { connectTimeout: CONNECT_MS, reconnectStrategy: false } });
  // Told through the commands that fail; without a listener it would end the process.
  client.on('error', () => undefined);
  return client;
}

/** The answer, or an error when none came within `ms`: a connection whose network went away never says so. */
export async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => { timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms); });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Keeps one connection up until `signal` says stop: connects, hands the client to `work`, and starts over when `work`
 * ends or fails. `onDown` is called after each failure.
 */
export async function keepConnected(url: string, signal: AbortSignal, work: (client: RedisClient) => Promise<void>, onDown: (error: unknown) => void): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const client = newClient(url);
    const stop = (): void => { client.destroy(); };
    try {
      await within(CONNECT_MS + 500, client.connect());
      signal.addEventListener('abort', stop, { once: true });
      failures = 0;
      await work(client);
    } catch (error) {
      if (!signal.aborted) onDown(error);
    }
    signal.removeEventListener('abort', stop);
    if (client.isOpen) client.destroy();
    if (!signal.aborted) await delay(Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** failures++), undefined, { signal }).catch(() => undefined);
  }
}
