import type { InferenceSession } from 'onnxruntime-node';
import type { EmotionShares } from '../../contract/index.ts';
import type { WeightedModel } from './builtin.ts';
import { TensorWriter } from './channels.ts';
import { FaceDetector, type FaceBox } from './detector.ts';
import { ExpressionReader } from './expression.ts';
import { DEFAULT_GATE, passesGate, type GateOptions } from './gate.ts';
import type { Picture } from './picture.ts';
import { lumaPrint } from './print.ts';

export interface MeasuredFace { box: FaceBox; shares: EmotionShares }
export interface Measurement {
  /** Faces that passed the quality gate. */
  faces: MeasuredFace[];
  /** Faces that the detector found, passed or not. */
  detected: number;
  /** Hash by which a picture that stands still is known. */
  print: number;
}

export interface MeasurerOptions {
  detector: string;
  models: readonly WeightedModel[];
  /** Threads inside one inference; more than 1 helps only where cores are idle. */
  threads?: number;
  gate?: GateOptions;
}

/** Picture in, faces and their expressions out. Keeps nothing of a picture after it was measured. */
export class Measurer {
  readonly #detector: FaceDetector;
  readonly #reader: ExpressionReader;
  readonly #gate: GateOptions;

  constructor(detector: FaceDetector, reader: ExpressionReader, gate: GateOptions) {
    this.#detector = detector;
    this.#reader = reader;
    this.#gate = gate;
  }

  /** @throws Error when a model cannot be loaded. */
  static async open(options: MeasurerOptions): Promise<Measurer> {
    const session: InferenceSession.SessionOptions = {
      executionProviders: ['cpu'], intraOpNumThreads: options.threads ?? 1, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all', logSeverityLevel: 3,
    };
    const writer = new TensorWriter();
    const detector = await FaceDetector.open(options.detector, session, writer);
    return new Measurer(detector, await ExpressionReader.open(options.models, session, writer), options.gate ?? DEFAULT_GATE);
  }

  /** Calls must not overlap: the input memory is shared between them. */
  async measure(picture: Picture): Promise<Measurement> {
    const boxes = await this.#detector.detect(picture);
    const good = boxes.filter((box) => passesGate(box, picture, this.#gate));
    const shares = await this.#reader.read(picture, good);
    return { faces: good.map((box, i) => ({ box, shares: shares[i]! })), detected: boxes.length, print: lumaPrint(picture.y) };
  }
}
