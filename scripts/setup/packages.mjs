/** Step "packages": node_modules is what package-lock.json says. */
import fs from 'node:fs';
import path from 'node:path';
import { readJson } from './files.mjs';
import { LOG_FILE, ROOT } from './place.mjs';
import { note, SetupError } from './report.mjs';
import { npmErrors, plainEnvironment, run } from './run.mjs';

const LOCK = path.join(ROOT, 'package-lock.json');
/** npm writes this last, so an install that was cut off leaves none, or the old one. */
const INSTALLED = path.join(ROOT, 'node_modules', '.package-lock.json');

export async function ensurePackages() {
  if (installedAsLocked()) return 'ready';
  note('installing from the npm registry; the first time this takes a minute or two');
  await install();
  return `installed ${Object.keys(readJson(INSTALLED, { packages: {} }).packages).length} packages`;
}

/**
 * True when every locked package lies in node_modules in the locked version. Packages for other systems
 * are optional and stay away. Compared with npm's own record instead of a stamp of ours, because that is
 * also right after somebody ran npm by hand.
 */
function installedAsLocked() {
  const locked = readJson(LOCK, undefined)?.packages;
  if (!locked) throw new SetupError('package-lock.json is missing or damaged.', 'Get it back with: git checkout package-lock.json');
  const installed = readJson(INSTALLED, { packages: {} }).packages;
  return Object.entries(locked).every(([folder, { version, integrity, optional, devOptional, peer, link }]) => {
    if (folder === '' || link) return true;
    const there = installed[folder];
    if (!there) return Boolean(optional || devOptional || peer);
    return there.version === version && there.integrity === integrity && fs.existsSync(path.join(ROOT, folder, 'package.json'));
  });
}

/** Scripts of packages are not run: each that matters has a step of its own here, with its own fallback. */
const COMMON = ['--ignore-scripts', '--no-audit', '--no-fund', '--include=dev', '--include=optional', '--loglevel=error'];

async function install() {
  // `npm install` keeps to the lock as well, but would also mend a node_modules that is half right.
  const command = lockIsComplete() ? ['ci'] : ['install', '--no-save'];
  const { code, tail } = await run('npm', [...command, ...COMMON], { cwd: ROOT, env: plainEnvironment(ROOT), logFile: LOG_FILE });
  if (code !== 0) throw new SetupError('npm could not install the packages.', adviceFor(tail));
  if (!installedAsLocked()) {
    throw new SetupError('npm installed other versions than package-lock.json names.', 'package.json and package-lock.json do not belong together. Get both back with: git checkout package.json package-lock.json');
  }
}

/**
 * False when the lock does not list every optional package that a listed one names: the registry that it
 * was made with had no binaries for some other system. `npm ci` refuses such a lock altogether.
 */
function lockIsComplete() {
  const { packages } = readJson(LOCK, { packages: {} });
  const listed = new Set(Object.keys(packages).map((folder) => folder.split('node_modules/').at(-1)));
  return Object.values(packages).every(({ optionalDependencies = {} }) => Object.keys(optionalDependencies).every((name) => listed.has(name)));
}

function adviceFor(tail) {
  const output = tail.join('\n');
  const said = npmErrors(tail).join('\n');
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET|network/i.test(output)) {
    return `${said}\nThe npm registry cannot be reached. Check the connection; behind a proxy: npm config set proxy http://host:port (and https-proxy); with a registry of your own: npm config set registry <address>. Then start again.`;
  }
  if (/ENOSPC/.test(output)) return `${said}\nThe disk is full: about 1.5 GB are needed. Make room and start again.`;
  if (/EACCES|EPERM/.test(output)) return `${said}\nThis user may not write here. Make the folder ${ROOT} yours (chown) and start again.`;
  if (/ spawn npm /.test(output)) return 'There is no npm command. Install Node.js with npm (20 or newer) and start again.';
  return `${said}\nStart again; if it fails again, delete the folder node_modules and start once more.`;
}
