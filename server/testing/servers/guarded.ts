import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 15;

/** The user that a server runs as; undefined leaves it with ours. */
export type User = { uid: number; gid: number } | undefined;

export interface Guarded {
  readonly pid: number;
  /** Whether the server still runs. */
  running(): boolean;
  /** Sends a signal and resolves when the server is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** As root: `postgres` where there is one, else `nobody`, since PostgreSQL refuses to run as root. */
export function serverUser(): User {
  if (process.getuid?.() !== 0) return undefined;
  const users = new Map(fs.readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => [line.split(':')[0], line.split(':')]));
  const [, , uid, gid] = users.get('postgres') ?? users.get('nobody') ?? [];
  if (uid === undefined || gid === undefined) throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody');
  return { uid: Number(uid), gid: Number(gid) };
}

/** A temporary folder that belongs to the server's user and is closed to everybody else but root. */
export function serverFolder(name: string, user: User): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `otklik-${name}-`));
  if (user) fs.chownSync(folder, user.uid, user.gid);
  return folder;
}

/**
 * Starts a server that ends when this process does, however that happens; its output goes to `server.log` in `folder`.
 * @param endSignal what ends it when this process is gone
 * @throws when the program cannot be started
 */
export async function startGuarded(server: { command: string; args: string[]; folder: string; user: User; endSignal: NodeJS.Signals }): Promise<Guarded> {
  const { user, ...rest } = server;
  const guard = spawn(process.execPath, [path.join(import.meta.dirname, 'guard.mjs'), JSON.stringify({ ...rest, ...user })], {
    // A group of its own: Ctrl-C in the terminal is for the tests, which still need the server to finish.
    detached: true, stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(guard, 'exit');
  const [data] = await Promise.race([once(guard.stdout, 'data'), exited.then(() => [undefined])]) as [Buffer | undefined];
  if (data === undefined) throw new Error(`${server.command} does not start: ${logOf(server.folder)}`);
  const pid = Number(data.toString());
  // Without these the tests would never end by themselves: the guard waits for us, and we would wait for it.
  guard.unref();
  for (const stream of [guard.stdin, guard.stdout]) (stream as unknown as { unref(): void }).unref();
  const running = (): boolean => guard.exitCode === null && guard.signalCode === null;
  return {
    pid, running,
    async end(signal) {
      if (!running()) return;
      guard.ref();
      process.kill(pid, signal);
      await exited;
    },
  };
}

/** Waits until `ready` resolves to true. @throws when the server ends before that, or after half a minute. */
export async function whenReady(server: Guarded, folder: string, ready: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + START_TIMEOUT_MS; Date.now() < until; await delay(POLL_MS)) {
    if (await ready()) return;
    if (!server.running()) throw new Error(`the server ended: ${logOf(folder)}`);
  }
  await server.end('SIGKILL');
  throw new Error(`the server was not ready in ${START_TIMEOUT_MS / 1000} s: ${logOf(folder)}`);
}

const logOf = (folder: string): string => fs.readFileSync(path.join(folder, 'server.log'), 'utf8').slice(-2_000);
