import { Child } from './lib/child.ts';
import { atMost, type Row } from './lib/rows.ts';
import { HUB_FLAGS } from '../server/start-flags.ts';
import { setUpSite } from './hub-setup.ts';

const SIZES = [1, 20, 200];
const MS = 4_000;
const ROUNDS = 3;
const CONNECTIONS = 16;
const LEAST = 0.6;

/** p99 of the event loop's delay since the last look, ms. */
async function loopDelay(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/otklik_event_loop_delay_seconds\{quantile="0.99"\} (\S+)/.exec(text)?.[1]) * 1000;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Durable events a second over HTTP beside bare transactions of the same rows, in turns. */
export async function ingestBench(): Promise<Row[]> {
  const server = new Child('servers.ts', { flags: HUB_FLAGS });
  const sender = new Child('sender.ts');
  const bare = new Child('bare-sqlite.ts');
  const rows: Row[] = [];
  const delays: number[] = [];
  try {
    const port = await server.ask<number>('start', { kind: 'otklik' });
    const { tokens } = await setUpSite(port, CONNECTIONS);
    await sender.ask('load', { port, tokens, size: 20, ms: 1_500, connections: CONNECTIONS });
    await bare.ask('load', { size: 20, ms: 500 });
    for (const size of SIZES) {
      const own: number[] = [];
      const peer: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        await loopDelay(port);
        own.push(await sender.ask<number>('load', { port, tokens, size, ms: MS, connections: CONNECTIONS }));
        delays.push(await loopDelay(port));
        peer.push(await bare.ask<number>('load', { size, ms: MS / 2 }));
      }
      const ratio = median(own) / median(peer);
      const held = size > 1;
      rows.push({ suite: 'ingest', what: `${size} a request: durable events`, value: median(own), unit: '/s', ratio, peer: 'bare better-sqlite3', ...(held ? { target: `≥ ${LEAST} × bare better-sqlite3`, met: ratio >= LEAST } : {}) });
      rows.push({ suite: 'ingest', what: `${size} a transaction: bare better-sqlite3`, value: median(peer), unit: '/s' });
    }
    rows.push(atMost('ingest', 'event-loop delay p99 during the runs, worst', Math.max(...delays), 'ms', 20));
    return rows;
  } finally {
    await Promise.all([server.end(), sender.end(), bare.end()]);
  }
}
