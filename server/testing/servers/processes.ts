import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

interface Process { pid: number; parent: number }

/** What runs on this machine. Who has ended counts as gone, even where no parent has collected it yet. */
function processes(): Process[] {
  return process.platform === 'linux' ? fromProc() : fromPs();
}

function fromProc(): Process[] {
  return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    const [state, parent] = statOf(name);
    return state === undefined || state === 'Z' || state === 'X' ? [] : [{ pid: Number(name), parent: Number(parent) }];
  });
}

/** State and parent of a process; nothing when it ended since it was listed. */
function statOf(pid: string): string[] {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before may hold spaces and brackets of its own.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ', 2);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return [];
    throw error;
  }
}

function fromPs(): Process[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,state='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => line.trim().split(/\s+/)).flatMap(([pid, parent, state]) => (state?.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent) }]));
}

/** The processes that `pid` started itself and that still run. */
export const childrenOf = (pid: number): number[] => processes().filter(({ parent }) => parent === pid).map((one) => one.pid);

/** Resolves when none of these runs any more. @throws after `ms` */
export async function whenGone(pids: readonly number[], ms = 10_000): Promise<void> {
  const gone = (): boolean => { const alive = new Set(processes().map(({ pid }) => pid)); return !pids.some((pid) => alive.has(pid)); };
  for (const until = Date.now() + ms; !gone(); await delay(5)) {
    if (Date.now() > until) throw new Error(`of the processes ${pids.join(', ')} some still run after ${ms} ms`);
  }
}

/** Sends a signal to a process that may have ended by itself. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
