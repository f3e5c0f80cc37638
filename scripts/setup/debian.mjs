/** Installs Debian packages where that is allowed; elsewhere says in one line what to install. */
import fs from 'node:fs';
import { findInPath } from './files.mjs';
import { LOG_FILE, ROOT } from './place.mjs';
import { note, SetupError } from './report.mjs';
import { plainEnvironment, run } from './run.mjs';

let listsAreFresh = false;

/** True on Debian and what is made from it (Ubuntu, Astra, Raspberry Pi OS). */
export const isDebian = () => fs.existsSync('/etc/debian_version') && findInPath('apt-get') !== undefined;

/** @returns those of the packages that dpkg does not have fully installed */
export async function missingPackages(packages) {
  const states = await Promise.all(packages.map((name) => run('dpkg-query', ['-W', '-f=${db:Status-Status}', name])));
  return packages.filter((_, i) => states[i].code !== 0 || states[i].stdout !== 'installed');
}

/**
 * Installs what is missing of `packages`.
 * @param purpose ends the sentence "… needed to"
 * @throws SetupError with the command for an administrator, when this user or system cannot
 */
export async function installDebianPackages(packages, purpose) {
  const missing = await missingPackages(packages);
  if (missing.length === 0) return;
  const command = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) {
    throw new SetupError(`system packages are needed to ${purpose}, and only an administrator can install them.`, `Run this once, then start again:\n  sudo sh -c '${command}'`);
  }
  note(`installing system packages to ${purpose}: ${missing.join(' ')}`);
  if (!listsAreFresh) await apt(['update'], command);
  listsAreFresh = true;
  await apt(['install', '-y', '--no-install-recommends', ...missing], command);
}

async function apt(args, command) {
  const env = plainEnvironment(ROOT, { DEBIAN_FRONTEND: 'noninteractive' });
  // Waits for another apt (unattended upgrades on a fresh machine) instead of failing at its lock.
  const { code, tail } = await run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], { env, logFile: LOG_FILE });
  if (code !== 0) throw new SetupError('apt-get could not install the system packages.', `${tail.slice(-3).join('\n')}\nRun this by hand to see why, then start again:\n  ${command}`);
}
