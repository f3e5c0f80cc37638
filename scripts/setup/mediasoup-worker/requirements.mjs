/** What building the worker takes: commands, and libraries by their pkg-config names, with Debian's package of each. */
import { spawnSync } from 'node:child_process';

const COMMANDS = { 'g++': 'g++', 'pkg-config': 'pkg-config', flatc: 'flatbuffers-compiler' };

const LIBRARIES = {
  libsrtp2: 'libsrtp2-dev',
  libuv: 'libuv1-dev',
  openssl: 'libssl-dev',
  flatbuffers: 'libflatbuffers-dev',
  absl_flat_hash_map: 'libabsl-dev',
  absl_strings: 'libabsl-dev',
  absl_optional: 'libabsl-dev',
  absl_variant: 'libabsl-dev',
};

const succeeds = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/**
 * @returns Debian's names of the packages that are missing. The commands and libraries themselves are
 * tried, not dpkg's list, because on other systems they come from elsewhere.
 */
export function missingRequirements() {
  const commands = Object.keys(COMMANDS).filter((command) => !succeeds(command, '--version')).map((command) => COMMANDS[command]);
  const libraries = commands.includes('pkg-config')
    ? Object.values(LIBRARIES)
    : Object.keys(LIBRARIES).filter((library) => !succeeds('pkg-config', '--exists', library)).map((library) => LIBRARIES[library]);
  return [...new Set([...commands, ...libraries])];
}

/** Asks pkg-config about all libraries at once. @param what `--cflags` or `--libs`; @returns flags */
export function libraryFlags(what) {
  const { status, stdout, stderr } = spawnSync('pkg-config', [what, ...Object.keys(LIBRARIES)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`pkg-config ${what}: ${stderr}`);
  return stdout.split(/\s+/).filter(Boolean);
}
