/**
 * From which light, contrast and sharpness on faces get lost, or read otherwise: `node bench/vision/advice.ts`. The
 * photographs that set-up fetched, as they are and with their people before a drawn room, are damaged step by step, get a
 * sensor's noise and go through VP8; what `lightOf` says of them stands beside what became of their faces. Prints the
 * table that the limits of the wizard's advice (web/lib/cameras/advice.ts) were taken from.
 */
import { EMOTIONS, type EmotionShares } from '../../contract/index.ts';
import { throughVideo } from '../../vision/eval/video.ts';
import { chooseModels } from '../../vision/measure/builtin.ts';
import { TensorWriter } from '../../vision/measure/channels.ts';
import { FaceDetector, overlap } from '../../vision/measure/detector.ts';
import { ExpressionReader } from '../../vision/measure/expression.ts';
import { DEFAULT_GATE, FaceSharpness, passesGate } from '../../vision/measure/gate.ts';
import { lightOf, type Light } from '../../vision/measure/light.ts';
import { pictureOf, type Picture, type Region } from '../../vision/measure/picture.ts';
import { sessionOptions } from '../../vision/measure/providers.ts';
import { normal, seeded } from '../../vision/testing/random.ts';
import { samplePicture, setupResult, toI420, type Rgb } from '../../vision/testing/pictures.ts';
import { paste, people, room } from '../../vision/testing/still.ts';

const SAMPLES = ['sample1.jpg', 'sample2.jpg', 'sample3.jpg', 'sample4.jpg', 'sample5.jpg', 'sample6.jpg'];
const WIDTH = 640;
const HEIGHT = 480;
/** Grey levels, standard deviation. */
const NOISE = 2;
const SEED = 20_261_122;

interface Bytes { data: Uint8Array; width: number; height: number }
interface Face { box: Region; shares: EmotionShares }
type Damage = (picture: Bytes) => Bytes;

/** Every value of the planes, luma and colours, from its distance to black or to no colour. */
const mapped = (luma: (value: number) => number, colour: number): Damage => ({ data, width, height }) => ({
  width, height, data: Uint8Array.from(data, (value, i) => Math.round(i < width * height ? Math.max(16, Math.min(235, luma(value))) : 128 + (value - 128) * colour)),
});
/** So many times the light; what is too bright burns out. */
const exposed = (gain: number): Damage => mapped((value) => 16 + (value - 16) * gain, Math.min(1, gain));
/** A veil of fog, dirt or light from behind: what is left of the differences. */
const veiled = (share: number): Damage => mapped((value) => value * share + 170 * (1 - share), share);

/** A lens out of focus: two means over a square, one after the other, come near a disc. @param radius px. */
function blurred(radius: number): Damage {
  return ({ data, width, height }) => {
    const out = data.slice();
    for (const [offset, w, h, r] of [[0, width, height, radius], [width * height, width / 2, height / 2, radius / 2], [width * height * 5 / 4, width / 2, height / 2, radius / 2]] as const) {
      const plane = Float64Array.from(data.subarray(offset, offset + w * h));
      for (let pass = 0; pass < 2; pass++) { smooth(plane, h, w, w, 1, r); smooth(plane, w, h, 1, w, r); }
      for (let i = 0; i < plane.length; i++) out[offset + i] = Math.round(plane[i]!);
    }
    return { data: out, width, height };
  };
}

/** Means along `count` lines of `length` values; `r` need not be whole: the outer values count in part. */
function smooth(plane: Float64Array, count: number, length: number, lineStep: number, step: number, r: number): void {
  const whole = Math.floor(r);
  const part = r - whole;
  const line = new Float64Array(length);
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < length; i++) line[i] = plane[k * lineStep + i * step]!;
    const value = (i: number): number => line[Math.max(0, Math.min(length - 1, i))]!;
    for (let i = 0; i < length; i++) {
      let sum = part * (value(i - whole - 1) + value(i + whole + 1));
      for (let d = -whole; d <= whole; d++) sum += value(i + d);
      plane[k * lineStep + i * step] = sum / (1 + 2 * r);
    }
  }
}

const random = seeded(SEED);
const grain = Float32Array.from({ length: 1 << 16 }, () => NOISE * normal(random));
const noisy: Damage = ({ data, width, height }) => {
  const from = Math.floor(grain.length * random());
  return { width, height, data: Uint8Array.from(data, (value, i) => (i < width * height ? Math.max(0, Math.min(255, Math.round(value + grain[(from + 7 * i) & (grain.length - 1)]!))) : value)) };
};

