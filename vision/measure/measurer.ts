import type { InferenceSession } from 'onnxruntime-node';
import { PeopleDetector } from '../count/index.ts';
import type { FaceReading, FrameReading } from '../readings.ts';
import type { WeightedModel } from './builtin.ts';
import { TensorWriter } from './channels.ts';
import { FaceDetector, type FaceBox } from './detector.ts';
import { ExpressionReader } from './expression.ts';
import { DEFAULT_GATE, FaceSharpness, placeFace, searchRegion, type GateOptions } from './gate.ts';
import { lightOf } from './light.ts';
import { MaskCache, paint } from './mask.ts';
import type { Picture } from './picture.ts';
import type { CameraPlan } from './plan.ts';
import { lumaPrint } from './print.ts';
import { SceneReader, type SceneDirections } from './scene.ts';

/** What is wanted of one frame. `learn`: the directions of its edges, to learn the scene by. */
export interface Wanted { faces: boolean; people: boolean; learn: boolean }

/** Work that a model does; each fails for itself. */
export type Part = 'faces' | 'people';
export interface Failure { part: Part; message: string }

/** What one frame says, and what only the node's loop needs: the scene while it is learnt, and models that failed. */
export interface Measurement extends FrameReading { directions: SceneDirections | null; failures: Failure[] }

export interface MeasurerOptions {
  detector: string;
  models: readonly WeightedModel[];
  /** People for the counter; without it nobody is counted. */
  people?: string;
  /** Threads inside one inference; more than 1 helps only where cores are idle. */
  threads?: number;
  gate?: GateOptions;
}

/** A picture whose every face is read: no areas, no masks, no scene. For measuring models, not for cameras. */
export const WHOLE_PICTURE: CameraPlan = { camera: '', revision: 0, areas: [], masks: [], staffAnalysis: false, demographics: false, scene: null };
const ALL_FACES: Wanted = { faces: true, people: false, learn: false };

/** Luma below which nothing can be told of a picture, 0..255. */
export const TOO_DARK = 25;
/** Fit below which a scene is another one: measured on people who fill the picture and on cameras that turn. */
export const MIN_FIT = 0.35;

interface Models { detector: FaceDetector | undefined; reader: ExpressionReader | undefined; people: PeopleDetector | undefined }

/**
 * Picture in; faces, their expressions and people out. Looks at the light and the scene first, and paints the masks
 * before any model sees the picture. Keeps nothing of a picture after it was measured.
 */
export class Measurer {
  /** Models that could not be loaded; what they do is answered as failed, the rest works. */
  readonly failures: readonly Failure[];
  readonly #models: Models;
  readonly #gate: GateOptions;
  readonly #masks = new MaskCache();
  readonly #scene = new SceneReader();
  readonly #sharpness = new FaceSharpness();

  constructor(models: Models, gate: GateOptions, failures: readonly Failure[]) {
    this.#models = models;
    this.#gate = gate;
    this.failures = failures;
  }

  static async open(options: MeasurerOptions): Promise<Measurer> {
    const session: InferenceSession.SessionOptions = {
      executionProviders: ['cpu'], intraOpNumThreads: options.threads ?? 1, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all', logSeverityLevel: 3,
    };
    const writer = new TensorWriter();
    const failures: Failure[] = [];
    const load = async <T>(part: Part, open: Promise<T>): Promise<T | undefined> => {
      try {
        return await open;
      } catch (error) {
        failures.push({ part, message: messageOf(error) });
        return undefined;
      }
    };
    const detector = await load('faces', FaceDetector.open(options.detector, session, writer));
    const reader = await load('faces', ExpressionReader.open(options.models, session, writer));
    const people = options.people === undefined ? undefined : await load('people', PeopleDetector.open(options.people, session, writer));
    return new Measurer({ detector, reader, people }, options.gate ?? DEFAULT_GATE, failures);
  }

  /** The camera's plan changed or it went: what was computed for it is let go. */
  forget(camera: string): void { this.#masks.forget(camera); }

  /** Paints into `picture`. Calls must not overlap: the input memory is shared between them. Never throws for a model. */
  async measure(picture: Picture, plan: CameraPlan = WHOLE_PICTURE, wanted: Wanted = ALL_FACES): Promise<Measurement> {
    const light = lightOf(picture.y);
    const dark = light.mean < TOO_DARK;
    const reading: Measurement = { faces: [], people: null, print: lumaPrint(picture.y), light, scene: null, stopped: dark ? 'too_dark' : null, directions: null, failures: [] };
    if (!dark && plan.scene) reading.scene = this.#scene.fit(picture.y, plan.scene);
    if (reading.scene !== null && reading.scene < MIN_FIT) reading.stopped = 'moved';
    if (wanted.learn && !dark) reading.directions = this.#scene.directions(picture.y);
    if (reading.stopped === null && (wanted.faces || wanted.people)) await this.#look(picture, plan, wanted, reading);
    return reading;
  }

  async #look(picture: Picture, plan: CameraPlan, wanted: Wanted, reading: Measurement): Promise<void> {
    if (plan.masks.length > 0 && !plan.staffAnalysis) paint(picture, this.#masks.spans(plan.camera, plan.revision, plan.masks, picture.width, picture.height));
    const guard = async (part: Part, work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        reading.failures.push({ part, message: messageOf(error) });
      }
    };
    if (wanted.faces) await guard('faces', async () => { reading.faces = await this.#faces(picture, plan); });
    if (wanted.people) await guard('people', async () => { reading.people = await this.#people(picture); });
  }

  async #people(picture: Picture): Promise<FrameReading['people']> {
    if (!this.#models.people) throw new Error(this.#reasonOf('people'));
    return this.#models.people.detect(picture);
  }

  async #faces(picture: Picture, plan: CameraPlan): Promise<FaceReading[]> {
    const { detector, reader } = this.#models;
    if (!detector || !reader) throw new Error(this.#reasonOf('faces'));
    const searched = searchRegion(plan, picture);
    const faces: FaceReading[] = [];
    const good: { box: FaceBox; face: FaceReading }[] = [];
    for (const box of await detector.detect(picture, searched)) {
      const place = placeFace(box, picture, searched, plan, this.#gate);
      if (!place) continue;
      const { score, ...around } = box;
      const face: FaceReading = { box: around, score, ...place, shares: null, yaw: null, person: null };
      if (face.left === null && this.#sharpness.of(picture.y, box) < this.#gate.minSharpness) face.left = 'blurred';
      faces.push(face);
      if (face.left === null) good.push({ box, face });
    }
    const shares = await reader.read(picture, good.map(({ box }) => box));
    good.forEach(({ face }, i) => { face.shares = shares[i]!; });
    return faces;
  }

  #reasonOf(part: Part): string {
    return this.failures.find((failure) => failure.part === part)?.message ?? `there is no model for ${part}`;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
