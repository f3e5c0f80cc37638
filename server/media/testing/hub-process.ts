import type { MediaTimings } from '../index.ts';
import { startSharedHub } from './several-hubs.ts';

/**
 * A hub as a process of its own, to be killed: `hub-process.ts <database URL> <Redis URL> <prefix> <timings as JSON>`.
 * Prints its address, and ends when its standard input does.
 */
const [databaseUrl = '', url = '', prefix = '', timings = '{}'] = process.argv.slice(2);
const hub = await startSharedHub(databaseUrl, { url, prefix }, { timings: JSON.parse(timings) as Partial<MediaTimings> });
console.log(hub.url);
process.stdin.resume().on('end', () => process.exit(0));
