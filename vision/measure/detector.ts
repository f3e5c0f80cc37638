import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TensorWriter } from './channels.ts';
import { manifestOf, type Manifest } from './manifest.ts';
import { Model } from './model.ts';
import type { Picture, Region } from './picture.ts';

/** A face as the detector found it, in pixels of the picture. */
export interface FaceBox extends Region {
  /** Detector's confidence, 0..1. */
  score: number;
}

const MAX_OVERLAP = 0.3;
/** A crowd beyond this is not measured face by face. */
const MAX_FACES = 100;
/** Boxes may reach this far out of the region, in its sides: an edge that cuts a face is told by that. */
const MAX_OUTSIDE = 1;

/**
 * Finds faces with a network whose `scores` and `boxes` are decoded in its graph, such as the Ultra-Light RFB-320. One
 * instance serves one thread.
 */
export class FaceDetector {
  readonly #model: Model;
  readonly #writer: TensorWriter;

  constructor(model: Model, writer: TensorWriter) {
    this.#model = model;
    this.#writer = writer;
  }

  /**
   * @param source see `manifestOf`.
   * @throws ModelError when the model cannot be used. @throws Error when its manifest is wrong.
   */
  static async open(source: string | Manifest, options: InferenceSession.SessionOptions, writer: TensorWriter): Promise<FaceDetector> {
    return new FaceDetector(await Model.open(manifestOf(source, 'faces'), options), writer);
  }

  /**
   * Faces by falling score, in pixels of the whole picture. A box may reach out of the region and of the picture, by
   * which a cut face is known; `clipped` cuts it. Calls must not overlap.
   * @param region the part of the picture that is searched, stretched to the model's input; all of it when left out.
   * @throws ModelError when the model fails.
   */
  async detect(picture: Picture, region: Region = { x: 0, y: 0, width: picture.width, height: picture.height }): Promise<FaceBox[]> {
    const { format, threshold, overlap: most } = this.#model.manifest;
    this.#writer.write(picture, region, format, this.#model.input);
    const { scores, boxes } = await this.#model.run(1);
    return suppress(candidates(scores!, boxes!, region, threshold), most);
  }

  async close(): Promise<void> { await this.#model.close(); }
}

/** The numbers of a float output. @throws Error when the model has no such output. */
export function floats(tensor: Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error('the model lacks an expected float output');
  return tensor.data;
}

/** Boxes likely enough, by falling score. `boxes` are corners as shares of the region; ones without an area are left out. */
export function candidates(scores: Float32Array, boxes: Float32Array, region: Region, threshold: number): FaceBox[] {
  const found: FaceBox[] = [];
  for (let i = 0; 2 * i + 1 < scores.length; i++) {
    const score = scores[2 * i + 1]!;
    if (!(score > threshold)) continue;
    const left = bounded(boxes[4 * i]!);
    const top = bounded(boxes[4 * i + 1]!);
    const width = bounded(boxes[4 * i + 2]!) - left;
    const height = bounded(boxes[4 * i + 3]!) - top;
    if (!(width > 0) || !(height > 0)) continue;
    found.push({ x: region.x + left * region.width, y: region.y + top * region.height, width: width * region.width, height: height * region.height, score: Math.min(1, score) });
  }
  return found.sort((a, b) => b.score - a.score);
}

const bounded = (share: number): number => Math.max(-MAX_OUTSIDE, Math.min(1 + MAX_OUTSIDE, share));

/** The part of the box that lies in the picture; undefined when nothing does. */
export function clipped<B extends Region>(box: B, { width, height }: { width: number; height: number }): B | undefined {
  const x = Math.max(0, box.x);
  const y = Math.max(0, box.y);
  const right = Math.min(width, box.x + box.width);
  const bottom = Math.min(height, box.y + box.height);
  return right > x && bottom > y ? { ...box, x, y, width: right - x, height: bottom - y } : undefined;
}

/** Non-maximum suppression: of boxes that overlap the one with the highest score stays. `boxes` come by falling score. */
export function suppress(boxes: readonly FaceBox[], most = MAX_OVERLAP): FaceBox[] {
  const kept: FaceBox[] = [];
  for (const box of boxes) {
    if (kept.length >= MAX_FACES) break;
    if (kept.every((other) => overlap(box, other) <= most)) kept.push(box);
  }
  return kept;
}

/** Intersection over union, 0..1. */
export function overlap(a: Region, b: Region): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}
