import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { HubProcess } from '../../testing/hub-process.ts';

const run = promisify(execFile);

const MiB = 1024 * 1024;
/**
 * What a small disk holds, and how much of it lies ready to be given back. Full for the second time, the log that is
 * written ahead (16 MiB) has begun to be copied into the database, without room to finish.
 */
const DISK_BYTES = 64 * MiB;
const BALLASTS = [4 * MiB, 40 * MiB] as const;
/** Bytes that a file of the hub may have at first, and after each time that room was made. */
const FILE_BYTES = [8 * MiB, 12 * MiB, 256 * MiB] as const;

/** A place for a hub's data that gets full. Room can be made twice: a little, then enough for the rest of the test. */
export interface SmallDisk {
  /** Before the hub starts. */
  prepare(hub: HubProcess): Promise<void>;
  start(hub: HubProcess): Promise<void>;
  makeRoom(hub: HubProcess): Promise<void>;
  /** When the hub has ended. */
  remove(hub: HubProcess): Promise<void>;
}

/** A file system in memory of a fixed size, with files in it that can be removed: writes fail with ENOSPC. */
function mountedDisk(): SmallDisk {
  let left: number[] = [...BALLASTS];
  const ballast = (hub: HubProcess, i: number): string => path.join(hub.dataDir, `ballast-${i}`);
  return {
    async prepare(hub) {
      left = [...BALLASTS];
      await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES},mode=700`, 'otklik-small-disk', hub.dataDir]);
      for (const [i, bytes] of BALLASTS.entries()) fs.writeFileSync(ballast(hub, i), Buffer.alloc(bytes));
    },
    start: (hub) => hub.start(),
    async makeRoom(hub) {
      fs.rmSync(ballast(hub, BALLASTS.length - left.length));
      left.shift();
    },
    async remove(hub) {
      await run('umount', [hub.dataDir]);
    },
  };
}

/** A limit on the size of the hub's files, which needs no rights: writes fail with EFBIG. */
function limitedFiles(): SmallDisk {
  let step = 0;
  const limit = (pid: number, bytes: number | 'unlimited'): Promise<unknown> => run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
  return {
    prepare: async () => { step = 0; },
    async start(hub) {
      // From its very beginning: a process has the limits of the one that started it.
      await limit(process.pid, FILE_BYTES[step]!);
      try {
        await hub.start();
      } finally {
        await limit(process.pid, 'unlimited');
      }
    },
    async makeRoom(hub) {
      step += 1;
      await limit(hub.child!.pid!, FILE_BYTES[step]!);
    },
    remove: () => Promise.resolve(),
  };
}

/** Whether this user may mount: root outside of a container that forbids it. */
async function mayMount(): Promise<boolean> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-mount-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'otklik-try', folder]);
    await run('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    fs.rmdirSync(folder);
  }
}

/** The kinds of small disk that can be had here; the one that everybody can have is always among them. */
export async function smallDisks(): Promise<{ name: string; disk: SmallDisk }[]> {
  const limited = { name: 'files that may not grow', disk: limitedFiles() };
  return await mayMount() ? [{ name: 'a file system of its own', disk: mountedDisk() }, limited] : [limited];
}
