import { InferenceSession, Tensor } from 'onnxruntime-node';
import { EMOTIONS, type EmotionShares } from '../../contract/index.ts';
import type { WeightedModel } from './builtin.ts';
import { TensorWriter, tensorLength, type TensorFormat } from './channels.ts';
import { floats, type FaceBox } from './detector.ts';
import { emotionOf, type ExpressionManifest } from './manifest.ts';
import type { Picture, Region } from './picture.ts';

/** Faces that go through a model at once; bounds the memory of a crowded picture. */
const BATCH = 8;

/** Square on the box's centre; its side is `share` of the box's longer side. */
export function faceSquare(face: Region, share: number): Region {
  const side = Math.max(face.width, face.height) * share;
  return { x: face.x + face.width / 2 - side / 2, y: face.y + face.height / 2 - side / 2, width: side, height: side };
}

/** One expression model on one thread. */
class ExpressionModel {
  readonly weight: number;
  readonly #session: InferenceSession;
  readonly #manifest: ExpressionManifest;
  readonly #format: TensorFormat;
  readonly #writer: TensorWriter;
  readonly #input: Float32Array;
  /** For each class the emotion's place in `EMOTIONS`, −1 for a class without use. */
  readonly #places: number[];

  constructor(session: InferenceSession, { manifest, weight }: WeightedModel, writer: TensorWriter) {
    this.weight = weight;
    this.#session = session;
    this.#manifest = manifest;
    this.#format = manifest.format;
    this.#writer = writer;
    this.#input = new Float32Array(BATCH * tensorLength(manifest.format));
    this.#places = manifest.classes.map((name) => { const emotion = emotionOf(name); return emotion ? EMOTIONS.indexOf(emotion) : -1; });
  }

  /** Adds `weight` × probabilities of each face to its row of `totals`. */
  async addTo(totals: Float64Array[], picture: Picture, faces: readonly Region[]): Promise<void> {
    for (let from = 0; from < faces.length; from += BATCH) {
      const batch = faces.slice(from, from + BATCH);
      const scores = await this.#run(picture, batch);
      const classes = this.#places.length;
      if (scores.length !== batch.length * classes) throw new Error(`${this.#manifest.name} gave ${scores.length / batch.length} values a face, its manifest names ${classes} classes`);
      batch.forEach((_, i) => this.#accumulate(totals[from + i]!, scores.subarray(i * classes, (i + 1) * classes)));
    }
  }

  async #run(picture: Picture, faces: readonly Region[]): Promise<Float32Array> {
    const { width, height, layout, colour } = this.#format;
    const one = tensorLength(this.#format);
    const channels = colour === 'gray' ? 1 : 3;
    faces.forEach((face, i) => this.#writer.write(picture, faceSquare(face, this.#manifest.cropShare), this.#format, this.#input, i * one));
    const shape = layout === 'NCHW' ? [channels, height, width] : [height, width, channels];
    const tensor = new Tensor('float32', this.#input.subarray(0, faces.length * one), [faces.length, ...shape]);
    const output = await this.#session.run({ [this.#session.inputNames[0]!]: tensor });
    return floats(output[this.#session.outputNames[0]!]);
  }

  #accumulate(total: Float64Array, scores: Float32Array): void {
    const shares = sharesOf(this.#manifest.logits ? softmax(scores) : scores, this.#places);
    for (let i = 0; i < shares.length; i++) total[i]! += shares[i]! * this.weight;
  }
}

/** Probabilities in the order of `EMOTIONS`; classes without use are left out and the rest brought back to a sum of 1. */
export function sharesOf(probabilities: ArrayLike<number>, places: readonly number[]): Float64Array {
  const shares = new Float64Array(EMOTIONS.length);
  let total = 0;
  places.forEach((place, i) => {
    if (place < 0) return;
    const value = Math.max(0, probabilities[i]!);
    shares[place]! += value;
    total += value;
  });
  if (!(total > 0)) { shares[EMOTIONS.indexOf('neutral')] = 1; return shares; }
  for (let i = 0; i < shares.length; i++) shares[i]! /= total;
  return shares;
}

/** Probabilities of logits; shifted by the maximum so that large ones do not overflow. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(logits);
  const top = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] = Math.exp(values[i]! - top);
  return values.map((value) => value / total);
}

/** Reads the expressions of faces as the weighted mean of one or more models. One instance serves one thread. */
export class ExpressionReader {
  readonly #models: ExpressionModel[];

  constructor(models: ExpressionModel[]) {
    this.#models = models;
  }

  /** @throws Error when a file is no ONNX model that the runtime can load. */
  static async open(models: readonly WeightedModel[], options: InferenceSession.SessionOptions, writer: TensorWriter): Promise<ExpressionReader> {
    return new ExpressionReader(await Promise.all(models.map(async (model) => new ExpressionModel(await InferenceSession.create(model.manifest.path, options), model, writer))));
  }

  /** One set of shares (sum 1) for each face, in the same order. @throws Error when a model does not fit its manifest. */
  async read(picture: Picture, faces: readonly FaceBox[]): Promise<EmotionShares[]> {
    if (faces.length === 0) return [];
    const totals = faces.map(() => new Float64Array(EMOTIONS.length));
    for (const model of this.#models) await model.addTo(totals, picture, faces);
    const weight = this.#models.reduce((sum, model) => sum + model.weight, 0);
    return totals.map((row) => toShares(row, weight));
  }
}

function toShares(row: Float64Array, weight: number): EmotionShares {
  const shares: EmotionShares = { angry: 0, disgust: 0, fear: 0, happy: 0, sad: 0, surprise: 0, neutral: 0 };
  EMOTIONS.forEach((emotion, i) => { shares[emotion] = Math.min(1, row[i]! / weight); });
  return shares;
}
