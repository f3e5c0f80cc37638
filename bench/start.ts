import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { HUB_FLAGS } from '../server/start-flags.ts';
import { atMost, type Row } from './lib/rows.ts';
import { steadyNow } from './lib/child.ts';

const IDLE_MS = 10_000;

/** Resident memory of a process in MB of a million bytes, by /proc; NaN elsewhere. */
function residentMb(pid: number): number {
  const status = `/proc/${pid}/status`;
  if (!fs.existsSync(status)) return Number.NaN;
  return Number(/VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(status, 'utf8'))?.[1]) * 1024 / 1e6;
}

/** A hub started for the second time on the same data: time until it is ready, and its memory when nothing happens. */
export async function startBench(): Promise<Row[]> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-start-'));
  const port = 20_000 + (process.pid % 20_000);
  const run = async (idleMs: number): Promise<{ ready: number; memory: number }> => {
    const started = steadyNow();
    const hub = spawn(process.execPath, [...HUB_FLAGS, path.join(import.meta.dirname, '..', 'server', 'main.ts')], { stdio: 'ignore', env: { ...process.env, OTKLIK_PORT: String(port), OTKLIK_HOST: '127.0.0.1', OTKLIK_DATA_DIR: dataDir, OTKLIK_VISION: 'off' } });
    try {
      let ready = Number.NaN;
      while (Number.isNaN(ready) && steadyNow() - started < 30_000) {
        const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
        if (answer?.ok) ready = steadyNow() - started;
        else await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await new Promise((resolve) => setTimeout(resolve, idleMs));
      return { ready, memory: residentMb(hub.pid!) };
    } finally {
      const gone = new Promise((resolve) => { hub.once('exit', resolve); });
      hub.kill('SIGTERM');
      await gone;
    }
  };
  try {
    await run(0);
    const times = [await run(0), await run(0)].map(({ ready }) => ready);
    const last = await run(IDLE_MS);
    return [
      atMost('start', 'hub ready after a warm start, best of 3', Math.min(...times, last.ready) / 1000, 's', 1.5),
      atMost('start', 'idle hub, resident', last.memory, 'MB', 150),
    ];
  } finally {
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
}
