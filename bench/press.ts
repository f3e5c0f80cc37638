import { Child } from './lib/child.ts';
import { atMost, type Row } from './lib/rows.ts';
import { HUB_FLAGS } from '../server/start-flags.ts';
import { setUpSite } from './hub-setup.ts';

const CONSOLES = 1_000;
const PRESSES = 300;

/** From a press (before it is sent) to its frame on a console, with a thousand other consoles on the same floor. */
export async function pressBench(): Promise<Row[]> {
  const server = new Child('servers.ts', { flags: HUB_FLAGS });
  const clients = new Child('clients.ts');
  const sender = new Child('sender.ts');
  try {
    const port = await server.ask<number>('start', { kind: 'otklik' });
    const { cookie, tokens } = await setUpSite(port, 1);
    await clients.ask('connect', { kind: 'otklik', port, cookie, count: CONSOLES, channel: 'floor:bench' });
    await sender.ask('presses', { port, cookie, token: tokens[0], count: 30 });
    const { p50, p99 } = await sender.ask<{ p50: number; p99: number }>('presses', { port, cookie, token: tokens[0], count: PRESSES });
    const suite = `press → frame, ${CONSOLES} other consoles`;
    return [{ suite, what: 'p50', value: p50, unit: 'ms' }, atMost(suite, 'p99', p99, 'ms', 50)];
  } finally {
    await Promise.all([server.end(), clients.end(), sender.end()]);
  }
}
