import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

// A whole hub starts here, several times.
vi.setConfig({ testTimeout: 120_000 });

let data: string;
beforeEach(() => { data = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-demo-')); });
afterEach(() => fs.rmSync(data, { recursive: true, force: true }));

function demo(env: Record<string, string>, ...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'demo.ts'), ...args], { env: { ...process.env, OTKLIK_DATA_DIR: data, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    child.once('exit', (code) => resolve({ code, output }));
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('plays, shows how to sign in, and stops by itself with everything it started', async () => {
  const port = await freePort();
  const { code, output } = await demo({ OTKLIK_PORT: String(port), OTKLIK_HOST: '127.0.0.1', OTKLIK_VISION: 'off' }, '--for', '1');
  expect(output).toContain(`http://localhost:${port}`);
  const password = fs.readFileSync(path.join(data, 'password'), 'utf8').trim();
  expect(output).toContain(password);
  expect(fs.statSync(path.join(data, 'password')).mode & 0o777).toBe(0o600);
  expect(output).toMatch(new RegExp(`http://localhost:${port}/wall/[a-z0-9-]+#\\S{20,}`));
  expect(code).toBe(0);
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
});

it('a port that is taken is told in one line with the variable to set', async () => {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const { port } = server.address() as AddressInfo;
  const { code, output } = await demo({ OTKLIK_PORT: String(port) }, '--quiet');
  await new Promise((resolve) => server.close(resolve));
  expect(output).toBe(`Port ${port} is taken by another program. Stop it, or choose another port: OTKLIK_PORT=8500 npm run demo\n`);
  expect(code).toBe(1);
});

it('a hub that cannot start ends the demo with the reason', async () => {
  const { code, output } = await demo({ OTKLIK_PORT: String(await freePort()), OTKLIK_VISION: 'sideways' }, '--quiet');
  expect(output).toMatch(/^The hub ended with code 2\.\n[\s\S]*OTKLIK_VISION/);
  expect(code).toBe(1);
});

it.each([[['--for', 'ever'], {}, /--for/], [['--for', '-3'], {}, /for/], [['--fast'], {}, /--fast/], [[], { OTKLIK_PORT: 'door' }, /OTKLIK_PORT/]])('rubbish is refused: %j %j', async (args, env, message) => {
  const { code, output } = await demo(env, ...args);
  expect(output).toMatch(message);
  expect(code).toBe(1);
});
