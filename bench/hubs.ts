import { startPostgres, startRedis, database } from '../server/testing/servers/index.ts';
import { HUB_FLAGS } from '../server/start-flags.ts';
import { setUpSite } from './hub-setup.ts';
import { Child } from './lib/child.ts';
import { atMost, type Row } from './lib/rows.ts';

const SIZES = [20, 200];
const MS = 4_000;
const ROUNDS = 3;
const CONNECTIONS = 16;
const LEAST = 0.6;
const PRESSES = 300;
const SUITE = 'two hubs';

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/**
 * Two hubs on one PostgreSQL and one Redis, beside bare inserts into a PostgreSQL of the same settings and beside a hub
 * on the embedded store, in turns: durable events a second, and a press at one hub until its frame on a console of the
 * other.
 */
export async function hubsBench(): Promise<Row[]> {
  const [postgres, redis] = await Promise.all([startPostgres({ durable: true }), startRedis()]);
  const hubs = [new Child('servers.ts', { flags: HUB_FLAGS }), new Child('servers.ts', { flags: HUB_FLAGS })] as const;
  const embedded = new Child('servers.ts', { flags: HUB_FLAGS });
  const senders = [new Child('sender.ts'), new Child('sender.ts')] as const;
  const bare = new Child('bare-pg.ts');
  try {
    const env = { DATABASE_URL: await database(postgres.url), REDIS_URL: redis.url };
    const ports = [await hubs[0].ask<number>('start', { kind: 'otklik', env }), await hubs[1].ask<number>('start', { kind: 'otklik', env })] as const;
    const alone = await embedded.ask<number>('start', { kind: 'otklik' });
    await bare.ask('start', { url: await database(postgres.url), connections: CONNECTIONS });
    const { tokens, cookie } = await setUpSite(ports[0], CONNECTIONS);
    const aloneTokens = (await setUpSite(alone, CONNECTIONS)).tokens;

    const rows: Row[] = [];
    // Before the load: the peers' tables are small, and nothing is being written back.
    for (const [what, port, consolePort] of [['one hub', ports[0], ports[0]], ['the other hub', ports[0], ports[1]]] as const) {
      await senders[0].ask('presses', { port, consolePort, cookie, token: tokens[0], count: 30 });
      const { p50, p99 } = await senders[0].ask<{ p50: number; p99: number }>('presses', { port, consolePort, cookie, token: tokens[0], count: PRESSES });
      rows.push({ suite: SUITE, what: `press at one hub → frame at ${what}, p50`, value: p50, unit: 'ms' });
      rows.push(port === consolePort ? { suite: SUITE, what: `press at one hub → frame at ${what}, p99`, value: p99, unit: 'ms' } : atMost(SUITE, `press at one hub → frame at ${what}, p99`, p99, 'ms', 150));
    }

    const load = (sender: Child, port: number, own: string[], size: number, connections = CONNECTIONS): Promise<number> => sender.ask<number>('load', { port, tokens: own, size, ms: MS, connections });
    await load(senders[0], ports[0], tokens, 20);
    for (const size of SIZES) {
      const measured: Record<'one' | 'both' | 'embedded' | 'bare' | 'bareMany', number[]> = { one: [], both: [], embedded: [], bare: [], bareMany: [] };
      for (let round = 0; round < ROUNDS; round++) {
        measured.bare.push(await bare.ask<number>('load', { size, ms: MS / 2, connections: 1 }));
        measured.one.push(await load(senders[0], ports[0], tokens, size));
        measured.bareMany.push(await bare.ask<number>('load', { size, ms: MS / 2, connections: CONNECTIONS }));
        const each = await Promise.all([0, 1].map((i) => load(senders[i]!, ports[i]!, tokens, size, CONNECTIONS / 2)));
        measured.both.push(each[0]! + each[1]!);
        measured.embedded.push(await load(senders[0], alone, aloneTokens, size));
      }
      const peer = median(measured.bare);
      const one = median(measured.one);
      const row = (what: string, value: number): Row => ({ suite: SUITE, what: `${size} a request: ${what}`, value, unit: '/s', ratio: value / peer, peer: 'bare pg' });
      rows.push(
        { ...row('durable events at one hub', one), target: `≥ ${LEAST} × bare pg`, met: one / peer >= LEAST },
        row('durable events at both hubs together', median(measured.both)),
        row('durable events, embedded store', median(measured.embedded)),
        { suite: SUITE, what: `${size} an INSERT: bare pg, one connection`, value: peer, unit: '/s' },
        { suite: SUITE, what: `${size} an INSERT: bare pg, ${CONNECTIONS} connections`, value: median(measured.bareMany), unit: '/s' },
      );
    }
    return rows;
  } finally {
    await Promise.all([...hubs, embedded, ...senders, bare].map((child) => child.end()));
    await Promise.all([postgres.stop(), redis.stop()]);
  }
}
