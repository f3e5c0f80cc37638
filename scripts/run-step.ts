import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';

export const ROOT = path.join(import.meta.dirname, '..');

/** Path of a package's command line, to be run with this same Node. @throws when the package has no such command. */
export function commandOf(packageName: string, command = packageName): string {
  const require = createRequire(import.meta.url);
  // Not through exports: many packages do not export their package.json.
  const folder = path.join(ROOT, 'node_modules', packageName);
  const { bin } = require(path.join(folder, 'package.json')) as { bin?: string | Record<string, string> };
  const file = typeof bin === 'string' ? bin : bin?.[command];
  if (file === undefined) throw new Error(`${packageName} has no command ${command}`);
  return path.join(folder, file);
}

/** Runs a Node script in the checkout with its output on this terminal; resolves to its exit code. */
export function runNode(args: string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

/** A named step with its time; false when it failed. */
export async function step(name: string, work: () => Promise<number>): Promise<boolean> {
  const started = performance.now();
  console.log(`\n▸ ${name}`);
  const code = await work();
  console.log(`${code === 0 ? '✓' : '✗'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return code === 0;
}
