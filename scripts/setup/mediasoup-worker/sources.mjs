/** Which files make up the worker: read from the package's own meson files, so that a new version brings its own list. */
import fs from 'node:fs';
import path from 'node:path';

/**
 * The names in `list = [...]` and in every `list += [...]` of a meson file. Some are added under a
 * condition, such as the users of libwebrtc; the defaults want all of them.
 * @throws Error when there is no such list
 */
export function namesInMesonList(file, list) {
  const text = fs.readFileSync(file, 'utf8');
  const found = [...text.matchAll(new RegExp(`^\\s*${list}\\s*\\+?=\\s*\\[([^\\]]*)\\]`, 'gm'))];
  if (found.length === 0) throw new Error(`no list ${list} in ${file}`);
  return found.flatMap(([, body]) => [...body.matchAll(/'([^']+)'/g)].map(([, name]) => name));
}

/** C++ files, relative to the worker folder. */
export function workerSources(worker) {
  const libwebrtc = namesInMesonList(path.join(worker, 'deps/libwebrtc/meson.build'), 'libwebrtc_sources');
  return [
    ...namesInMesonList(path.join(worker, 'meson.build'), 'common_sources'),
    'src/main.cpp',
    ...libwebrtc.map((file) => `deps/libwebrtc/${file}`),
  ];
}

/** Message schemas, full paths. */
export const workerSchemas = (worker) =>
  namesInMesonList(path.join(worker, 'fbs/meson.build'), 'flatbuffers_schemas').map((file) => path.join(worker, 'fbs', file));
