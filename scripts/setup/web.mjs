/** Step "web": the pages that the hub serves are built from the sources as they are now. */
import fs from 'node:fs';
import path from 'node:path';
import { filesBelow, hashFiles, readJson, writeJson } from './files.mjs';
import { LOG_FILE, ROOT } from './place.mjs';
import { note, SetupError } from './report.mjs';
import { plainEnvironment, run } from './run.mjs';

/** Of project.inlang only the settings: the rest of that folder is written by the build itself. */
const SOURCES = ['web', 'contract', 'messages', 'project.inlang/settings.json', 'svelte.config.js', 'vite.config.ts', 'package-lock.json'];
/** Written by the build as well, so it cannot decide whether to build. */
const GENERATED = path.join(ROOT, 'web', 'lib', 'paraglide');
const BUILT = path.join(ROOT, 'build', 'web');
const STAMP = path.join(BUILT, '.otklik-build.json');
const BUILD_TIMEOUT_MS = 10 * 60_000;

/** True once there is something to build. */
export const hasWeb = () => fs.existsSync(path.join(ROOT, 'svelte.config.js'));

export async function ensureWeb({ runtime }) {
  const sources = hashSources();
  const pages = fs.existsSync(BUILT) && fs.readdirSync(BUILT).some((name) => name.endsWith('.html'));
  if (pages && readJson(STAMP, {}).sources === sources) return 'ready';
  note('building the pages');
  const vite = path.join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  const { code, tail } = await run(runtime.bin, [vite, 'build'], { cwd: ROOT, env: plainEnvironment(ROOT), logFile: LOG_FILE, timeoutMs: BUILD_TIMEOUT_MS });
  if (code !== 0) {
    throw new SetupError('the web pages could not be built.', `${tail.slice(-8).join('\n')}\nIf you changed the pages, the lines above say where; otherwise get them back with: git checkout web`);
  }
  // Hashed before the build: what is edited while it runs makes the next start build again.
  writeJson(STAMP, { sources });
  return 'built';
}

function hashSources() {
  const irrelevant = (file) => file === GENERATED || path.basename(file).includes('.test.');
  return hashFiles(ROOT, SOURCES.flatMap((source) => filesBelow(path.join(ROOT, source), irrelevant)));
}
