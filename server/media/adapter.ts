import type { Namespace, ServerOptions } from 'socket.io';
import { loggable } from '../core/http/index.ts';
import type { MediaLog } from './ports.ts';

/** Entries that the adapter's stream keeps, about; a hub that was cut off for longer finds the same in the store. */
const STREAM_LENGTH = 10_000;

/** What lets the signalling of several hubs speak with one another. */
export interface MediaAdapter {
  /** socket.io's `adapter` option. */
  readonly adapter: NonNullable<ServerOptions['adapter']>;
  /** Whether messages to other hubs go out and theirs come in. */
  readonly live: boolean;
  /** Called when `live` changed. */
  onLive(listener: (live: boolean) => void): void;
}

/**
 * Connects the signalling of hubs through Redis (a stream and channels whose names begin with `prefix`). Does not wait
 * for Redis: while it is away the signalling works within each hub, and it connects when Redis comes.
 * `close` ends every connection; call it after `Media.close`.
 */
export async function createMediaAdapter(redisUrl: string, prefix: string, log: MediaLog): Promise<{ adapter: MediaAdapter; close(): Promise<void> }> {
  // Loaded only by hubs that have a Redis.
  const [{ createAdapter }, { BLOCK_MS, RedisDoor }] = await Promise.all([import('@socket.io/redis-streams-adapter'), import('./redis-door.ts')]);
  const listeners: ((live: boolean) => void)[] = [];
  const door = new RedisDoor({
    url: redisUrl,
    onLive: (live) => {
      if (live) log.info({}, 'media: this hub hears the other hubs');
      for (const listener of listeners) listener(live);
    },
    onTrouble: (error) => log.warn({ err: loggable(error) }, 'media: no connection to Redis; cameras reach only the vision nodes of their own hub until it is back'),
  });
  const create = createAdapter(door, { streamName: `${prefix}:media`, channelPrefix: `${prefix}:media`, maxLen: STREAM_LENGTH, blockTimeInMs: BLOCK_MS });
  return {
    adapter: {
      adapter: create as (space: Namespace) => ReturnType<typeof create>,
      get live() { return door.live; },
      onLive: (listener) => { listeners.push(listener); },
    },
    close: () => door.close(),
  };
}
