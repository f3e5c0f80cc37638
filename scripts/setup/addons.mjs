/** Step "add-ons": the packages with compiled code load in the Node that will run them. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readIfThere, readJson, sha256, writeJson } from './files.mjs';
import { LOG_FILE, ROOT } from './place.mjs';
import { note, SetupError } from './report.mjs';
import { runtimePackage } from './runtime.mjs';
import { plainEnvironment, run } from './run.mjs';

const PROBE = path.join(path.dirname(fileURLToPath(import.meta.url)), 'addons-probe.mjs');
/** Inside node_modules, so that it goes away with what it speaks of. */
const STAMP = path.join(ROOT, 'node_modules', '.otklik-addons.json');
const PROBE_TIMEOUT_MS = 120_000;

export async function ensureAddons({ runtime }) {
  const key = sha256([runtime.version, process.platform, process.arch, ...[PROBE, path.join(ROOT, 'package-lock.json')].map((file) => sha256(readIfThere(file) ?? ''))].join());
  if (readJson(STAMP, {}).key === key) return 'ready';
  let broken = await brokenAddons(runtime);
  if (broken.has('better-sqlite3')) {
    note('better-sqlite3 brings nothing that fits this system; compiling it from its sources');
    await rebuildSqlite();
    broken = await brokenAddons(runtime);
  }
  if (broken.size > 0) throw unusable(broken);
  writeJson(STAMP, { key });
  return 'all load';
}

/** @returns Map of name → what went wrong */
async function brokenAddons({ bin }) {
  const { code, stdout, tail } = await run(bin, [PROBE], { cwd: ROOT, env: plainEnvironment(ROOT), logFile: LOG_FILE, timeoutMs: PROBE_TIMEOUT_MS });
  if (code !== 0) {
    // A crash takes the answer with it; what was printed last is all there is to go by.
    throw new SetupError('a package with compiled code crashed when it was loaded.', `${tail.slice(-5).join('\n')}\nDelete the folder node_modules and start again. If it stays so, this processor or system is not supported by one of the packages.`);
  }
  return new Map(Object.entries(JSON.parse(stdout)).filter(([, problem]) => problem !== null));
}

/** With the headers that lie beside the packaged Node: node-gyp would otherwise download them. */
async function rebuildSqlite() {
  const env = plainEnvironment(ROOT, { npm_config_nodedir: runtimePackage() });
  const { code, tail } = await run('npm', ['run', 'build-release'], { cwd: path.join(ROOT, 'node_modules', 'better-sqlite3'), env, logFile: LOG_FILE });
  if (code !== 0) {
    throw new SetupError('better-sqlite3 could not be compiled.', `${tail.slice(-3).join('\n')}\nInstall a C++ compiler, make and Python 3 (Debian: apt-get install -y g++ make python3) and start again.`);
  }
}

function unusable(broken) {
  const reasons = [...broken].map(([name, problem]) => `${name}: ${problem.slice(0, 160)}`);
  return new SetupError(
    `${[...broken.keys()].join(', ')} cannot be loaded on this system (${process.platform} ${process.arch}).`,
    `${reasons.join('\n')}\nDelete the folder node_modules and start again. Supported are Linux with glibc (x64, arm64), macOS and Windows.`,
  );
}
