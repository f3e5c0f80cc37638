import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { EMOTIONS, type Emotion } from '../../contract/index.ts';
import type { TensorFormat } from './channels.ts';

const Channels = Type.Array(Type.Number(), { minItems: 1, maxItems: 3 });

/**
 * What has to be known about an expression model to use it; lies as JSON beside the ONNX file.
 * A picture value 0..255 goes in as (value − mean) / std, channel by channel in the model's order; without
 * `mean` and `std` the graph normalises by itself.
 */
export const ModelManifest = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 80 }),
  /** ONNX file, relative to the manifest. */
  file: Type.String({ minLength: 1, maxLength: 300 }),
  sha256: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  input: Type.Object({
    layout: Type.Enum(['NCHW', 'NHWC']),
    /** Batch first, then in the order of `layout`: [batch, 1, 48, 48] for a gray 48×48 NCHW model. */
    shape: Type.Array(Type.Union([Type.String({ maxLength: 20 }), Type.Integer({ minimum: -1, maximum: 1024 })]), { minItems: 4, maxItems: 4 }),
    /** Gray for one channel and rgb for three when it is left out. */
    colour: Type.Optional(Type.Enum(['gray', 'rgb', 'bgr'])),
    /** Side of the square cut around the face box, as a share of the box's longer side; 0.9 when it is left out. */
    cropShare: Type.Optional(Type.Number({ minimum: 0.5, maximum: 2 })),
  }),
  normalisation: Type.Optional(Type.Union([Type.Null(), Type.String(), Type.Object({ mean: Channels, std: Channels })])),
  /** The output is not a softmax yet. */
  logits: Type.Optional(Type.Boolean()),
  /** Class names in the order of the output. */
  classes: Type.Array(Type.String({ minLength: 1, maxLength: 40 }), { minItems: 2, maxItems: 32 }),
});

/** A checked manifest, ready for use. */
export interface ExpressionManifest {
  name: string;
  /** Absolute path of the ONNX file. */
  path: string;
  format: TensorFormat;
  logits: boolean;
  classes: readonly string[];
  cropShare: number;
}

const validate = Compile(ModelManifest);
const MAX_MANIFEST_BYTES = 256 * 1024;
const MAX_MODEL_BYTES = 512 * 1024 * 1024;
/** Looser or tighter squares cost accuracy. */
const DEFAULT_CROP = 0.9;

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
 * @throws Error that names the file and says what to change.
 */
export function loadManifest(path: string): ExpressionManifest {
  const { manifest, sha256 } = checkManifest(readManifest(path), path);
  const found = statSync(manifest.path, { throwIfNoEntry: false });
  if (!found) throw new Error(`${manifest.path} is missing: put the model file beside its manifest`);
  if (found.size > MAX_MODEL_BYTES) throw new Error(`${manifest.path}: a model is at most ${MAX_MODEL_BYTES} bytes`);
  if (sha256 !== undefined && createHash('sha256').update(readFileSync(manifest.path)).digest('hex') !== sha256) {
    throw new Error(`${manifest.path} is not the file that its manifest describes (sha256 differs): fetch it again`);
  }
  return manifest;
}

function readManifest(path: string): unknown {
  if (statSync(path).size > MAX_MANIFEST_BYTES) throw new Error(`${path}: a model manifest is at most ${MAX_MANIFEST_BYTES} bytes`);
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
export function checkManifest(value: unknown, path: string): { manifest: ExpressionManifest; sha256: string | undefined } {
  if (!validate.Check(value)) {
    const first = validate.Errors(value)[0];
    throw new Error(`${path}: ${first?.instancePath || 'the manifest'} ${first?.message ?? 'is not valid'}`);
  }
  const { input, normalisation } = value;
  const [channels, height, width] = dimensions(input.layout, input.shape, path);
  const colour = input.colour ?? (channels === 1 ? 'gray' : 'rgb');
  if ((colour === 'gray' ? 1 : 3) !== channels) throw new Error(`${path}: input.colour "${colour}" does not fit ${channels} channel(s)`);
  const { mean, std } = typeof normalisation === 'object' && normalisation !== null ? normalisation : { mean: Array<number>(channels).fill(0), std: Array<number>(channels).fill(1) };
  if (mean.length !== channels || std.length !== channels || std.includes(0)) throw new Error(`${path}: normalisation needs ${channels} mean(s) and as many std other than 0`);
  for (const needed of ['happy', 'neutral']) {
    if (!value.classes.some((name) => emotionOf(name) === needed)) throw new Error(`${path}: classes must name "${needed}"`);
  }
  const format: TensorFormat = { width, height, layout: input.layout, colour, mean, scale: std };
  const manifest = { name: value.name, path: resolve(dirname(path), value.file), format, logits: value.logits ?? false, classes: value.classes, cropShare: input.cropShare ?? DEFAULT_CROP };
  return { manifest, sha256: value.sha256 };
}

function dimensions(layout: 'NCHW' | 'NHWC', shape: readonly (string | number)[], path: string): [number, number, number] {
  const [, a, b, c] = shape;
  const [channels, height, width] = layout === 'NCHW' ? [a, b, c] : [c, a, b];
  if (channels !== 1 && channels !== 3) throw new Error(`${path}: input.shape must have 1 or 3 channels`);
  if (typeof height !== 'number' || typeof width !== 'number' || height < 8 || width < 8) throw new Error(`${path}: input.shape must give height and width, 8 to 1024`);
  return [channels, height, width];
}
