import type { InferenceSession } from 'onnxruntime-node';
import { EMOTIONS, type EmotionShares } from '../../contract/index.ts';
import type { WeightedModel } from './builtin.ts';
import type { TensorWriter } from './channels.ts';
import { FaceModel } from './face-model.ts';
import { emotionOf } from './manifest.ts';
import type { Picture, Region } from './picture.ts';

export { faceSquare } from './face-model.ts';

/** One expression model on one thread. */
class ExpressionModel {
  readonly weight: number;
  readonly #model: FaceModel;
  /** For each class the emotion's place in `EMOTIONS`, −1 for a class without use. */
  readonly #places: readonly number[];

  constructor(model: FaceModel, weight: number) {
    this.weight = weight;
    this.#model = model;
    this.#places = model.model.manifest.classes.map((name) => { const emotion = emotionOf(name); return emotion ? EMOTIONS.indexOf(emotion) : -1; });
  }

  /** Adds `weight` × probabilities of each face to its row of `totals`. */
  async addTo(totals: Float64Array[], picture: Picture, faces: readonly Region[]): Promise<void> {
    const classes = this.#places.length;
    const { logits } = this.#model.model.manifest;
    await this.#model.each(picture, faces, (face, outputs, place) => {
      const [scores] = Object.values(outputs);
      const own = scores!.subarray(place * classes, (place + 1) * classes);
      const shares = sharesOf(logits ? softmax(own) : own, this.#places);
      const total = totals[face]!;
      for (let i = 0; i < shares.length; i++) total[i]! += shares[i]! * this.weight;
    });
  }

  async close(): Promise<void> { await this.#model.close(); }
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
  readonly #models: readonly ExpressionModel[];
  readonly #weight: number;

  constructor(models: readonly { model: FaceModel; weight: number }[]) {
    this.#models = models.map(({ model, weight }) => new ExpressionModel(model, weight));
    this.#weight = models.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** @throws ModelError when a model cannot be used. */
  static async open(models: readonly WeightedModel[], options: InferenceSession.SessionOptions, writer: TensorWriter): Promise<ExpressionReader> {
    const opened: { model: FaceModel; weight: number }[] = [];
    try {
      for (const { manifest, weight } of models) opened.push({ model: await FaceModel.open(manifest, 'expression', options, writer), weight });
    } catch (error) {
      await Promise.all(opened.map(({ model }) => model.close()));
      throw error;
    }
    return new ExpressionReader(opened);
  }

  /** One set of shares (sum 1) for each face, in the same order. Calls must not overlap. @throws ModelError when a model fails. */
  async read(picture: Picture, faces: readonly Region[]): Promise<EmotionShares[]> {
    if (faces.length === 0) return [];
    const totals = faces.map(() => new Float64Array(EMOTIONS.length));
    for (const model of this.#models) await model.addTo(totals, picture, faces);
    return totals.map((row) => toShares(row, this.#weight));
  }

  async close(): Promise<void> { await Promise.all(this.#models.map((model) => model.close())); }
}

function toShares(row: Float64Array, weight: number): EmotionShares {
  const shares: EmotionShares = { angry: 0, disgust: 0, fear: 0, happy: 0, sad: 0, surprise: 0, neutral: 0 };
  EMOTIONS.forEach((emotion, i) => { shares[emotion] = Math.min(1, row[i]! / weight); });
  return shares;
}