const options = chooseModels(setupResult().models.dir, {});
const writer = new TensorWriter();
const detector = await FaceDetector.open(options.detector!, sessionOptions(), writer);
const reader = await ExpressionReader.open(options.models, sessionOptions(), writer);
const sharpness = new FaceSharpness();

/** Faces that are large and sharp enough, with how they look. */
async function facesOf(picture: Picture): Promise<Face[]> {
  const found = (await detector.detect(picture)).filter((face) => passesGate(face, picture) && sharpness.of(picture.y, face) >= DEFAULT_GATE.minSharpness);
  const shares = await reader.read(picture, found);
  return found.map((box, i) => ({ box, shares: shares[i]! }));
}

const topOf = (shares: EmotionShares): string => EMOTIONS.reduce((best, emotion) => (shares[emotion] > shares[best] ? emotion : best));
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

interface Outcome { light: Light; wanted: number; found: number; same: number }

async function outcomeOf(pictures: readonly Bytes[], expected: readonly Face[][]): Promise<Outcome> {
  const shown = await throughVideo(pictures.map((picture) => ({ ...noisy(picture), face: null })), 'vp8');
  const lights: Light[] = [];
  const sums = { wanted: 0, found: 0, same: 0 };
  for (const [i, { data, width, height }] of shown.entries()) {
    const picture = pictureOf(data, width, height);
    lights.push(lightOf(picture.y));
    const faces = await facesOf(picture);
    for (const { box, shares } of expected[i]!) {
      const again = faces.find((face) => overlap(face.box, box) > 0.4);
      sums.wanted++;
      if (again) sums.found++;
      if (again && topOf(again.shares) === topOf(shares)) sums.same++;
    }
  }
  return { light: { mean: median(lights.map(({ mean }) => mean)), contrast: median(lights.map(({ contrast }) => contrast)), sharpness: median(lights.map(({ sharpness: value }) => value)) }, ...sums };
}

async function roomWith(sample: string): Promise<Rgb> {
  return (await people(sample)).slice(0, 3).reduce((scene, person, k) => paste(scene, person, 16 + k * 202, 150), room());
}

const photographs = await Promise.all(SAMPLES.map((name) => samplePicture(name, { width: WIDTH, height: HEIGHT })));
const large = await Promise.all(SAMPLES.map((name) => samplePicture(name, { width: 2 * WIDTH, height: 2 * HEIGHT })));
const rooms = await Promise.all(SAMPLES.map(roomWith));
const SETS: readonly [string, readonly Rgb[]][] = [['photographs 640×480', photographs], ['photographs 1280×960', large], ['drawn room 640×480', rooms]];
const STEPS: readonly [string, string, (step: number, scale: number) => Damage, readonly number[]][] = [
  ['darker: light ×', 'mean', exposed, [1, 0.6, 0.4, 0.3, 0.22, 0.16, 0.12, 0.08, 0.05]],
  ['brighter: light ×', 'mean', exposed, [1.3, 1.6, 2, 2.5, 3, 4, 6]],
  ['veil: differences ×', 'contrast', veiled, [0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05]],
  ['out of focus: radius, px of 640', 'sharpness', (radius, scale) => blurred(radius * scale), [0.5, 1, 1.5, 2, 3, 4, 6]],
];

const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${Math.round(100 * part / whole)} %`).padStart(6);
for (const [name, pictures] of SETS) {
  const scale = pictures[0]!.width / WIDTH;
  const bytes = pictures.map((picture) => ({ data: toI420(picture), width: picture.width, height: picture.height }));
  const expected: Face[][] = [];
  for (const { data, width, height } of bytes) expected.push(await facesOf(pictureOf(data, width, height)));
  console.log(`\n${name}: ${expected.flat().length} faces`);
  for (const [damage, , make, steps] of STEPS) {
    for (const step of steps) {
      const { light, wanted, found, same } = await outcomeOf(bytes.map(make(step, scale)), expected);
      console.log(`${damage.padEnd(32)}${String(step).padStart(5)}   light ${light.mean.toFixed(0).padStart(4)}  contrast ${light.contrast.toFixed(0).padStart(3)}  sharpness ${light.sharpness.toFixed(0).padStart(5)}   found${percent(found, wanted)}   same class${percent(same, found)}`);
    }
  }
}
