import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TensorWriter, tensorLength, type TensorFormat } from './channels.ts';
import type { Picture, Region } from './picture.ts';

/** A face as the detector found it, in pixels of the picture. */
export interface FaceBox extends Region {
  /** Detector's confidence, 0..1. */
  score: number;
}

const INPUT: TensorFormat = { width: 320, height: 240, layout: 'NCHW', colour: 'rgb', mean: [127, 127, 127], scale: [128, 128, 128] };
const MIN_SCORE = 0.65;
const MAX_OVERLAP = 0.3;
/** A crowd beyond this is not measured face by face. */
const MAX_FACES = 100;

/** Finds faces with the Ultra-Light RFB-320 network. One instance serves one thread. */
export class FaceDetector {
  readonly #session: InferenceSession;
  readonly #writer: TensorWriter;
  readonly #input = new Float32Array(tensorLength(INPUT));

  constructor(session: InferenceSession, writer: TensorWriter) {
    this.#session = session;
    this.#writer = writer;
  }

  /** @throws Error when the file is no ONNX model that the runtime can load. */
  static async open(path: string, options: InferenceSession.SessionOptions, writer: TensorWriter): Promise<FaceDetector> {
    return new FaceDetector(await InferenceSession.create(path, options), writer);
  }

  /** Faces by falling score; boxes may reach a little outside the picture. */
  async detect(picture: Picture): Promise<FaceBox[]> {
    this.#writer.write(picture, { x: 0, y: 0, width: picture.width, height: picture.height }, INPUT, this.#input);
    const output = await this.#session.run({ input: new Tensor('float32', this.#input, [1, 3, INPUT.height, INPUT.width]) });
    return suppress(candidates(floats(output['scores']), floats(output['boxes']), picture));
  }
}

/** The numbers of a float output. @throws Error when the model has no such output. */
export function floats(tensor: Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error('the model lacks an expected float output');
  return tensor.data;
}

function candidates(scores: Float32Array, boxes: Float32Array, { width, height }: Picture): FaceBox[] {
  const found: FaceBox[] = [];
  for (let i = 0; 2 * i + 1 < scores.length; i++) {
    const score = scores[2 * i + 1]!;
    if (!(score > MIN_SCORE)) continue;
    const x = boxes[4 * i]! * width;
    const y = boxes[4 * i + 1]! * height;
    found.push({ x, y, width: boxes[4 * i + 2]! * width - x, height: boxes[4 * i + 3]! * height - y, score });
  }
  return found.sort((a, b) => b.score - a.score);
}

/** Non-maximum suppression: of boxes that overlap the one with the highest score stays. `boxes` come by falling score. */
export function suppress(boxes: readonly FaceBox[]): FaceBox[] {
  const kept: FaceBox[] = [];
  for (const box of boxes) {
    if (kept.length >= MAX_FACES) break;
    if (kept.every((other) => overlap(box, other) <= MAX_OVERLAP)) kept.push(box);
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
