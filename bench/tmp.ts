import { Child } from './lib/child.ts';
import { setUpSite } from './hub-setup.ts';
const server = new Child('servers.ts', process.argv[3] ? {NODE_OPTIONS:'--cpu-prof --cpu-prof-dir=/tmp/prof'}: {});
const sender = new Child('sender.ts');
const port = await server.ask<number>('start', { kind: 'otklik' });
const { tokens } = await setUpSite(port, 16);
for (const size of [1,20,200]) console.log(size, await sender.ask<number>('load', { port, tokens, size, ms: 3000, connections: 16 }));
console.log((await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).split('\n').filter(l=>/append_seconds|loop/.test(l)&&!l.startsWith('#')).join('\n'));
await Promise.all([server.end(), sender.end()]);
