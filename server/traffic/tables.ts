import { int, table, text } from '../core/store/table.ts';

/**
 * Which hub listens to a broker of counters: one at a time, until its lease is over. `client` is the name under which
 * every hub of the installation does so, so that the broker keeps what comes while another takes over.
 */
export const trafficLinksTable = table('traffic_links', { name: text(), hub: text(), until: int(), client: text() }, { primaryKey: ['name'] });
