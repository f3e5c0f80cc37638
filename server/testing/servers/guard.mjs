/**
 * Starts one server and ends it when the program that asked for it is gone: that is when standard input closes, which
 * the kernel sees to whatever that program died of. Then it removes the server's folder too.
 * Its argument is JSON: { command, args, folder, uid?, gid?, endSignal }. It prints the server's process id.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const PATIENCE_MS = 5_000;
const { command, args, folder, uid, gid, endSignal } = JSON.parse(process.argv[2]);

const log = fs.openSync(path.join(folder, 'server.log'), 'a');
const server = spawn(command, args, { cwd: folder, stdio: ['ignore', log, log], env: { PATH: process.env.PATH, LC_ALL: 'C' }, ...(uid === undefined ? {} : { uid, gid }) });
let abandoned = false;

function abandon() {
  if (abandoned) return;
  abandoned = true;
  server.kill(endSignal);
  setTimeout(() => server.kill('SIGKILL'), PATIENCE_MS).unref();
}

server.on('spawn', () => process.stdout.write(`${server.pid}\n`));
server.on('error', (error) => {
  fs.writeSync(log, `${error.message}\n`);
  process.exit(1);
});
server.on('exit', () => {
  if (abandoned) fs.rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});
process.stdin.on('end', abandon).on('error', abandon).resume();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, abandon);
// Nobody reads what is printed once the parent is gone.
process.stdout.on('error', abandon);
