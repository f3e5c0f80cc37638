/** With stand-ins for the programs, so that it needs neither of them. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { locateDatabases } from './databases.mjs';

let folder: string;
beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-databases-')));
  vi.stubEnv('PATH', folder);
  for (const name of ['initdb', 'postgres', 'redis-server']) standIn(name, `${name} 1`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(folder, { recursive: true });
});

const standIn = (name: string, says: string): void => fs.writeFileSync(path.join(folder, name), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });

test('what PATH has is taken, with the version that it tells', async () => {
  standIn('postgres', 'postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)');
  standIn('redis-server', 'Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64 build=1');
  expect(await locateDatabases()).toEqual({ postgres: { bin: folder, version: '15.18' }, redis: { server: path.join(folder, 'redis-server'), version: '7.0.15' } });
});

test.each([
  ['postgres (PostgreSQL) 14.19', 'Redis server v=7.0.15 sha=0', 'PostgreSQL 14.19 is too old'],
  ['postgres (PostgreSQL) 17beta1', 'Redis server v=6.0.16 sha=0', 'Redis 6.0.16 is too old'],
  ['no version here', 'Redis server v=7.0.15 sha=0', 'does not start'],
])('%s, %s: %s', async (postgres, redis, message) => {
  standIn('postgres', postgres);
  standIn('redis-server', redis);
  await expect(locateDatabases()).rejects.toMatchObject({ message: expect.stringContaining(message), advice: expect.stringContaining('OTKLIK_SETUP_SKIP=databases') });
});

test('a missing Redis is named', async () => {
  fs.rmSync(path.join(folder, 'redis-server'));
  await expect(locateDatabases()).rejects.toThrow('Redis was not found');
});
