import { PeopleDetector } from '../count/index.ts';
import type { Box, FaceReading, FrameReading } from '../readings.ts';
import type { WeightedModel } from './builtin.ts';
import { TensorWriter } from './channels.ts';
import { mergeLooks, type Look } from './close-looks.ts';
import { FaceDetector, overlap } from './detector.ts';
import { ExpressionReader } from './expression.ts';
import { DEFAULT_GATE, FaceSharpness, placeFace, searchRegion, type GateOptions } from './gate.ts';
import { lightOf } from './light.ts';
import { LandmarkReader } from './landmarks.ts';
import { MaskCache, paint } from './mask.ts';
import { PersonReader } from './person.ts';
import type { Picture, Region } from './picture.ts';
import type { CameraPlan } from './plan.ts';
import { lumaPrint } from './print.ts';
import { sessionOptions } from './providers.ts';
import { SceneReader, type SceneDirections } from './scene.ts';

/** How a face was turned a moment ago, by its place. */
export interface KnownPose { box: Box; yaw: number }

/** What is wanted of one frame. */
export interface Wanted {
  faces: boolean;
  people: boolean;
  /** The directions of its edges, to learn the scene by. */
  learn: boolean;
  /** How faces are turned, but for those of which it is known; null where nobody asks. */
  poses: readonly KnownPose[] | null;
  /** Age and sex, where the plan allows it. */
  person: boolean;
  /** Parts of what is searched that are looked at more closely besides all of it, px; see `CloseLooks`. */
  closer: readonly Region[];
}

/** Work that a model does; each fails for itself. */
export type Part = 'faces' | 'pose' | 'person' | 'people';
export interface Failure { part: Part; message: string }

/** What one frame says, and what only the node's loop needs: the scene while it is learnt, and models that failed. */
export interface Measurement extends FrameReading { directions: SceneDirections | null; failures: Failure[] }

export interface MeasurerOptions {
  /** What has no model is answered as failed. */
  detector?: string;
  models: readonly WeightedModel[];
  /** How faces are turned, age and sex, and people for the counter. */
  landmarks?: string;
  person?: string;
  people?: string;
  /** Models that cannot even be tried, with the reason. */
  unusable?: readonly Failure[];
  /** What the models run on, best first; the processor when left out. */
  providers?: readonly string[];
  /** Threads inside one inference; more than 1 helps only where cores are idle. */
  threads?: number;
  gate?: GateOptions;
}

/** A picture whose every face is read: no areas, no masks, no scene. For measuring models, not for cameras. */
export const WHOLE_PICTURE: CameraPlan = { camera: '', revision: 0, areas: [], masks: [], staffAnalysis: false, demographics: false, scene: null };
const ALL_FACES: Wanted = { faces: true, people: false, learn: false, poses: [], person: false, closer: [] };

/** Luma below which nothing can be told of a picture, 0..255. */
export const TOO_DARK = 25;
/**
 * Fit below which a scene is another one. Measured through VP8 on eight scenes: a camera turned by 5 to 12 % of its
 * picture fits at 0.08 at most (104 of 104), a scene that nine people fill at 0.23 at least (16 of 16).
 */
export const MIN_FIT = 0.2;
/** Overlap from which a face is the one whose pose is known; closer than this to the limit it is read again, degrees. */
const SAME_FACE = 0.5;
const NEAR_LIMIT = 12;

