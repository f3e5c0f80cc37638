import type { EmotionShares } from '../../contract/index.ts';
import type { WeightedModel } from '../measure/builtin.ts';
import { TensorWriter } from '../measure/channels.ts';
import { FaceDetector, type FaceBox } from '../measure/detector.ts';
import { ExpressionReader } from '../measure/expression.ts';
import { pictureOf, type Picture, type Region } from '../measure/picture.ts';
import { sessionOptions } from '../measure/providers.ts';
import { EvalError, type Labelled } from './labels.ts';
import { prepare, type Kind, type Prepared } from './pictures.ts';
import { throughVideo, type Codec } from './video.ts';

/** What was read of one labelled picture. */
export interface Read extends Labelled {
  /** Whether the detector had to find the face. */
  searched: boolean;
  /** Null when no face was found. */
  shares: EmotionShares | null;
  /** How long finding and reading took, ms, on one thread. */
  detectMs: number | null;
  readMs: number | null;
}

export interface EvalOptions {
  models: readonly WeightedModel[];
  /** Path of the face detector. */
  detector: string;
  /** Through which video the pictures go first; undefined: none. */
  video?: Codec;
  kind?: Kind;
  onProgress?(done: number, total: number): void;
}

/** Pictures that go through one encoder and decoder. */
const BATCH = 32;
const MAX_NAMED = 10;

/**
 * Reads every picture, one at a time on one thread, in the given order.
 * @throws EvalError that names the pictures that cannot be read. @throws ModelError when a model cannot be used.
 */
export async function evaluate(pictures: readonly Labelled[], options: EvalOptions): Promise<Read[]> {
  const writer = new TensorWriter();
  const session = sessionOptions();
  const detector = await FaceDetector.open(options.detector, session, writer);
  const reader = await ExpressionReader.open(options.models, session, writer);
  const cropShare = options.models[0]!.manifest.cropShare;
  const results: Read[] = [];
  const unreadable: string[] = [];
  try {
    for (let from = 0; from < pictures.length; from += BATCH) {
      const { good, bad } = await prepareAll(pictures.slice(from, from + BATCH), options.kind);
      unreadable.push(...bad);
      if (bad.length === 0) for (const [labelled, prepared] of await shown(good, options.video)) results.push(await readOne(labelled, prepared, { detector, reader, cropShare }));
      options.onProgress?.(Math.min(pictures.length, from + BATCH), pictures.length);
    }
  } finally {
    await detector.close();
    await reader.close();
  }
  if (unreadable.length > 0) throw new EvalError([...unreadable.slice(0, MAX_NAMED), ...(unreadable.length > MAX_NAMED ? [`and ${unreadable.length - MAX_NAMED} more`] : [])].join('\n'));
  return results;
}

type Pair = [Labelled, Prepared];

async function prepareAll(pictures: readonly Labelled[], kind: Kind | undefined): Promise<{ good: Pair[]; bad: string[] }> {
  const good: Pair[] = [];
  const bad: string[] = [];
  for (const labelled of pictures) {
    try {
      good.push([labelled, await prepare(labelled.file, kind)]);
    } catch (error) {
      if (!(error instanceof EvalError)) throw error;
      bad.push(error.message);
    }
  }
  return { good, bad };
}

/** The pictures as the node would get them: video has one size from its first frame to its last. */
async function shown(pairs: readonly Pair[], video: Codec | undefined): Promise<Pair[]> {
  if (video === undefined) return [...pairs];
  const sizes = Map.groupBy(pairs, ([, { width, height }]) => `${width}×${height}`);
  const results: Pair[] = [];
  for (const group of sizes.values()) {
    const decoded = await throughVideo(group.map(([, prepared]) => prepared), video);
    group.forEach(([labelled], i) => results.push([labelled, decoded[i]!]));
  }
  return results;
}

interface Readers { detector: FaceDetector; reader: ExpressionReader; cropShare: number }

async function readOne(labelled: Labelled, prepared: Prepared, { detector, reader, cropShare }: Readers): Promise<Read> {
  const picture = pictureOf(prepared.data, prepared.width, prepared.height);
  const searched = prepared.face === null;
  const started = performance.now();
  const face = prepared.face ? uncropped(prepared.face, cropShare) : await largest(detector, picture);
  const found = performance.now();
  const [shares = null] = face ? await reader.read(picture, [face]) : [];
  return { ...labelled, searched, shares, detectMs: searched ? found - started : null, readMs: face ? performance.now() - found : null };
}

/** The box of which the models' square is the cut-out itself. */
function uncropped({ x, y, width, height }: Region, cropShare: number): Region {
  return { x: x - width * (1 / cropShare - 1) / 2, y: y - height * (1 / cropShare - 1) / 2, width: width / cropShare, height: height / cropShare };
}

async function largest(detector: FaceDetector, picture: Picture): Promise<FaceBox | undefined> {
  const faces = await detector.detect(picture);
  return faces.reduce<FaceBox | undefined>((best, face) => (best === undefined || face.width * face.height > best.width * best.height ? face : best), undefined);
}
