import sharp, { type Sharp } from 'sharp';
import { TensorWriter } from '../measure/channels.ts';
import { CloseLooks, mergeLooks, partsOf, type Look } from '../measure/close-looks.ts';
import { FaceDetector, overlap, type FaceBox } from '../measure/detector.ts';
import { pictureOf, type Region } from '../measure/picture.ts';
import { sessionOptions } from '../measure/providers.ts';
import { toI420 } from '../testing/pictures.ts';
import { EvalError } from './labels.ts';
import { FRAME, type Prepared } from './pictures.ts';
import { wilson, type Estimate } from './statistics.ts';
import { SHOWN_LONG, throughVideo, type Codec } from './video.ts';

/** Heights of faces as shares of the frame's height, by the classes in which recall is told. */
export const HEIGHTS: readonly { name: string; shares: readonly number[] }[] = [
  { name: '10 % and more', shares: [0.3, 0.2, 0.14, 0.12, 0.105] },
  { name: '6 to 10 %', shares: [0.095, 0.085, 0.075, 0.065] },
  { name: 'below 6 %', shares: [0.058, 0.052, 0.047, 0.042] },
];

/**
 * `found` in what is measured, the video where there is one, once all its parts were looked at; `whole`: of these by the
 * look at the whole picture alone, `frames`: share of the frames in which it was found while it stood there for
 * `STAY_FRAMES`, both null where there are no closer looks; `still`: in the same pictures before the video, null without one.
 */
export interface RecallRow { name: string; found: Estimate | null; whole: Estimate | null; frames: number | null; still: Estimate | null; byHeight: { share: number; found: Estimate | null }[] }
/** Somebody who stays for 10 s before a camera of 5 frames/s. */
export const STAY_FRAMES = 50;
const FRAME_MS = 200;

/** A face counts as found where a box overlaps its own by so much. */
const MIN_OVERLAP = 0.4;
/** Score and share of the height of a face that is worth being looked for again. */
const CERTAIN = 0.9;
const LARGE = 0.12;
const BATCH = 32;

interface Source { file: string; width: number; height: number; box: FaceBox }

/**
 * How many faces the detector finds by their height in the frame. Each face that the detector finds for certain where
 * the photograph fills a frame is brought to each height in a frame and
 * looked for again after the video: what is lost is lost to size and coding, not to faces that no detector of this kind
 * finds. A picture so large that it is looked at part by part was looked at in all its parts once.
 * @param frame size of the frames, px, even.
 * @throws EvalError when no photograph shows a face.
 */
export async function recallByHeight(files: readonly string[], detector: string, video: Codec | undefined, frame: Size = FRAME): Promise<RecallRow[]> {
  const finder = await FaceDetector.open(detector, sessionOptions(), new TensorWriter());
  try {
    const sources: Source[] = [];
    for (const file of files) sources.push(...await sourcesOf(finder, file));
    if (sources.length === 0) throw new EvalError('no photograph shows a face that the detector finds at full size');
    const rows: RecallRow[] = [];
    for (const { name, shares } of HEIGHTS) {
      const tallies: { share: number; tally: Tally }[] = [];
      for (const share of shares) tallies.push({ share, tally: await recallAt(finder, sources, share, video, frame) });
      const sum = (key: keyof Tally): number => tallies.reduce((total, { tally }) => total + tally[key], 0);
      const apart = partsOf({ x: 0, y: 0, ...frame }).length > 0;
      rows.push({
        name, found: wilson(sum('found'), sum('all')), still: video ? wilson(sum('still'), sum('all')) : null,
        whole: apart ? wilson(sum('whole'), sum('all')) : null, frames: apart ? sum('frames') / Math.max(1, sum('all')) : null,
        byHeight: tallies.map(({ share, tally }) => ({ share, found: wilson(tally.found, tally.all) })),
      });
    }
    return rows;
  } finally {
    await finder.close();
  }
}

/** Faces that are large and certain in the photograph as it fills a frame. */
async function sourcesOf(finder: FaceDetector, file: string): Promise<Source[]> {
  const { data, info } = await raw(sharp(file).resize(FRAME.width, FRAME.height, { fit: 'inside' }));
  const [width, height] = [info.width & ~1, info.height & ~1];
  const { data: even } = await raw(sharp(data, { raw: info }).extract({ left: 0, top: 0, width, height }));
  const faces = await finder.detect(pictureOf(toI420({ data: new Uint8Array(even), width, height }), width, height));
  return faces.filter((face) => face.score >= CERTAIN && face.height >= LARGE * height).map((box) => ({ file, width, height, box }));
}

const raw = (image: Sharp) => image.toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });

interface Size { width: number; height: number }
interface Tally { all: number; still: number; whole: number; found: number; frames: number }

async function recallAt(finder: FaceDetector, sources: readonly Source[], share: number, video: Codec | undefined, frame: Size): Promise<Tally> {
  const tally: Tally = { all: sources.length, still: 0, whole: 0, found: 0, frames: 0 };
  for (let from = 0; from < sources.length; from += BATCH) {
    const composed = await Promise.all(sources.slice(from, from + BATCH).map((source, i) => compose(source, share, frame, spotOf(from + i))));
    const still = await hits(finder, composed);
    const { whole, found, frames } = video ? await hits(finder, await throughVideo(composed, video, SHOWN_LONG)) : still;
    tally.still += still.found;
    tally.whole += whole;
    tally.found += found;
    tally.frames += frames;
  }
  return tally;
}

