import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { EMOTIONS, type Emotion } from '../../contract/index.ts';
import type { TensorFormat } from './channels.ts';
import { checkOutputs } from './jobs.ts';

/** What a model is for. */
export const JOBS = ['faces', 'expression', 'landmarks', 'age_gender', 'people'] as const;
export type Job = (typeof JOBS)[number];

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });
const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const Channels = Type.Array(Type.Number(), { minItems: 1, maxItems: 3 });
const Shape = Type.Array(Type.Union([Type.String({ maxLength: 20 }), Type.Integer({ minimum: -1, maximum: 1 << 20 })]), { minItems: 1, maxItems: 6 });

/** A figure somebody measured, and where. `low` and `high`: its 95 % interval. */
const Measured = object({ what: Text(200), value: Type.Number(), low: Type.Optional(Type.Number()), high: Type.Optional(Type.Number()), n: Type.Optional(Type.Integer({ minimum: 1 })), on: Text(300) });

/**
 * What has to be known about a model to use it; lies as JSON beside the ONNX file.
 * A picture value 0..255 goes in as (value − mean) / std, channel by channel in the model's order; without
 * `mean` and `std` the graph normalises by itself.
 */
export const ModelManifest = object({
  name: Text(80),
  /** Expression when it is left out. */
  job: Type.Optional(Type.Enum([...JOBS])),
  /** ONNX file, relative to the manifest. */
  file: Text(300),
  sha256: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  bytes: Type.Optional(Type.Integer({ minimum: 1 })),
  version: Type.Optional(Text(80)),
  licence: Type.Optional(Text(300)),
  /** Where it comes from: a package with the files that it is made of, or words. */
  source: Type.Optional(Type.Union([Text(2_000), object({ package: Text(214), version: Text(80), files: Type.Array(Text(300), { minItems: 1, maxItems: 20 }) })])),
  input: object({
    name: Type.Optional(Text(200)),
    layout: Type.Enum(['NCHW', 'NHWC']),
    /** Batch first, 1 or a name for any, then in the order of `layout`: ["batch", 1, 48, 48] for a gray 48×48 NCHW model. */
    shape: Type.Array(Type.Union([Type.String({ maxLength: 20 }), Type.Integer({ minimum: -1, maximum: 1024 })]), { minItems: 4, maxItems: 4 }),
    /** Gray for one channel and rgb for three when it is left out. */
    colour: Type.Optional(Type.Enum(['gray', 'rgb', 'bgr'])),
    /** Side of the square cut around the face box, as a share of the box's longer side; 0.9 when it is left out. */
    cropShare: Type.Optional(Type.Number({ minimum: 0.5, maximum: 2 })),
  }),
  normalisation: Type.Optional(Type.Union([Type.Null(), Type.Literal('in graph'), object({ mean: Channels, std: Channels })])),
  /** Outputs by name; for an expression model with one output it may be left out. */
  outputs: Type.Optional(Type.Record(Type.String({ minLength: 1, maxLength: 200 }), object({ shape: Shape, meaning: Type.Optional(Text(300)) }), { maxProperties: 16 })),
  /** The output is not a softmax yet. */
  logits: Type.Optional(Type.Boolean()),
  /** Class names in the order of the output; needed by an expression model. */
  classes: Type.Optional(Type.Array(Text(40), { minItems: 2, maxItems: 32 })),
  /** Of detectors: least score of what is found, and the overlap (intersection over union) above which two are one. */
  threshold: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  overlap: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  measured: Type.Optional(Type.Array(Measured, { maxItems: 100 })),
  /** What it was made of and how, in its maker's words. */
  training: Type.Optional(Type.Record(Type.String({ maxLength: 80 }), Type.Unknown(), { maxProperties: 40 })),
});
export type ModelManifest = Static<typeof ModelManifest>;

/** A checked manifest, ready for use. */
export interface Manifest {
  name: string;
  job: Job;
  /** Absolute path of the ONNX file. */
  path: string;
  /** Input's name; undefined: the model's only one. */
  input: string | undefined;
  format: TensorFormat;
  /** Whether the model takes any number of pictures at once; otherwise one by one. */
  anyBatch: boolean;
  /** Outputs by name, without the batch; undefined for a model of one output that is not named. */
  outputs: Readonly<Record<string, readonly (string | number)[]>> | undefined;
  logits: boolean;
  classes: readonly string[];
  cropShare: number;
  threshold: number;
  overlap: number;
}
export type ExpressionManifest = Manifest;

const validate = Compile(ModelManifest);
const MAX_MANIFEST_BYTES = 256 * 1024;
const MAX_MODEL_BYTES = 512 * 1024 * 1024;
/** Looser or tighter squares cost accuracy. */
const DEFAULT_CROP = 0.9;
const DEFAULT_THRESHOLD = 0.5;
const DEFAULT_OVERLAP = 0.5;

const ALIASES: Record<string, Emotion> = {
  anger: 'angry', disgusted: 'disgust', fearful: 'fear', happiness: 'happy', sadness: 'sad', surprised: 'surprise',
};

/** Otklik's emotion for a model's class name; undefined for classes that it has no use for, such as contempt. */
export function emotionOf(name: string): Emotion | undefined {
  const lower = name.toLowerCase();
  return EMOTIONS.find((emotion) => emotion === lower) ?? ALIASES[lower];
}

/**
 * Reads a manifest and checks it and its model file.
 * @param job what the model has to be for.
 * @throws Error that names the file and says what to change.
 */
