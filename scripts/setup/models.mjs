/**
 * Steps "models" and "samples": fetched, checked, converted, and kept in the shared cache. Every start
 * hashes what is there (14 MB, some milliseconds), so a damaged file is noticed and made again.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MODELS, SAMPLES } from './catalogue.mjs';
import { filesBelow, hashFiles, readIfThere, readJson, sha256, writeJson, writeWhole } from './files.mjs';
import { withLock } from './lock.mjs';
import { CACHE, recordResult, ROOT } from './place.mjs';
import { fetchFiles } from './registry.mjs';
import { SetupError } from './report.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
/** The manifests that were reviewed; each is put beside the model that it describes. */
const MANIFESTS = path.join(ROOT, 'vision/models');
const KEY_LENGTH = 16;

/** A package is fetched once a run, whoever asks. */
const fetched = new Map();
const filesOf = (source) => {
  if (!fetched.has(source)) fetched.set(source, fetchFiles(source));
  return fetched.get(source);
};

export async function ensureModels() {
  const dir = path.join(CACHE, 'models', modelsKey());
  const made = await makeMissing(dir, MODELS.length, () => damagedModels(dir), (model) => makeModel(dir, model));
  recordResult({ models: { dir } });
  return made;
}

export async function ensureSamples() {
  const dir = path.join(CACHE, 'samples', sha256(JSON.stringify(SAMPLES)).slice(0, KEY_LENGTH));
  const damaged = () => SAMPLES.filter(({ file, sha256: expected }) => !isIntact(path.join(dir, file), expected));
  const made = await makeMissing(dir, SAMPLES.length, damaged, async ({ from, part, file }) => {
    writeWhole(path.join(dir, file), (await filesOf(from)).get(part));
  });
  recordResult({ samples: { dir } });
  return made;
}

/** Under a lock of the cache, because another clone may be filling it at the same moment. */
async function makeMissing(dir, total, missing, make) {
  if (missing().length === 0) return 'ready';
  return withLock(`${dir}.lock`, async () => {
    const items = missing();
    for (const item of items) await make(item);
    return items.length === total ? `fetched ${total}` : `fetched ${items.length} of ${total} again: damaged or missing`;
  });
}

/** Changes with what is fetched and with how it is converted and described, so that an old conversion is never taken for a new one. */
function modelsKey() {
  const converters = filesBelow(path.join(HERE, '../models'), (file) => !/(models|\.mjs)$/.test(file));
  const manifests = MODELS.map((model) => path.join(MANIFESTS, manifestFile(model)));
  return hashFiles(HERE, [path.join(HERE, 'catalogue.mjs'), ...converters, ...manifests]).slice(0, KEY_LENGTH);
}

/** The checksums of what was made here, manifests included. They are no secret: they find damage, not malice. */
const checksumsFile = (dir) => path.join(dir, 'checksums.json');
const manifestFile = ({ file }) => file.replace(/\.onnx$/, '.json');

function damagedModels(dir) {
  const checksums = readJson(checksumsFile(dir), {});
  return MODELS.filter((model) => [model.file, manifestFile(model)].some((name) => !isIntact(path.join(dir, name), checksums[name])));
}

function isIntact(file, expected) {
  const bytes = readIfThere(file);
  return bytes !== undefined && sha256(bytes) === expected;
}

async function makeModel(dir, model) {
  const files = await filesOf(model.from);
  const onnx = model.make(model.parts.map((part) => files.get(part)));
  const manifest = fs.readFileSync(path.join(MANIFESTS, manifestFile(model)), 'utf8');
  if (sha256(onnx) !== JSON.parse(manifest).sha256) throw convertedOtherwise(model);
  writeWhole(path.join(dir, model.file), onnx);
  writeWhole(path.join(dir, manifestFile(model)), manifest);
  writeJson(checksumsFile(dir), {
    ...readJson(checksumsFile(dir), {}),
    [model.file]: sha256(onnx),
    [manifestFile(model)]: sha256(manifest),
  });
}

/** The conversion has no chance in it: the same package gives the same file, byte by byte, on every machine. */
function convertedOtherwise({ file }) {
  return new SetupError(
    `${file} is not the model that vision/models/${manifestFile({ file })} describes: its checksum differs.`,
    'The files of this checkout do not fit together: a converter in scripts/models was changed without the manifest. Check out one version whole and start again.',
  );
}
