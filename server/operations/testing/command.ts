import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const SCRIPTS = path.join(import.meta.dirname, '..', '..', '..', 'scripts');

/** Runs one of the command lines as `npm run` does, with nothing of this process's settings of a hub. */
export async function command(script: string, args: string[], env: Record<string, string> = {}): Promise<{ code: number | null; out: string; err: string }> {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OTKLIK_') && name !== 'DATABASE_URL'));
  const child = spawn(process.execPath, [path.join(SCRIPTS, script), ...args], { env: { ...clean, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => { said.out += data.toString(); });
  child.stderr.on('data', (data: Buffer) => { said.err += data.toString(); });
  const [code] = await once(child, 'close') as [number | null];
  return { code, ...said };
}
