import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** An open descriptor: what it leads to, and whether it may be written. */
export interface OpenFile { target: string; writable: boolean }

/** Proc files of a process vanish with it, and descriptors while they are listed. */
function whileItLasts<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EINVAL') return otherwise;
    throw error;
  }
}

/** Everything that a process holds open (proc(5), Linux only). */
export function openFiles(pid: number): OpenFile[] {
  return whileItLasts(() => readdirSync(`/proc/${pid}/fd`), []).flatMap((fd) => whileItLasts(() => {
    const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
    const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))![1]!, 8);
    // O_WRONLY is 1, O_RDWR is 2.
    return [{ target, writable: (flags & 3) !== 0 }];
  }, []));
}

/** The process and everything that it started. */
export function family(pid: number): number[] {
  const children = whileItLasts(() => readdirSync(`/proc/${pid}/task`), []).flatMap((task) =>
    whileItLasts(() => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8'), '').split(' ').filter(Boolean).map(Number));
  return [pid, ...children.flatMap(family)];
}

/** Bytes that the process handed to write calls of any kind, for files, pipes and sockets; 0 when it is gone. */
export function bytesWritten(pid: number): number {
  return Number(/^wchar: (\d+)/m.exec(whileItLasts(() => readFileSync(`/proc/${pid}/io`, 'utf8'), ''))?.[1] ?? 0);
}

/** A socket of a process: ports at both ends, 0 where there is no other end. Unix sockets have no ports. */
export interface OpenSocket { kind: 'tcp' | 'udp' | 'unix' | 'unknown'; local: number; remote: number; path: string }

/** The sockets behind `socket:[inode]` targets. */
export function socketsOf(pid: number, targets: readonly string[]): OpenSocket[] {
  const inodes = new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
  const found = new Map<string, OpenSocket>();
  for (const kind of ['tcp', 'udp'] as const) {
    for (const file of [kind, `${kind}6`]) {
      for (const line of table(pid, file)) {
        const [, local, remote, , , , , , , inode] = line;
        if (inode && inodes.has(inode)) found.set(inode, { kind, local: portOf(local!), remote: portOf(remote!), path: '' });
      }
    }
  }
  for (const [, , , , , , inode, path] of table(pid, 'unix')) if (inode && inodes.has(inode)) found.set(inode, { kind: 'unix', local: 0, remote: 0, path: path ?? '' });
  return [...inodes].map((inode) => found.get(inode) ?? { kind: 'unknown', local: 0, remote: 0, path: inode });
}

const table = (pid: number, name: string): string[][] => whileItLasts(() => readFileSync(`/proc/${pid}/net/${name}`, 'utf8'), '').split('\n').slice(1).filter(Boolean).map((line) => line.trim().split(/\s+/));
const portOf = (address: string): number => Number.parseInt(address.split(':').at(-1)!, 16);
