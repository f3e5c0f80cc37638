/**
 * Builds mediasoup's C++ worker from the npm package's sources and the system's libraries, offline.
 * mediasoup's own build fetches meson, ninja and a dozen libraries; behind a firewall none of it comes.
 * A build that was stopped goes on where it was: a result gets its name only when whole.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../run.mjs';
import { patchedSources } from './patches.mjs';
import { libraryFlags } from './requirements.mjs';
import { workerSchemas, workerSources } from './sources.mjs';

const SHIMS = path.join(path.dirname(fileURLToPath(import.meta.url)), 'shims');

/** As worker/meson.build for a release, but -O2, and no liburing (it only batches UDP sends). */
const COMPILER_FLAGS = [
  '-std=c++20', '-O2', '-DNDEBUG', '-DMS_EXECUTABLE', `-DMS_${os.endianness() === 'LE' ? 'LITTLE' : 'BIG'}_ENDIAN`,
  '-DFLATBUFFERS_LOCALE_INDEPENDENT=1', '-pthread', '-w',
];

/** This header pulls in nearly all others. Parsing them is most of the work, so it is done once, which makes the build three times as fast. */
const PRECOMPILED = '#include "Worker.hpp"\n';

const SCHEMA_FLAGS = ['--cpp', '--cpp-field-case-style', 'lower', '--reflect-names', '--scoped-enums', '--filename-suffix', ''];

/**
 * @param worker the package's worker folder; @param dir folder for everything made on the way
 * @param options.onProgress told in words how far it is; @param options.logFile gets the compiler's output
 * @returns path of the finished program
 * @throws Error when the compiler fails
 */
export async function buildWorker(worker, dir, { onProgress, logFile }) {
  fs.mkdirSync(path.join(dir, 'objects'), { recursive: true });
  await finished(run('flatc', [...SCHEMA_FLAGS, '-o', path.join(dir, 'FBS'), ...workerSchemas(worker)], { logFile }), 'flatc');

  const files = sourceFiles(worker, dir);
  const flags = [...COMPILER_FLAGS, ...includes(worker, dir), ...libraryFlags('--cflags')];
  const compiler = new Compiler(logFile);
  const header = path.join(dir, 'all.hpp');
  fs.writeFileSync(header, PRECOMPILED);
  await compiler.make(`${header}.gch`, [...flags, '-x', 'c++-header', header]);
  await compileAll(compiler, files, flags, header, onProgress);

  const program = path.join(dir, 'mediasoup-worker');
  const objects = files.map(({ object }) => object);
  await compiler.make(program, [...objects, '-Wl,--as-needed', ...libraryFlags('--libs'), '-pthread']);
  return program;
}

/** Each source with the object made of it; a patched source is read from a copy in `dir`. */
function sourceFiles(worker, dir) {
  const patched = patchedSources(worker);
  return workerSources(worker).map((name) => {
    const flat = name.replaceAll('/', '_');
    const object = path.join(dir, 'objects', `${flat}.o`);
    if (!patched.has(name)) return { file: path.join(worker, name), object };
    const file = path.join(dir, `patched_${flat}`);
    fs.writeFileSync(file, patched.get(name));
    return { file, object };
  });
}

/** `dir` first for the generated FBS/, the shims before the system's libraries. */
function includes(worker, dir) {
  const own = ['include', 'fbs', 'deps/libwebrtc', 'deps/libwebrtc/libwebrtc'].map((folder) => path.join(worker, folder));
  return [dir, SHIMS, ...own].map((folder) => `-I${folder}`);
}

/** One compiler a core. The largest files go first, so that no long one is left alone at the end. */
async function compileAll(compiler, files, flags, header, onProgress) {
  const queue = [...files].sort((a, b) => fs.statSync(b.file).size - fs.statSync(a.file).size);
  let done = 0;
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const args = [...flags, '-c', next.file];
      try {
        // A few files clash with the common header (they have no include guard); those are compiled alone.
        await compiler.make(next.object, [...args, '-include', header]).catch(() => compiler.make(next.object, args));
      } catch (error) {
        queue.length = 0; // the other compilers stop after the file they are at
        throw error;
      }
      done += 1;
      if (done % 60 === 0) onProgress(`compiled ${done} of ${files.length} files`);
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
}

class Compiler {
  #logFile;

  constructor(logFile) {
    this.#logFile = logFile;
  }

  /** Makes `result` unless it is there. */
  async make(result, args) {
    if (fs.existsSync(result)) return;
    const unfinished = `${result}.unfinished`;
    await finished(run('g++', [...args, '-o', unfinished], { logFile: this.#logFile }), `g++ for ${path.basename(result)}`);
    fs.renameSync(unfinished, result);
  }
}

async function finished(running, what) {
  const { code, tail } = await running;
  if (code !== 0) throw new Error(`${what} failed: ${tail.slice(-3).join(' ')}`);
}
