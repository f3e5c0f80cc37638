import type { AnyEvent } from '../../../contract/index.ts';
import { openPostgresStore } from '../../core/store/postgres-store.ts';
import type { LogStore } from '../../core/store/store.ts';
import { POSTGRES_MIGRATIONS_DIR } from '../../core/testing/store.ts';
import { createMediaAdapter, type MediaAdapter } from '../index.ts';
import { startHub, type TestHub, type TestHubOptions } from './hub.ts';

export interface SharedHub extends TestHub {
  adapter: MediaAdapter;
  store: LogStore;
  /** What the hub logged as a warning. */
  warnings: string[];
}

/** A hub with a store and an adapter of its own, on a database and a Redis that it shares with others. */
export async function startSharedHub(databaseUrl: string, redis: { url: string; prefix: string }, options: TestHubOptions = {}): Promise<SharedHub> {
  const store = await openPostgresStore({ url: databaseUrl, migrationsDir: POSTGRES_MIGRATIONS_DIR, connections: 6 });
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (_detail: object, message: string) => { warnings.push(message); } };
  const { adapter, close } = await createMediaAdapter(redis.url, redis.prefix, log);
  const committed: AnyEvent[] = [];
  store.onCommitted((events) => committed.push(...events.map(({ event }) => event)));
  const hub = await startHub(store, committed, { log, ...options, adapter });
  return {
    ...hub, adapter, store, warnings,
    close: async () => {
      await hub.close();
      await close();
      await store.close();
    },
  };
}
