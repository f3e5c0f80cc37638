import { fork, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeH264 } from '../testing/h264.ts';
import { FakeHub, until } from '../testing/hub.ts';
import { testEnvironment } from '../testing/node.ts';
import { RtspServer } from '../testing/rtsp-server.ts';
import { stillScene } from '../testing/still.ts';

const MAIN = new URL('../main.ts', import.meta.url).pathname;
const LONG = 120_000;

let hub: FakeHub;
let folder: string;
let server: RtspServer;
let child: ChildProcess;
let left: number[] = [];

beforeEach(async () => {
  hub = new FakeHub();
  await hub.listen();
  folder = mkdtempSync(join(tmpdir(), 'otklik-killed-'));
  server = new RtspServer({ stream: await encodeH264(await stillScene('sample1.jpg', 320, 240, 4), { width: 320, height: 240, fps: 10, pictures: 20, profile: 'baseline' }) });
  await server.listen();
  child = fork(MAIN, { env: { ...process.env, ...testEnvironment(hub, folder) }, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
}, LONG);
afterEach(async () => {
  child.kill('SIGKILL');
  for (const pid of left.filter(lives)) process.kill(pid, 'SIGKILL');
  await server.close();
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

it('a node that is killed leaves no ffmpeg and no media worker behind', async () => {
  await until(() => hub.registrations.length > 0, 'the registration', 60_000);
  hub.setPulls([{ camera: 'ip-1', url: server.url }]);
  await until(() => hub.samples.length > 0, 'samples', 60_000);
  left = childrenOf(child.pid!);
  expect(left.map(nameOf).sort()).toEqual([expect.stringContaining('ffmpeg'), expect.stringContaining('mediasoup')]);
  child.kill('SIGKILL');
  await until(() => left.every((pid) => !lives(pid)), 'its programs to end', 60_000);
  await until(() => server.playing === 0, 'the camera to be let go', 20_000);
}, LONG);

/** Linux' own words on a process: its parent, and whether it still runs. */
function stat(pid: number): { name: string; state: string; parent: number } | undefined {
  try {
    const [, name, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))!;
    return { name: name!, state: state!, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => stat(pid)?.parent === parent);
}

const nameOf = (pid: number): string => stat(pid)?.name ?? '';
/** One that has ended may wait for whoever adopted it to ask how. */
function lives(pid: number): boolean {
  const state = stat(pid)?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}
