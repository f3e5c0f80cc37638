import { Child } from './lib/child.ts';
import { atMost, type Row } from './lib/rows.ts';
import { HUB_FLAGS } from '../server/start-flags.ts';
import { setUpSite } from './hub-setup.ts';

const SOCKETS = 1_000;
const MISSED = 100;

/** A thousand consoles lose their connection at once, a hundred events happen, all come back at once. */
export async function stormBench(): Promise<Row[]> {
  const server = new Child('servers.ts', { flags: HUB_FLAGS });
  const clients = new Child('clients.ts');
  try {
    const port = await server.ask<number>('start', { kind: 'otklik' });
    const { cookie } = await setUpSite(port, 0);
    await clients.ask('connect', { kind: 'otklik', port, cookie, count: SOCKETS, channel: 'floor:bench' });
    await clients.ask('expect', { events: 200 });
    await Promise.all([server.ask('publish', { count: 200, perSecond: 500 }), clients.ask('all')]);
    const stood = await clients.ask<number>('offset');
    await clients.ask('drop');
    await server.ask('publish', { count: MISSED, perSecond: 500 });
    const ms = await clients.ask<number>('resume', { head: stood + MISSED });
    return [atMost('resume storm', `${SOCKETS} sockets dropped at once, ${MISSED} events missed: all current`, ms / 1000, 's', 3)];
  } finally {
    await Promise.all([server.end(), clients.end()]);
  }
}
