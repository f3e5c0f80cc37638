import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { FastifyBaseLogger } from 'fastify';

const RESTART_MIN_MS = 500;
const RESTART_MAX_MS = 30_000;
/** A node that ran this long is taken to have started well. */
const HEALTHY_MS = 60_000;
const STOP_MS = 5_000;

/**
 * A hub's certificate names its public address, never 127.0.0.1, and may be its own: the child, which speaks to nobody
 * but its parent and over loopback, does not check it.
 */
const loopbackTls = (hubUrl: string): Record<string, string> => (hubUrl.startsWith('https://127.0.0.1:') ? { NODE_TLS_REJECT_UNAUTHORIZED: '0' } : {});

export interface VisionChild { stop(): Promise<void> }

/**
 * Runs one vision node as a child of the hub and starts it again when it ends. The token travels in the child's
 * environment; it is new at every start of the hub, unless the settings give one. `name` tells it from other hubs' nodes.
 */
export function startVisionChild(options: { hubUrl: string; token: string; name: string; dataDir: string; log: FastifyBaseLogger }): VisionChild {
  const { hubUrl, token, dataDir, log } = options;
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let wait = RESTART_MIN_MS;

  const start = (): void => {
    const startedAt = performance.now();
    child = spawn(process.execPath, [path.join(import.meta.dirname, '..', 'vision', 'main.ts')], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, OTKLIK_HUB_URL: hubUrl, OTKLIK_VISION_TOKEN: token, OTKLIK_VISION_NODE: process.env['OTKLIK_VISION_NODE'] ?? options.name, OTKLIK_DATA_DIR: dataDir, OTKLIK_ADMIN_PASSWORD: undefined, OTKLIK_SECRETS_KEY: undefined, ...loopbackTls(hubUrl) },
    });
    child.on('error', (error) => log.error({ err: error }, 'the vision node could not be started'));
    child.on('exit', (code, signal) => {
      child = undefined;
      if (stopped) return;
      wait = performance.now() - startedAt > HEALTHY_MS ? RESTART_MIN_MS : Math.min(RESTART_MAX_MS, wait * 2);
      log.warn({ code, signal, againInMs: wait }, 'the vision node ended and will be started again');
      timer = setTimeout(start, wait);
    });
  };
  start();

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      const running = child;
      if (!running) return;
      const exited = new Promise<void>((resolve) => { running.once('exit', () => resolve()); });
      running.kill('SIGTERM');
      const force = setTimeout(() => running.kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(force);
    },
  };
}