interface Models {
  detector: FaceDetector | undefined;
  reader: ExpressionReader | undefined;
  landmarks: LandmarkReader | undefined;
  person: PersonReader | undefined;
  people: PeopleDetector | undefined;
}

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
    const session = sessionOptions(options);
    const writer = new TensorWriter();
    const failures: Failure[] = [...options.unusable ?? []];
    const load = async <S, T>(part: Part, source: S | undefined, open: (source: S) => Promise<T>): Promise<T | undefined> => {
      if (source === undefined) return undefined;
      try {
        return await open(source);
      } catch (error) {
        failures.push({ part, message: messageOf(error) });
        return undefined;
      }
    };
    const detector = await load('faces', options.detector, (source) => FaceDetector.open(source, session, writer));
    const reader = await load('faces', options.models.length > 0 ? options.models : undefined, (models) => ExpressionReader.open(models, session, writer));
    const landmarks = await load('pose', options.landmarks, (source) => LandmarkReader.open(source, session, writer));
    const person = await load('person', options.person, (source) => PersonReader.open(source, session, writer));
    const people = await load('people', options.people, (source) => PeopleDetector.open(source, session, writer));
    return new Measurer({ detector, reader, landmarks, person, people }, options.gate ?? DEFAULT_GATE, failures);
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

  /**
   * Does with a box in the middle what is done with a frame that has one face, and finds out nothing: for measuring how
   * fast that is.
   * @param closer parts that are looked at more closely.
   */
  async probe(picture: Picture, closer: readonly Region[]): Promise<void> {
    const { detector, reader, landmarks } = this.#models;
    const { width, height } = picture;
    const box = { x: 0.4 * width, y: 0.3 * height, width: 0.2 * width, height: 0.35 * height };
    lightOf(picture.y);
    this.#scene.directions(picture.y);
    await detector?.detect(picture);
    for (const region of closer) await detector?.detect(picture, region);
    await landmarks?.poses(picture, [box]);
    await reader?.read(picture, [box]);
  }

  /** Looks for faces in a part of the picture, for measuring how fast that is. @returns false where no model can. */
  async probeLook(picture: Picture, part: Region): Promise<boolean> {
    await this.#models.detector?.detect(picture, part);
    return this.#models.detector !== undefined;
  }

  /** Looks for people, for measuring how fast that is. @returns false where no model can. */
  async probePeople(picture: Picture): Promise<boolean> {
    await this.#models.people?.detect(picture);
    return this.#models.people !== undefined;
  }

  async #look(picture: Picture, plan: CameraPlan, wanted: Wanted, reading: Measurement): Promise<void> {
    if (plan.masks.length > 0 && !plan.staffAnalysis) paint(picture, this.#masks.spans(plan.camera, plan.revision, plan.masks, picture.width, picture.height));
    if (wanted.faces) await this.#guard('faces', reading, async () => { await this.#readFaces(picture, plan, wanted, reading); });
    if (wanted.people) {
      await this.#guard('people', reading, async () => { reading.people = await this.#model('people').detect(picture); });
    }
  }

  /** A model that fails takes only its own work with it. */
  async #guard(part: Part, { failures }: Measurement, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      failures.push({ part, message: messageOf(error) });
    }
  }

  /** Faces appear in the reading when all that was wanted of them is known, so that half a failure shows none. */
  async #readFaces(picture: Picture, plan: CameraPlan, wanted: Wanted, reading: Measurement): Promise<void> {
    const found = await this.#findFaces(picture, plan, wanted.closer);
    const { poses } = wanted;
    if (poses) await this.#guard('pose', reading, async () => { await this.#readPoses(picture, readable(found), poses); });
    const good = readable(found);
    const shares = await this.#model('reader').read(picture, good.map(({ box }) => box));
    good.forEach((face, i) => { face.shares = shares[i]!; });
    if (plan.demographics && wanted.person && good.length > 0) {
      await this.#guard('person', reading, async () => {
        const people = await this.#model('person').read(picture, good.map(({ box }) => box));
        good.forEach((face, i) => { face.person = people[i]!; });
      });
    }
    reading.faces = found;
  }

  async #findFaces(picture: Picture, plan: CameraPlan, closer: readonly Region[]): Promise<FaceReading[]> {
    const detector = this.#model('detector');
    const look = async (region: Region): Promise<Look> => ({ region, faces: await detector.detect(picture, region) });
    const whole = await look(searchRegion(plan, picture));
    const parts: Look[] = [];
    for (const region of closer) parts.push(await look(region));
    const faces: FaceReading[] = [];
    for (const { face: found, region } of mergeLooks(whole, parts)) {
      const place = placeFace(found, picture, region, plan, this.#gate);
      if (!place) continue;
      const { score, ...box } = found;
      const face: FaceReading = { box, score, ...place, shares: null, yaw: null, person: null };
      if (face.left === null && this.#sharpness.of(picture.y, box) < this.#gate.minSharpness) face.left = 'blurred';
      faces.push(face);
    }
    return faces;
  }

  async #readPoses(picture: Picture, faces: readonly FaceReading[], known: readonly KnownPose[]): Promise<void> {
    const unknown: FaceReading[] = [];
    for (const face of faces) {
      const before = known.find(({ box }) => overlap(box, face.box) >= SAME_FACE);
      if (before && Math.abs(Math.abs(before.yaw) - this.#gate.maxYaw) > NEAR_LIMIT) face.yaw = before.yaw;
      else unknown.push(face);
    }
    if (unknown.length > 0) {
      const poses = await this.#model('landmarks').poses(picture, unknown.map(({ box }) => box));
      unknown.forEach((face, i) => { face.yaw = poses[i]?.yaw ?? null; });
    }
    for (const face of faces) if (face.yaw !== null && Math.abs(face.yaw) > this.#gate.maxYaw) face.left = 'turned';
  }

  #model<K extends keyof Models>(name: K): NonNullable<Models[K]> {
    const model = this.#models[name];
    if (!model) throw new Error(this.#reasonOf(PARTS[name]));
    return model;
  }

  #reasonOf(part: Part): string {
    return this.failures.find((failure) => failure.part === part)?.message ?? `there is no model for ${part}`;
  }
}

const PARTS: Record<keyof Models, Part> = { detector: 'faces', reader: 'faces', landmarks: 'pose', person: 'person', people: 'people' };
const readable = (faces: readonly FaceReading[]): FaceReading[] => faces.filter(({ left }) => left === null);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
