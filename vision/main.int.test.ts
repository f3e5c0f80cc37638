import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EmotionWindow } from '../contract/index.ts';
import { TestCamera } from './testing/camera.ts';
import { FakeHub, until } from './testing/hub.ts';
import { testEnvironment } from './testing/node.ts';
import { stillScene } from './testing/still.ts';

const MAIN = new URL('./main.ts', import.meta.url).pathname;
const LONG = 60_000;

describe('the vision program', () => {
  let hub: FakeHub;
  let folder: string;
  let child: ChildProcess | undefined;
  let output: string;

  beforeEach(async () => {
    hub = new FakeHub();
    await hub.listen();
    folder = mkdtempSync(join(tmpdir(), 'otklik-main-'));
    output = '';
  });
  afterEach(async () => {
    if (child?.exitCode === null) child.kill('SIGKILL');
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (env: Record<string, string> = {}): ChildProcess => {
    const started = fork(MAIN, { env: { ...process.env, ...testEnvironment(hub, folder), OTKLIK_LOG_LEVEL: 'info', ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const stream of [started.stdout, started.stderr]) stream?.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    child = started;
    return started;
  };
  const exit = (process: ChildProcess) => new Promise<number | null>((done) => process.once('exit', done));

  it('shows its settings without the token, and ends within 5 s of SIGTERM with its open window sent; its libraries keep no files of their own', async () => {
    const process = start({ HOME: folder, XDG_CACHE_HOME: '', XDG_CONFIG_HOME: '' });
    await until(() => hub.registrations.length > 0, 'the registration', 30_000);
    expect(output).toContain('"msg":"settings"');
    expect(output).not.toContain(hub.token);
    const scene = await stillScene('sample1.jpg', 640, 480, 4);
    const camera = await TestCamera.start({ whip: (sdp) => hub.whip('cam', sdp), picture: () => scene.next() });
    await until(() => hub.samples.filter(({ faces }) => faces > 0).length > 3, 'samples with faces', 60_000);
    const begun = Date.now();
    process.kill('SIGTERM');
    expect(await exit(process)).toBe(0);
    expect(Date.now() - begun).toBeLessThan(5_000);
    await camera.stop();
    const windows = [...hub.events.values()].filter(({ type }) => type === 'emotion.windowed').map(({ body }) => body as EmotionWindow);
    expect(windows.reduce((sum, window) => sum + window.frames, 0)).toBeGreaterThanOrEqual(hub.samples.filter(({ faces }) => faces > 0).length);
    expect(hub.violations).toEqual([]);
    expect(['.cache', '.config', '.local'].filter((name) => existsSync(join(folder, name)))).toEqual([]);
  }, LONG);

  it('ends by itself when its parent goes away', async () => {
    const process = start();
    await until(() => hub.registrations.length > 0, 'the registration', 30_000);
    process.disconnect();
    expect(await exit(process)).toBe(0);
  }, LONG);

  it('ends in time when the hub is away', async () => {
    const process = start();
    await until(() => hub.registrations.length > 0, 'the registration', 30_000);
    await hub.close();
    const begun = Date.now();
    process.kill('SIGINT');
    expect(await exit(process)).toBe(0);
    expect(Date.now() - begun).toBeLessThan(5_000);
  }, LONG);

  it('says what is wrong with its settings and ends', async () => {
    const process = start({ OTKLIK_VISION_TOKEN: '', OTKLIK_VISION_FPS: 'many' });
    expect(await exit(process)).toBe(1);
    expect(output).toMatch(/OTKLIK_VISION_FPS must be/);
    expect(output).toMatch(/OTKLIK_VISION_TOKEN is missing/);
    expect(output).not.toMatch(/\n\s+at /);
  }, LONG);

  it('says what is wrong with a model of one\'s own and what to do, and goes on without what it does', async () => {
    const process = start({ OTKLIK_EXPRESSION_MODEL: join(folder, 'absent.json') });
    await until(() => hub.registrations.length > 0, 'the registration', 30_000);
    expect(output).toMatch(/absent\.json.*OTKLIK_EXPRESSION_MODEL/);
    process.kill('SIGTERM');
    expect(await exit(process)).toBe(0);
  }, LONG);
});
