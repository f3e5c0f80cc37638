import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withLock } from './lock.mjs';

let file: string;

beforeEach(() => {
  file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-lock-')), 'setup.lock');
  vi.spyOn(console, 'log').mockReturnValue();
});
afterEach(() => fs.rmSync(path.dirname(file), { recursive: true }));

test('two at once work one after the other', async () => {
  const order: string[] = [];
  const work = (name: string) => () =>
    withLock(file, async () => {
      order.push(`${name} in`);
      await new Promise(setImmediate);
      order.push(`${name} out`);
    });
  await Promise.all([work('a')(), work('b')()]);
  expect(order).toEqual(['a in', 'a out', 'b in', 'b out']);
  expect(fs.existsSync(file)).toBe(false);
});

test('a lock whose process has ended is taken over', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  fs.writeFileSync(file, String(pid));
  expect(await withLock(file, async () => 'done')).toBe('done');
});

test('a failure gives the lock back', async () => {
  await expect(withLock(file, () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
  expect(fs.existsSync(file)).toBe(false);
});
