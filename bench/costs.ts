import { Client } from 'pg';
import { database, startPostgres, startRedis } from '../server/testing/servers/index.ts';
import { HUB_FLAGS } from '../server/start-flags.ts';
import { setUpSite } from './hub-setup.ts';
import { Child } from './lib/child.ts';
import { cpuOfTree, residentOf } from './lib/processes.ts';
import type { Row } from './lib/rows.ts';

const SUITE = 'costs';
const MS = 8_000;
const CONNECTIONS = 16;
const CONSOLES = 1_000;

/**
 * What an event and a console cost a hub, PostgreSQL and Redis: the numbers that docs/scale.md reckons with. CPU is
 * counted by the system, so that other work on the machine spoils it little.
 */
export async function costsBench(): Promise<Row[]> {
  const [postgres, redis] = await Promise.all([startPostgres({ durable: true }), startRedis()]);
  const hubs = [new Child('servers.ts', { flags: HUB_FLAGS }), new Child('servers.ts', { flags: HUB_FLAGS })] as const;
  const sender = new Child('sender.ts');
  const clients = new Child('clients.ts');
  try {
    const url = await database(postgres.url);
    const env = { DATABASE_URL: url, REDIS_URL: redis.url };
    const [port] = [await hubs[0].ask<number>('start', { kind: 'otklik', env }), await hubs[1].ask<number>('start', { kind: 'otklik', env })];
    const { tokens, cookie } = await setUpSite(port, CONNECTIONS);
    await sender.ask('load', { port, tokens, size: 20, ms: 2_000, connections: CONNECTIONS });
    const parts = { 'the hub that takes it in': hubs[0].pid, 'another hub': hubs[1].pid, PostgreSQL: postgres.pid!, Redis: redis.pid! };
    const rows: Row[] = [];
    for (const size of [1, 20]) {
      const before = Object.values(parts).map(cpuOfTree);
      const rate = await sender.ask<number>('load', { port, tokens, size, ms: MS, connections: CONNECTIONS });
      const events = rate * MS / 1_000;
      Object.entries(parts).forEach(([part, pid], i) => rows.push({ suite: SUITE, what: `CPU for an event, ${size} a request: ${part}`, value: (cpuOfTree(pid) - before[i]!) / events * 1e6, unit: 'µs' }));
    }
    rows.push(...await bytesOnDisk(url), ...await consoles(port, cookie));
    return rows;

    async function consoles(at: number, as: string): Promise<Row[]> {
      const idle = residentOf(hubs[0].pid);
      await clients.ask('connect', { kind: 'otklik', port: at, cookie: as, count: CONSOLES, channel: 'floor:bench' });
      const grown = residentOf(hubs[0].pid) - idle;
      return [{ suite: SUITE, what: `memory for a console, of ${CONSOLES} at one hub`, value: Math.max(0, grown) / CONSOLES / 1_000, unit: 'kB' }];
    }
  } finally {
    await Promise.all([...hubs, sender, clients].map((child) => child.end()));
    await Promise.all([postgres.stop(), redis.stop()]);
  }
}

/** Bytes that an event takes in the table and in its indexes. */
async function bytesOnDisk(url: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: string; heap: string; indexes: string }>("SELECT count(*) AS n, pg_relation_size('events') AS heap, pg_indexes_size('events') AS indexes FROM events");
    const { n, heap, indexes } = rows[0]!;
    return [
      { suite: SUITE, what: 'PostgreSQL, an event in its table', value: Number(heap) / Number(n), unit: 'bytes' },
      { suite: SUITE, what: 'PostgreSQL, an event in its indexes', value: Number(indexes) / Number(n), unit: 'bytes' },
    ];
  } finally {
    await client.end();
  }
}