async function hits(finder: FaceDetector, pictures: readonly Prepared[]): Promise<{ whole: number; found: number; frames: number }> {
  const count = { whole: 0, found: 0, frames: 0 };
  for (const { data, width, height, face } of pictures) {
    const picture = pictureOf(data, width, height);
    const looks = new Map<string, Look>();
    const look = async (region: Region): Promise<Look> => {
      const key = `${region.x} ${region.y}`;
      const known = looks.get(key) ?? { region, faces: await finder.detect(picture, region) };
      looks.set(key, known);
      return known;
    };
    const whole: Look = { region: { x: 0, y: 0, width, height }, faces: await finder.detect(picture) };
    const parts: Look[] = [];
    for (const region of partsOf(whole.region)) parts.push(await look(region));
    const isIt = (found: FaceBox): boolean => face !== null && overlap(found, face) >= MIN_OVERLAP;
    if (whole.faces.some(isIt)) count.whole++;
    if (mergeLooks(whole, parts).some((one) => isIt(one.face))) count.found++;
    count.frames += await shareOfStay(whole, look, isIt);
  }
  return count;
}

/** Share of the frames in which the face is found, as a camera's looks go on from one to the next. */
async function shareOfStay(whole: Look, look: (region: Region) => Promise<Look>, isIt: (found: FaceBox) => boolean): Promise<number> {
  const closer = new CloseLooks();
  let seen = 0;
  for (let frame = 0; frame < STAY_FRAMES; frame++) {
    const parts: Look[] = [];
    for (const region of closer.take(frame * FRAME_MS, whole.region, false)) parts.push(await look(region));
    const faces = mergeLooks(whole, parts).map((one) => one.face);
    closer.found(frame * FRAME_MS, whole.region, false, faces);
    if (faces.some(isIt)) seen++;
  }
  return seen / STAY_FRAMES;
}

/** Where in the frame the nth face stands, as shares of it: all over its inner part, evenly (Roberts' R2 sequence). */
function spotOf(n: number): readonly [number, number] {
  const spread = (step: number): number => 0.1 + 0.8 * ((0.5 + n * step) % 1);
  return [spread(0.7548776662466927), spread(0.5698402909980532)];
}

/**
 * The photograph at such a size that its face has the height, cut to a frame with the face at the spot. Where the photograph
 * ends its mirror image goes on: a face on a small island in a grey sea would be found less often than in front of a camera.
 */
async function compose({ file, width, height, box }: Source, share: number, frame: Size, [across, down]: readonly [number, number]): Promise<Prepared> {
  const factor = (share * frame.height) / box.height;
  const [w, h] = [Math.max(1, Math.round(width * factor)), Math.max(1, Math.round(height * factor))];
  const x = Math.round(across * frame.width - (box.x + box.width / 2) * factor);
  const y = Math.round(down * frame.height - (box.y + box.height / 2) * factor);
  const left = Math.max(0, x), top = Math.max(0, y);
  const right = Math.max(0, frame.width - x - w), bottom = Math.max(0, frame.height - y - h);
  // One step at a time: in one chain the library would extend before it resizes.
  const sized = await raw(sharp(file).resize(w, h, { fit: 'fill' }));
  const filled = await raw(sharp(sized.data, { raw: sized.info }).extend({ left, top, right, bottom, extendWith: 'mirror' }));
  const { data: rgb } = await raw(sharp(filled.data, { raw: filled.info }).extract({ left: left - x, top: top - y, ...frame }));
  return {
    ...frame, data: toI420({ data: new Uint8Array(rgb), ...frame }),
    face: { x: x + box.x * factor, y: y + box.y * factor, width: box.width * factor, height: box.height * factor },
  };
}

/** The table as text for a terminal. */
export function printedRecall(rows: readonly RecallRow[], { width, height }: Size = FRAME): string {
  const text = (found: Estimate | null): string => (found ? `${Math.round(found.value * found.n)} of ${found.n}: ${found.value.toFixed(3)} [${found.low.toFixed(3)}, ${found.high.toFixed(3)}]` : 'none');
  const beside = ({ whole, frames, still }: RecallRow): string => `${whole ? `, without closer looks ${whole.value.toFixed(3)}` : ''}${frames === null ? '' : `, in ${frames.toFixed(3)} of the frames of ${STAY_FRAMES * FRAME_MS / 1000} s`}${still ? `, before the video ${still.value.toFixed(3)}` : ''}`;
  const each = (row: RecallRow): string => row.byHeight.map(({ share, found }) => `${(100 * share).toFixed(1)} %: ${found ? found.value.toFixed(2) : 'none'}`).join(', ');
  return [`Faces found, by their height as a share of a ${width}×${height} frame:`, ...rows.flatMap((row) => [`  ${row.name.padEnd(34)} ${text(row.found)}${beside(row)}`, `  ${''.padEnd(34)} ${each(row)}`])].join('\n');
}
