/**
 * Step "databases": PostgreSQL and Redis, which tests and measurements start for themselves in temporary folders.
 * Nothing runs as a service for it, and no database of this machine is touched.
 */
import fs from 'node:fs';
import path from 'node:path';
import { installDebianPackages, isDebian } from './debian.mjs';
import { findInPath, isExecutable } from './files.mjs';
import { LOG_FILE, recordResult } from './place.mjs';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';

const OLDEST = { PostgreSQL: [15], Redis: [6, 2] };
const ADVICE = 'Install PostgreSQL 15 or newer and Redis 6.2 or newer (Debian\'s names: postgresql redis-server); then start again. To test on SQLite alone: OTKLIK_SETUP_SKIP=databases';

/** Packages put the programs of each version into a folder of its own, outside PATH: [parent, name of the folder]. */
const POSTGRES_PLACES = [['/usr/lib/postgresql', /^(\d+)$/], ['/usr', /^pgsql-(\d+)$/], ['/opt/homebrew/opt', /^postgresql@(\d+)$/], ['/usr/local/opt', /^postgresql@(\d+)$/]];

export async function ensureDatabases() {
  const missing = [...(findPostgres() ? [] : ['postgresql']), ...(findRedis() ? [] : ['redis-server'])];
  if (missing.length > 0 && isDebian()) await withoutServices(missing, () => installDebianPackages(missing, 'test on PostgreSQL and Redis'));
  const found = await locateDatabases();
  recordResult(found);
  return `PostgreSQL ${found.postgres.version}, Redis ${found.redis.version}`;
}

/**
 * Where the programs are, and their versions.
 * @throws SetupError when one is missing, does not start, or is too old
 */
export async function locateDatabases() {
  const postgres = findPostgres();
  const redis = findRedis();
  if (!postgres || !redis) throw new SetupError(`the tests need PostgreSQL and Redis, and ${postgres ? 'Redis' : 'PostgreSQL'} was not found.`, ADVICE);
  return { postgres: { bin: postgres, version: await versionOf('PostgreSQL', path.join(postgres, 'postgres')) }, redis: { server: redis, version: await versionOf('Redis', redis) } };
}

const findRedis = () => findInPath('redis-server');

/** @returns the folder of `postgres` and `initdb`, which need not be in PATH; of several the newest */
function findPostgres() {
  const inPath = findInPath('postgres');
  const folders = [...(inPath ? [path.dirname(fs.realpathSync(inPath))] : []), ...POSTGRES_PLACES.flatMap(versionsIn)];
  return folders.find((folder) => ['postgres', 'initdb'].every((program) => isExecutable(path.join(folder, program))));
}

function versionsIn([parent, pattern]) {
  if (!fs.existsSync(parent)) return [];
  const versions = fs.readdirSync(parent).flatMap((name) => { const match = pattern.exec(name); return match ? [{ name, version: Number(match[1]) }] : []; });
  return versions.sort((a, b) => b.version - a.version).map(({ name }) => path.join(parent, name, 'bin'));
}

/** @throws SetupError for one that does not start or is too old */
async function versionOf(name, program) {
  const { code, stdout } = await run(program, ['--version']);
  const version = /(?:PostgreSQL\) |v=)(\d+(?:\.\d+)*)/.exec(stdout)?.[1];
  if (code !== 0 || version === undefined) throw new SetupError(`${program} does not start.`, ADVICE);
  const parts = version.split('.').map(Number);
  const oldest = OLDEST[name];
  const difference = oldest.map((part, i) => (parts[i] ?? 0) - part).find((one) => one !== 0) ?? 0;
  if (difference < 0) throw new SetupError(`${name} ${version} is too old for the tests.`, ADVICE);
  return version;
}

const POLICY = '/usr/sbin/policy-rc.d';
const NO_CLUSTER = '/etc/postgresql-common/createcluster.d/otklik-tests.conf';

/**
 * Debian's packages start a Redis, and make and start a PostgreSQL cluster, for the whole machine. The tests need
 * only the programs, so both are told not to while they are installed, and Redis not to start with the machine.
 */
async function withoutServices(packages, install) {
  if (process.getuid?.() !== 0) return install();
  const made = [put(POLICY, policy(process.pid), 0o755), put(NO_CLUSTER, 'create_main_cluster = false\n', 0o644)].flat();
  try {
    await install();
  } finally {
    for (const remove of made) remove();
  }
  if (packages.includes('redis-server')) await run('update-rc.d', ['redis-server', 'disable'], { logFile: LOG_FILE });
}

/** Says no (101) to every start of a service, but only while set-up runs: one that was cut off must not leave that behind. */
const policy = (pid) => `#!/bin/sh\n# Made by Otklik's set-up for as long as it installs packages.\nkill -0 ${pid} 2>/dev/null && exit 101\nexit 0\n`;

/** Writes a file that is not there yet. @returns what removes it again */
function put(file, content, mode) {
  if (fs.existsSync(file)) return [];
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content, { mode });
  return [() => fs.rmSync(file, { force: true })];
}
