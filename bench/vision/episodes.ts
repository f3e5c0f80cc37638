/**
 * How often an episode opens for visitors of known looks: `node bench/vision/episodes.ts <folder of labelled pictures>`.
 * A visitor is one picture, held for half a minute: its frames differ by sensor noise and by how the detector's box
 * lies, and go through VP8, the models, the tracker and the episodes of `vision/`. People whose face stays exactly as
 * it is are the hardest case for a median: what the models misread once they misread all the time.
 */
import { type EmotionShares } from '../../contract/index.ts';
import { ESCALATE_AT, NO_EPISODES, OPEN_AT, stepEpisodes } from '../../vision/episodes.ts';
import { readLabels, type Labelled } from '../../vision/eval/labels.ts';
import { prepare, type Prepared } from '../../vision/eval/pictures.ts';
import { coarseOf } from '../../vision/eval/report.ts';
import { wilson } from '../../vision/eval/statistics.ts';
import { throughVideo } from '../../vision/eval/video.ts';
import { detectorPath, expressionModels } from '../../vision/measure/builtin.ts';
import { TensorWriter } from '../../vision/measure/channels.ts';
import { FaceDetector } from '../../vision/measure/detector.ts';
import { ExpressionReader } from '../../vision/measure/expression.ts';
import { pictureOf, type Region } from '../../vision/measure/picture.ts';
import { sessionOptions } from '../../vision/measure/providers.ts';
import { faceReading } from '../../vision/testing/faces.ts';
import { normal, seeded } from '../../vision/testing/random.ts';
import { setupResult } from '../../vision/testing/pictures.ts';
import { PeopleTracker } from '../../vision/track/tracker.ts';

const SEED = 20_261_122;
/** Frames measured of each visitor, shown over and over. */
const VARIANTS = 5;
const FRAME_MS = 200;
const SECONDS = 30;
/** Grey levels, standard deviation; shares of the box. */
const NOISE = 2;
const BOX_NOISE = 0.015;
/** Of a cut-out, the share of the detector's box that the models read. */
const CROP_SHARE = 0.9;

type Outcome = 'none' | 'opened' | 'escalated';
interface Reading { box: Region; shares: EmotionShares }
interface Readers { detector: FaceDetector; reader: ExpressionReader }

const random = seeded(SEED);

/** Made once: a fresh one for every pixel would take longer than everything that is measured. */
const grain = Float32Array.from({ length: 1 << 16 }, () => NOISE * normal(random));

function noisy(prepared: Prepared): Prepared {
  const data = Uint8ClampedArray.from(prepared.data);
  const luma = prepared.width * prepared.height;
  for (let i = 0, place = 0; i < luma; i++, place++) {
    if (i % prepared.width === 0) place = Math.floor(grain.length * random());
    data[i] = data[i]! + grain[place & (grain.length - 1)]!;
  }
  return { ...prepared, data: new Uint8Array(data.buffer) };
}

async function readAll(file: string, { detector, reader }: Readers): Promise<Reading[]> {
  const prepared = await prepare(file, undefined);
  const frames = await throughVideo(Array.from({ length: VARIANTS }, () => noisy(prepared)), 'vp8');
  const readings: Reading[] = [];
  for (const { data, width, height, face } of frames) {
    const picture = pictureOf(data, width, height);
    const box = face ? around(face) : (await detector.detect(picture)).toSorted((a, b) => b.width * b.height - a.width * a.height)[0];
    if (!box) continue;
    const [shares] = await reader.read(picture, [box]);
    readings.push({ box, shares: shares! });
  }
  return readings;
}

/** A box as the detector would lay it around a cut-out face: its place is known, not how the detector errs. */
function around({ x, y, width, height }: Region): Region {
  const side = width / CROP_SHARE * (1 + BOX_NOISE * normal(random));
  return { x: x + width / 2 - side / 2 + width * BOX_NOISE * normal(random), y: y + height / 2 - side / 2 + height * BOX_NOISE * normal(random), width: side, height: side };
}

function outcomeOf(readings: readonly Reading[]): Outcome {
  const tracker = new PeopleTracker();
  let state = NO_EPISODES;
  let outcome: Outcome = 'none';
  for (let i = 0; i < SECONDS * 1000 / FRAME_MS; i++) {
    const at = 1_700_000_000_000 + i * FRAME_MS;
    const { box, shares } = readings[i % readings.length]!;
    const { faces } = tracker.step({ at, width: 640, height: 480, faces: [faceReading({ box, shares })] });
    const step = stepEpisodes(state, { at, faces }, () => 'e'.repeat(26));
    state = step.state;
    for (const { body } of step.events) if (body.state !== 'ended') outcome = body.state;
  }
  return outcome;
}

interface Group { n: number; opened: number; escalated: number; unread: number }

function add(groups: Map<string, Group>, name: string, outcome: Outcome | null): void {
  const group = groups.get(name) ?? { n: 0, opened: 0, escalated: 0, unread: 0 };
  groups.set(name, group);
  if (outcome === null) { group.unread++; return; }
  group.n++;
  if (outcome !== 'none') group.opened++;
  if (outcome === 'escalated') group.escalated++;
}

function printed(groups: ReadonlyMap<string, Group>): string {
  const share = (part: number, n: number): string => {
    const found = wilson(part, n);
    return found ? `${(100 * found.value).toFixed(1)} % [${(100 * found.low).toFixed(1)}, ${(100 * found.high).toFixed(1)}]`.padEnd(22) : ''.padEnd(22);
  };
  const rows = [...groups].map(([name, { n, opened, escalated, unread }]) => `${name.padEnd(14)}${String(n).padEnd(10)}${share(opened, n)}${share(escalated, n)}${unread}`);
  return [`opens at ${OPEN_AT}, escalates at ${ESCALATE_AT}; seed ${SEED}`, `${'label'.padEnd(14)}${'visitors'.padEnd(10)}${'opened'.padEnd(22)}${'escalated'.padEnd(22)}no face found`, ...rows].join('\n');
}

async function measure(pictures: readonly Labelled[]): Promise<Map<string, Group>> {
  const { models } = setupResult();
  const writer = new TensorWriter();
  const readers: Readers = { detector: await FaceDetector.open(detectorPath(models.dir), sessionOptions(), writer), reader: await ExpressionReader.open(expressionModels(models.dir), sessionOptions(), writer) };
  const groups = new Map<string, Group>();
  for (const { file, label } of pictures) {
    const readings = await readAll(file, readers);
    const outcome = readings.length > 0 ? outcomeOf(readings) : null;
    add(groups, label, outcome);
    add(groups, coarseOf(label) === 'negative' ? 'ALL NEGATIVE' : 'ALL OTHERS', outcome);
  }
  await readers.detector.close();
  await readers.reader.close();
  return groups;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node bench/vision/episodes.ts <folder with one folder of pictures for each class>');
  process.exitCode = 2;
} else console.log(printed(await measure(readLabels(folder))));
