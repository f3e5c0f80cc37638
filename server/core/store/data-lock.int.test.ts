import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderLocked, lockDataDir } from './data-lock.ts';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-lock-')); });
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  fs.rmSync(folder, { recursive: true, force: true });
});

const MODULE = path.join(import.meta.dirname, 'data-lock.ts');

/** A process that takes the lock, says `held` or why not, and lives until it is killed. */
async function holder(): Promise<{ child: ChildProcess; said: string }> {
  const code = `import { lockDataDir } from ${JSON.stringify(MODULE)};
    try { lockDataDir(${JSON.stringify(folder)}); gc(); console.log('held'); setInterval(() => {}, 1e6); } catch (error) { console.log(error.name + ' ' + error.process); }`;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [data] = await once(child.stdout!, 'data') as [Buffer];
  return { child, said: data.toString().trim() };
}

describe('the lock of a data folder', () => {
  it('keeps another process out and names its holder, until it is released', async () => {
    const release = lockDataDir(folder);
    expect((await holder()).said).toBe(`FolderLocked ${process.pid}`);
    release();
    release();
    expect((await holder()).said).toBe('held');
  });

  it('is gone the moment its process was killed', async () => {
    const { child, said } = await holder();
    expect(said).toBe('held');
    expect(() => lockDataDir(folder)).toThrow(FolderLocked);
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockDataDir(folder)();
  });

  it('keeps a second holder out within one process, and refusing it does not lose the first', async () => {
    const release = lockDataDir(folder);
    expect(() => lockDataDir(folder)).toThrow(/in use by another program/);
    expect((await holder()).said).toMatch(/^FolderLocked/);
    release();
    lockDataDir(folder)();
  });

  it('makes the folder, and says so in the file system\'s words when it cannot', () => {
    lockDataDir(path.join(folder, 'deep', 'er'))();
    fs.writeFileSync(path.join(folder, 'file'), '');
    expect(() => lockDataDir(path.join(folder, 'file'))).toThrow(/EEXIST|ENOTDIR/);
  });
});
