import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { readConfig } from '../config.ts';
import { startVisionNode, type VisionNode } from '../node.ts';
import { FakeHub, until } from './hub.ts';

export interface TestNode { node: VisionNode; hub: FakeHub; env: Record<string, string>; close(): Promise<void> }

/** Settings of a node that talks to this hub, on a free port, with an outbox that goes away. */
export function testEnvironment(hub: FakeHub, folder: string): Record<string, string> {
  return {
    OTKLIK_HUB_URL: hub.url, OTKLIK_VISION_TOKEN: hub.token, OTKLIK_VISION_NODE: 'node-1', OTKLIK_DATA_DIR: folder, OTKLIK_MEDIA_PORT: '0',
    OTKLIK_MEDIA_IPS: '127.0.0.1', OTKLIK_VISION_CAPACITY: '4', OTKLIK_VISION_THREADS: '1', OTKLIK_LOG_LEVEL: 'silent', OTKLIK_LOCAL_CAMERAS: 'true',
  };
}

/** A real node with a fake hub, both in this process. @param log instead of one of the configured level. */
export async function startTestNode(extra: Record<string, string> = {}, log?: Logger): Promise<TestNode> {
  const folder = mkdtempSync(join(tmpdir(), 'otklik-vision-'));
  const hub = new FakeHub();
  await hub.listen();
  const env = { ...testEnvironment(hub, folder), ...extra };
  const config = readConfig(env);
  const node = await startVisionNode(config, log ?? pino({ level: config.logLevel }));
  await until(() => hub.registrations.length > 0, 'the registration');
  const close = async (): Promise<void> => {
    await node.stop();
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { node, hub, env, close };
}
