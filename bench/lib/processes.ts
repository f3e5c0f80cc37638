import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { childrenOf } from '../../server/testing/servers/processes.ts';

const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const PAGE = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));

/** Fields of /proc/<pid>/stat after the name, which may hold anything; undefined when the process is gone. See proc(5). */
function statOf(pid: number): string[] | undefined {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').trim().split(' ');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** CPU of a process and all that it started, s; with that of children that ended and were waited for. Linux only. */
export function cpuOfTree(pid: number): number {
  const stat = statOf(pid);
  if (!stat) return 0;
  // utime, stime, cutime, cstime: fields 14 to 17, of which the first that is left here is the third.
  const own = stat.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
  return childrenOf(pid).reduce((sum, child) => sum + cpuOfTree(child), own);
}

/** Resident memory, bytes. Linux only. */
export function residentOf(pid: number): number {
  return Number(fs.readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE;
}
