import { Child } from './lib/child.ts';
import type { Row } from './lib/rows.ts';
import { HUB_FLAGS } from '../server/start-flags.ts';
import { setUpSite } from './hub-setup.ts';

const KINDS = ['otklik', 'ws', 'socket.io'] as const;
const SOCKETS = 500;
/** Events a second, how many of them, and the most that Otklik's CPU may be of bare ws's. */
const LOADS = [{ perSecond: 100, count: 1_000, most: 0.6 }, { perSecond: 1_000, count: 3_000, most: 0.2 }];

interface Measured { cpuPerEvent: number; p50: number; p99: number }

async function measure(kind: (typeof KINDS)[number], { perSecond, count }: { perSecond: number; count: number }): Promise<Measured> {
  const server = new Child('servers.ts', kind === 'otklik' ? { flags: HUB_FLAGS } : {});
  const clients = new Child('clients.ts');
  try {
    const port = await server.ask<number>('start', { kind });
    const cookie = kind === 'otklik' ? (await setUpSite(port, 0)).cookie : '';
    await clients.ask('connect', { kind, port, cookie, count: SOCKETS, channel: 'floor:bench' });
    // A little first, so that the code has been compiled when it is measured.
    for (const events of [100, count]) {
      await clients.ask('expect', { events });
      const all = clients.ask<{ delivered: number; p50: number; p99: number }>('all');
      await Promise.all([server.ask('publish', { count: events, perSecond }), all]);
      if (events === count) {
        const { delivered, p50, p99 } = await all;
        return { cpuPerEvent: await server.ask<number>('cpu') / delivered, p50, p99 };
      }
    }
    throw new Error('unreachable');
  } finally {
    await Promise.all([server.end(), clients.end()]);
  }
}

/** CPU per delivered event and latency: a durable, resumable hub beside two that only broadcast. */
export async function fanoutBench(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const load of LOADS) {
    const suite = `fan-out, ${SOCKETS} sockets, ${load.perSecond}/s`;
    const measured = new Map<string, Measured>();
    for (const kind of KINDS) measured.set(kind, await measure(kind, load));
    const bare = measured.get('ws')!;
    for (const [kind, { cpuPerEvent, p50, p99 }] of measured) {
      const ratio = cpuPerEvent / bare.cpuPerEvent;
      rows.push({ suite, what: `${kind}: CPU per delivered event`, value: cpuPerEvent, unit: 'µs', ...(kind === 'ws' ? {} : { ratio, peer: 'bare ws' }), ...(kind === 'otklik' ? { target: `≤ ${load.most} × bare ws`, met: ratio <= load.most } : {}) });
      rows.push({ suite, what: `${kind}: latency p50`, value: p50, unit: 'ms' }, { suite, what: `${kind}: latency p99`, value: p99, unit: 'ms' });
    }
  }
  return rows;
}
