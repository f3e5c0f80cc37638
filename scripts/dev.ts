/** `npm run dev`: the hub under --watch and the web's development server, which passes /api, /ws and /socket.io on to it. */
import { spawn } from 'node:child_process';
import { commandOf, ROOT } from './run-step.ts';

const port = process.env['OTKLIK_PORT'] ?? '8400';
const children = [
  ['--watch-path=server', '--watch-path=contract', 'server/main.ts'],
  [commandOf('vite'), 'dev'],
].map((args) => spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, OTKLIK_HUB: process.env['OTKLIK_HUB'] ?? `http://127.0.0.1:${port}`, OTKLIK_ORIGINS: process.env['OTKLIK_ORIGINS'] ?? 'http://localhost:5173' } }));

function stop(code: number): void {
  for (const child of children) child.kill('SIGTERM');
  process.exitCode = code;
}
for (const child of children) child.on('exit', (code) => stop(code ?? 0));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(0));
