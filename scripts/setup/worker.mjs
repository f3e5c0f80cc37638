/**
 * Step "worker": mediasoup's media worker, a program of its own that carries the cameras' video.
 * Ours to choose, in this order: the one that MEDIASOUP_WORKER_BIN names; the one in the cache; the one
 * that mediasoup's authors publish; one built here from the package's sources. The vision node reads its
 * path from .otklik/setup.json and sets MEDIASOUP_WORKER_BIN before it imports mediasoup.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesBelow, hashFiles, isExecutable, readIfThere, readJson, sha256, writeJson, writeWhole } from './files.mjs';
import { installDebianPackages, isDebian } from './debian.mjs';
import { withLock } from './lock.mjs';
import { buildWorker } from './mediasoup-worker/build.mjs';
import { downloadWorker } from './mediasoup-worker/download.mjs';
import { missingRequirements } from './mediasoup-worker/requirements.mjs';
import { CACHE, LOG_FILE, recordResult, ROOT } from './place.mjs';
import { note, SetupError } from './report.mjs';
import { plainEnvironment, run } from './run.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const PACKAGE = path.join(ROOT, 'node_modules', 'mediasoup');
const VERIFY_TIMEOUT_MS = 30_000;
const WITHOUT_CAMERAS = 'To go on without cameras: OTKLIK_SETUP_SKIP=worker';
/** main.cpp leaves with this code when MEDIASOUP_VERSION is not set: it started, so its libraries are there. */
const EXIT_WITHOUT_VERSION = 41;

export async function ensureWorker({ runtime }) {
  const given = process.env.MEDIASOUP_WORKER_BIN;
  if (given) return useGiven(given);
  const version = readJson(path.join(PACKAGE, 'package.json'), {}).version;
  const folder = path.join(CACHE, 'mediasoup-worker', workerKey(version));
  const source = fromCache(folder) ?? (await withLock(`${folder}.lock`, async () => fromCache(folder) ?? make(folder, runtime)));
  recordResult({ workerBin: binaryIn(folder), worker: { version, source } });
  return `mediasoup ${version}, ${source}`;
}

function useGiven(bin) {
  if (!isExecutable(bin) || !starts(bin)) {
    throw new SetupError(`MEDIASOUP_WORKER_BIN names ${bin}, which does not start as a mediasoup worker.`, 'Correct it, or unset it so that a worker is fetched or built.');
  }
  recordResult({ workerBin: path.resolve(bin), worker: { source: 'from MEDIASOUP_WORKER_BIN' } });
  return `from MEDIASOUP_WORKER_BIN: ${bin}`;
}

/** What decides the program when it is built here; how it is fetched or verified does not. */
const RECIPE = ['build.mjs', 'patches.mjs', 'sources.mjs', 'shims'].map((name) => path.join(HERE, 'mediasoup-worker', name));

const workerKey = (version) =>
  `${version}-${process.platform}-${process.arch}-${hashFiles(HERE, RECIPE.flatMap((file) => filesBelow(file))).slice(0, 12)}`;

const binaryIn = (folder) => path.join(folder, process.platform === 'win32' ? 'mediasoup-worker.exe' : 'mediasoup-worker');
const recordIn = (folder) => path.join(folder, 'worker.json');

/** Some 20 ms. @returns how the cached worker was made; undefined when there is none, it is damaged, or it no longer starts here */
function fromCache(folder) {
  const record = readJson(recordIn(folder), undefined);
  const bytes = record && readIfThere(binaryIn(folder));
  return bytes && sha256(bytes) === record.sha256 && starts(binaryIn(folder)) ? record.source : undefined;
}

/** Libraries go with system upgrades, and a program made for another libc lies in a shared home folder. */
const starts = (bin) => spawnSync(bin, [], { env: {}, stdio: 'ignore', timeout: 10_000 }).status === EXIT_WITHOUT_VERSION;

async function make(folder, runtime) {
  fs.rmSync(recordIn(folder), { force: true });
  note("asking mediasoup's authors for a ready worker");
  const downloaded = await downloadWorker(PACKAGE, runtime.bin);
  if (downloaded && (await keep(folder, downloaded, 'published by its authors', runtime))) return 'published by its authors';
  return build(folder, runtime);
}

async function build(folder, runtime) {
  if (process.platform !== 'linux') {
    throw new SetupError('the media worker cannot be downloaded, and building it here is only known for Linux.', `Check the connection to the internet (mediasoup's releases) and start again, or set MEDIASOUP_WORKER_BIN to a worker of this version. ${WITHOUT_CAMERAS}`);
  }
  const missing = missingRequirements();
  if (missing.length > 0) await installRequirements(missing);
  note('none to be had from here; building it from the sources in its package (2 to 5 minutes, once on this machine)');
  const work = path.join(folder, 'build');
  const built = await buildWorker(path.join(PACKAGE, 'worker'), work, { onProgress: note, logFile: LOG_FILE }).catch((error) => {
    throw new SetupError(`the media worker could not be built: ${error.message}`, `Starting again goes on where the build stopped. ${WITHOUT_CAMERAS}`, { cause: error });
  });
  if (!(await keep(folder, built, 'built here', runtime))) {
    throw new SetupError('the media worker was built but does not work.', `Its last words are in the log. ${WITHOUT_CAMERAS}`);
  }
  fs.rmSync(work, { recursive: true, force: true }); // 230 MB of objects
  return 'built here';
}

async function installRequirements(packages) {
  if (isDebian()) return installDebianPackages(packages, 'build the media worker');
  throw new SetupError(
    'the media worker cannot be downloaded, and what building it takes is not installed.',
    `Install a C++20 compiler and pkg-config, flatbuffers, abseil, libuv, OpenSSL and libsrtp 2 with their headers (Debian's names: ${packages.join(' ')}) and start again.\nOr set MEDIASOUP_WORKER_BIN. ${WITHOUT_CAMERAS}`,
  );
}

/** Puts a worker into the cache once it has shaken hands. @returns whether it has */
async function keep(folder, file, source, runtime) {
  const bytes = fs.readFileSync(file);
  const bin = binaryIn(folder);
  writeWhole(bin, bytes);
  fs.chmodSync(bin, 0o755);
  const script = path.join(HERE, 'mediasoup-worker', 'verify.mjs');
  const { code } = await run(runtime.bin, [script, PACKAGE, bin], { cwd: ROOT, env: plainEnvironment(ROOT), logFile: LOG_FILE, timeoutMs: VERIFY_TIMEOUT_MS });
  if (code === 0) writeJson(recordIn(folder), { sha256: sha256(bytes), source });
  return code === 0;
}
