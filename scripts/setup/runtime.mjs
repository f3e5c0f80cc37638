/** Step "runtime": a Node that runs TypeScript as it is. It comes with the packages, for the usual systems. */
import fs from 'node:fs';
import path from 'node:path';
import { readJson } from './files.mjs';
import { recordResult, ROOT } from './place.mjs';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';

const NEEDED_MAJOR = 24;
const major = (version) => Number.parseInt(version.replace(/^v/, ''), 10);

/** The npm package that carries Node for this system, whether installed or not. */
export function runtimePackage() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  return path.join(ROOT, 'node_modules', `node-${platform}-${process.arch}`);
}

/** @returns `{bin, version}` of the Node to run everything with */
export async function findRuntime() {
  const folder = runtimePackage();
  const bin = path.join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const promised = readJson(path.join(folder, 'package.json'), undefined)?.version;
  if (promised && fs.existsSync(bin)) {
    const { code, stdout } = await run(bin, ['--version'], { timeoutMs: 20_000 });
    if (code === 0 && major(stdout) >= NEEDED_MAJOR) return { bin, version: stdout.trim().slice(1) };
  }
  // A musl system (Alpine) cannot start the packaged one; an installed Node may serve.
  if (major(process.version) >= NEEDED_MAJOR) return { bin: process.execPath, version: process.version.slice(1) };
  throw new SetupError(
    `Node ${NEEDED_MAJOR} is needed; this one is ${process.version}, and none came with the packages for ${process.platform} ${process.arch}.`,
    `Install Node ${NEEDED_MAJOR} or newer from your system's packages or nodejs.org, and start again.`,
  );
}

/** @param context gets `runtime` */
export async function ensureRuntime(context) {
  context.runtime = await findRuntime();
  recordResult({ node: context.runtime });
  return `Node ${context.runtime.version}`;
}
