/** The servers that are measured, each in a process of its own: a hub, bare `ws`, socket.io. */
import fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Server as SocketIo } from 'socket.io';
import { nextId } from './lib/ids.ts';
import { WebSocketServer } from 'ws';
import { buildHub, type Hub } from '../server/app.ts';
import { readConfig } from '../server/config.ts';
import { serve, steadyNow } from './lib/child.ts';

import { ADMIN_ACCOUNT as ADMIN } from './lib/account.ts';

/** The same fields and size in every server. */
const eventOf = (offset: number) => ({ offset, id: nextId(), type: 'feedback.rated', site: 'bench', at: Date.now(), received: Date.now(), device: '01jd0000000000000000000000', touchpoint: 'till-3', body: { value: 4, scale: 4, factor: String(steadyNow()) } });

interface Target { port: number; publish(count: number): void; close(): Promise<void> }

async function hubTarget(env: Record<string, string> = {}): Promise<Target> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-bench-'));
  const config = readConfig({ OTKLIK_DATA_DIR: dataDir, OTKLIK_HOST: '127.0.0.1', OTKLIK_PORT: '0', OTKLIK_VISION: 'off', OTKLIK_ADMIN_EMAIL: ADMIN.email, OTKLIK_ADMIN_PASSWORD: ADMIN.password, OTKLIK_DEVICE_EVENTS_PER_SECOND: '1000000', OTKLIK_WEB_DIR: path.join(dataDir, 'none'), ...env });
  const hub: Hub = await buildHub({ config, logger: { level: 'error' } });
  await hub.http.listen({ host: '127.0.0.1', port: 0 });
  return {
    port: (hub.http.server.address() as AddressInfo).port,
    publish(count) {
      for (let i = 0; i < count; i++) {
        const { id, type, site, at, device, touchpoint, body } = eventOf(0);
        void hub.log.append([{ id, type, site, at, device, touchpoint, skew: 0, body: JSON.stringify(body) }]);
      }
    },
    close: async () => { await hub.close(); fs.rmSync(dataDir, { recursive: true, force: true }); },
  };
}

async function wsTarget(): Promise<Target> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, path: '/ws', perMessageDeflate: false });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()); });
  let offset = 0;
  return {
    port: (server.address() as AddressInfo).port,
    publish(count) {
      for (let i = 0; i < count; i++) {
        const text = JSON.stringify(eventOf(++offset));
        for (const client of sockets.clients) client.send(text);
      }
    },
    close: async () => { for (const client of sockets.clients) client.terminate(); server.close(); },
  };
}

async function socketIoTarget(): Promise<Target> {
  const server = createServer();
  const io = new SocketIo(server, { transports: ['websocket'], pingInterval: 600_000, perMessageDeflate: false });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()); });
  let offset = 0;
  return {
    port: (server.address() as AddressInfo).port,
    publish(count) { for (let i = 0; i < count; i++) io.emit('event', eventOf(++offset)); },
    close: async () => { await io.close(); },
  };
}

let target: Target;
let cpu = process.cpuUsage();

serve({
  /** `env` are more settings of a hub. */
  async start({ kind, env }: { kind: 'otklik' | 'ws' | 'socket.io'; env?: Record<string, string> }) {
    target = await { otklik: () => hubTarget(env), ws: wsTarget, 'socket.io': socketIoTarget }[kind]();
    return target.port;
  },
  /** Publishes `count` events at `perSecond`, in slices of 1 ms at least; resolves when the last was handed over. */
  async publish({ count, perSecond }: { count: number; perSecond: number }) {
    cpu = process.cpuUsage();
    const started = steadyNow();
    for (let sent = 0; sent < count;) {
      const due = Math.min(count, Math.floor((steadyNow() - started) / 1000 * perSecond) + 1);
      if (due > sent) { target.publish(due - sent); sent = due; }
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, started + sent / perSecond * 1000 - steadyNow())));
    }
  },
  /** CPU since `publish` began, µs over all threads. */
  cpu() {
    const { user, system } = process.cpuUsage(cpu);
    return user + system;
  },
}, () => target?.close());
