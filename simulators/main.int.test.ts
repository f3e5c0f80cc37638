import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { cameras, DEVICES, TOUCHPOINTS, ZONES } from './place.ts';
import { EMAIL, PASSWORD, startFakeHub, type FakeHub } from './testing/fake-hub.ts';

vi.setConfig({ testTimeout: 60_000 });

let hub: FakeHub;
let data: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  hub = await startFakeHub();
  data = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-simulator-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await hub.close();
  fs.rmSync(data, { recursive: true, force: true });
});

interface Run { child: ChildProcess; output(): string; ended: Promise<number | null> }
function simulate(...args: string[]): Run {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'main.ts'), '--hub', hub.url, '--data', data, '--cameras', '0', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  return { child, output: () => text, ended: new Promise((resolve) => child.once('exit', (code) => resolve(code))) };
}
const signedIn = ['--email', EMAIL, '--password', PASSWORD];
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 40_000, interval: 50 });

it('founds the clinic, tells today\'s past, heartbeats, and stops when asked', async () => {
  const run = simulate(...signedIn);
  await until(() => expect(run.output()).toContain('the earlier part of today'));
  const site = hub.sites.get('demo')!;
  expect(site.zones).toHaveLength(ZONES.length);
  expect(site.touchpoints).toHaveLength(TOUCHPOINTS.length);
  expect(hub.made.filter((url) => url.endsWith('/devices'))).toHaveLength(DEVICES.length + cameras(0).length);
  expect(new Set(hub.events.map(({ site: of }) => of))).toEqual(new Set(['demo']));
  await until(() => expect(hub.heartbeats.size).toBeGreaterThan(0));
  expect(fs.statSync(path.join(data, 'simulator.json')).mode & 0o777).toBe(0o600);
  run.child.kill('SIGTERM');
  expect(await run.ended).toBe(0);
});

it('furnishes the clinic: people on shifts, rules with numbers of its own, a drawn plan, and files for messages', async () => {
  const run = simulate(...signedIn);
  await until(() => expect(run.output()).toContain('the earlier part of today'));
  expect(hub.made.filter((url) => url === '/api/v1/users')).toHaveLength(2);
  expect(hub.made.filter((url) => url.endsWith('/shifts'))).toHaveLength(2);
  expect(hub.made.filter((url) => url.includes('/rules/'))).toEqual(['PUT /api/v1/sites/demo/rules/traffic-crowd']);
  expect(hub.plan()).toMatchObject({ picture: { file: 'f' }, touchpoints: { 'till-3': {} }, zones: { tills: expect.any(Array) } });
  expect(hub.files.map(({ type }) => type)).toEqual(['audio/wav', 'audio/wav', 'image/jpeg']);
  await until(() => expect(Object.fromEntries(hub.batteries)).toMatchObject({ 'Кнопка у кассы 2': 22 }));
});

it('sets its cameras up as an installer would, and leaves alone what somebody changed', async () => {
  const run = simulate(...signedIn, '--cameras', '3', '--samples', data);
  await until(() => expect(hub.setups.size).toBe(3));
  expect([...hub.setups.values()].map(({ areas, staff }) => [(areas as { role: string }[]).map(({ role }) => role), staff])).toEqual([[['contact', 'display'], 'none'], [['contact', 'exit'], 'none'], [['entrance'], 'none']]);
  expect([...hub.setups.values()].map(({ counting }) => counting)).toEqual([false, false, true]);
  await run.ended;
  const puts = (): number => hub.made.filter((url) => url.startsWith('PUT /api/v1/cameras')).length;
  expect(puts()).toBe(3);
  await simulate(...signedIn, '--cameras', '3', '--samples', data).ended;
  expect(puts()).toBe(3);
});

it('a second start makes nothing new and doubles no event', async () => {
  const first = simulate(...signedIn);
  await until(() => expect(first.output()).toContain('the earlier part of today'));
  first.child.kill('SIGTERM');
  await first.ended;
  const made = hub.made.length;
  const second = simulate(...signedIn);
  await until(() => expect(second.output()).toContain('the earlier part of today'));
  expect(hub.made).toHaveLength(made);
  expect(new Set(hub.events.map(({ id }) => id)).size).toBe(hub.events.length);
  const [, known] = /, (\d+) known already/.exec(second.output()) ?? [];
  const [, total] = /today: (\d+) events/.exec(first.output()) ?? [];
  expect(Number(known)).toBeGreaterThanOrEqual(Number(total));
});

it('a state file full of rubbish is not believed', async () => {
  fs.writeFileSync(path.join(data, 'simulator.json'), '{"hub": 42, "devices": "all"');
  const run = simulate(...signedIn);
  await until(() => expect(run.output()).toContain('the earlier part of today'));
});

it.each([
  ['a wrong password', ['--email', EMAIL, '--password', 'wrong password'], 1, /^Signing in as admin@demo\.local failed: 401: The e-mail or the password is wrong\.\n$/],
  ['a wrong option', [...signedIn, '--speed', 'fast'], 2, /^--speed takes a number from 0\.1 to 100, not "fast"\n/],
  ['a hub that is not there', [...signedIn, '--hub', 'http://127.0.0.1:9'], 1, /cannot reach the hub/],
])('%s ends it with a line that says what is wrong', async (_title, args, code, message) => {
  const run = simulate(...args);
  expect(await run.ended).toBe(code);
  expect(run.output()).toMatch(message);
});
