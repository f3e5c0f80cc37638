/** Lets one set-up at a time into a folder: two terminals may start the demo and the tests at once. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { note } from './report.mjs';

const POLL_MS = 300;

/**
 * Runs `work` while holding `file` as a lock. A lock whose process is gone (Ctrl-C, power cut) is taken over.
 * @param file the lock file, which holds the owner's process id
 */
export async function withLock(file, work) {
  await acquire(file);
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

async function acquire(file) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  for (let told = false; ; ) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = ownerOf(file);
    if (owner !== undefined && !isAlive(owner)) {
      fs.rmSync(file, { force: true });
      continue;
    }
    if (!told && owner !== undefined) note(`another set-up is at work here (process ${owner}); waiting for it`);
    told ||= owner !== undefined;
    await wait(POLL_MS);
  }
}

/** @returns the owner's process id; undefined while the file is gone again or not yet written */
function ownerOf(file) {
  try {
    return Number.parseInt(fs.readFileSync(file, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