export function loadManifest(path: string, job: Job = 'expression'): Manifest {
  const { manifest, sha256 } = checkManifest(readManifest(path), path, job);
  const found = statSync(manifest.path, { throwIfNoEntry: false });
  if (!found) throw new Error(`${manifest.path} is missing: put the model file beside its manifest`);
  if (found.size > MAX_MODEL_BYTES) throw new Error(`${manifest.path}: a model is at most ${MAX_MODEL_BYTES} bytes`);
  if (sha256 !== undefined && createHash('sha256').update(readFileSync(manifest.path)).digest('hex') !== sha256) {
    throw new Error(`${manifest.path} is not the file that its manifest describes (sha256 differs): fetch it again`);
  }
  return manifest;
}

/**
 * The manifest of a model that is to do `job`.
 * @param source a manifest, its path, or the path of an .onnx file with its manifest beside it.
 * @throws Error that names the file and says what to change.
 */
export const manifestOf = (source: string | Manifest, job: Job): Manifest => (typeof source === 'string' ? loadManifest(manifestPath(source), job) : source);

/** Where the manifest of a model is: an .onnx file's lies beside it, with the same name. */
export const manifestPath = (path: string): string => path.replace(/\.onnx$/, '.json');

function readManifest(path: string): unknown {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) throw new Error(`${path} is missing: a model needs a manifest beside it (docs/vision.md says what stands in one)`);
  if (found.size > MAX_MANIFEST_BYTES) throw new Error(`${path}: a model manifest is at most ${MAX_MANIFEST_BYTES} bytes`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} is not JSON`, { cause: error });
  }
}

/**
 * @param path where the manifest is, for messages and to find the model file.
 * @throws Error that says which field is wrong.
 */
export function checkManifest(value: unknown, path: string, job: Job = 'expression'): { manifest: Manifest; sha256: string | undefined } {
  if (!validate.Check(value)) throw new Error(`${path}: ${firstProblem(value)}`);
  const given = value.job ?? 'expression';
  if (given !== job) throw new Error(`${path}: this model's job is "${given}", one for "${job}" is needed`);
  const { input } = value;
  const [channels, height, width] = dimensions(input.layout, input.shape, path);
  const colour = input.colour ?? (channels === 1 ? 'gray' : 'rgb');
  if ((colour === 'gray' ? 1 : 3) !== channels) throw new Error(`${path}: input.colour "${colour}" does not fit ${channels} channel(s)`);
  const manifest: Manifest = {
    name: value.name, job, path: resolve(dirname(path), value.file), input: input.name,
    format: { width, height, layout: input.layout, colour, ...normalisation(value, channels, path) },
    anyBatch: anyBatch(input.shape[0]!, path),
    outputs: value.outputs && Object.fromEntries(Object.entries(value.outputs).map(([name, { shape }]) => [name, shape.slice(1)])),
    logits: value.logits ?? false, classes: value.classes ?? [], cropShare: input.cropShare ?? DEFAULT_CROP,
    threshold: value.threshold ?? DEFAULT_THRESHOLD, overlap: value.overlap ?? DEFAULT_OVERLAP,
  };
  if (job === 'expression') checkClasses(manifest.classes, path);
  checkOutputs(manifest, path);
  return { manifest, sha256: value.sha256 };
}

/** The first thing that is wrong; of a field that nobody knows its name, because it usually is a slip of the pen. */
function firstProblem(value: unknown): string {
  const [first] = validate.Errors(value);
  const params = first?.params as { additionalProperties?: readonly string[] } | undefined;
  const unknown = params?.additionalProperties?.[0];
  const place = first?.instancePath || 'the manifest';
  return unknown === undefined ? `${place} ${first?.message ?? 'is not valid'}`.slice(0, 300) : `${place} has no field "${unknown.slice(0, 60)}"`;
}

function anyBatch(batch: string | number, path: string): boolean {
  if (typeof batch === 'string' || batch === -1) return true;
  if (batch === 1) return false;
  throw new Error(`${path}: input.shape must begin with 1, or with a name such as "batch" when the model takes any number of pictures`);
}

function normalisation({ normalisation: given }: ModelManifest, channels: number, path: string): { mean: number[]; scale: number[] } {
  if (typeof given !== 'object' || given === null) return { mean: Array<number>(channels).fill(0), scale: Array<number>(channels).fill(1) };
  const { mean, std } = given;
  if (mean.length !== channels || std.length !== channels || std.includes(0)) throw new Error(`${path}: normalisation needs ${channels} mean(s) and as many std other than 0`);
  return { mean, scale: std };
}

function checkClasses(classes: readonly string[], path: string): void {
  for (const needed of ['happy', 'neutral']) {
    if (!classes.some((name) => emotionOf(name) === needed)) throw new Error(`${path}: classes must name "${needed}"`);
  }
  const twice = classes.find((name, i) => classes.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`${path}: classes name "${twice}" twice`);
}

function dimensions(layout: 'NCHW' | 'NHWC', shape: readonly (string | number)[], path: string): [number, number, number] {
  const [, a, b, c] = shape;
  const [channels, height, width] = layout === 'NCHW' ? [a, b, c] : [c, a, b];
  if (channels !== 1 && channels !== 3) throw new Error(`${path}: input.shape must have 1 or 3 channels`);
  if (typeof height !== 'number' || typeof width !== 'number' || height < 8 || width < 8) throw new Error(`${path}: input.shape must give height and width, 8 to 1024`);
  return [channels, height, width];
}
