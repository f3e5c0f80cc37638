/** Asks mediasoup's own install script for the worker that its authors publish, and for nothing else. */
import fs from 'node:fs';
import path from 'node:path';
import { LOG_FILE, ROOT } from '../place.mjs';
import { isExecutable } from '../files.mjs';
import { plainEnvironment, run } from '../run.mjs';

/** A host that does not answer at all keeps a connection waiting for minutes; a shop's set-up must not. */
const ANSWER_MS = 15_000;
const DOWNLOAD_MS = 180_000;

/**
 * @param packageDir the installed mediasoup; @param node the Node to run its script with
 * @returns path of the program (inside the package), or undefined when it cannot be had
 */
export async function downloadWorker(packageDir, node) {
  const folder = path.join(packageDir, 'worker', 'out', 'Release');
  const program = path.join(folder, process.platform === 'win32' ? 'mediasoup-worker.exe' : 'mediasoup-worker');
  fs.rmSync(folder, { recursive: true, force: true });
  const giveUp = new AbortController();
  // The script makes the folder when the answer has come: from then on it is only a slow line.
  const timer = setTimeout(() => { if (!fs.existsSync(folder)) giveUp.abort(); }, ANSWER_MS);
  const { code } = await run(node, ['npm-scripts.mjs', 'postinstall'], {
    cwd: packageDir, env: downloadOnly(), logFile: LOG_FILE, timeoutMs: DOWNLOAD_MS, signal: giveUp.signal,
  });
  clearTimeout(timer);
  return code === 0 && isExecutable(program) ? program : undefined;
}

/**
 * Without a prebuilt worker the script goes on to build one with Python, pip and the network. It calls
 * whatever PYTHON names, so a program that fails at once ends it there: our own build is the fallback.
 */
function downloadOnly() {
  const env = plainEnvironment(ROOT, { PYTHON: 'false' });
  for (const name of ['MEDIASOUP_WORKER_BIN', 'MEDIASOUP_LOCAL_DEV', 'MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD']) delete env[name];
  return env;
}
