import { EMOTIONS, type AreaWindow, type Emotion, type EmotionShares, type EmotionWindow, type Visits } from '../../contract/index.ts';

/** Shares and moods are counted in whole hundred-thousandths, as the vision node counts them: sums are exact in any order. */
export const QUANTUM = 100_000;
/** Seconds in view are counted in tenths. */
const TENTHS = 10;
/** Nothing is known of the threshold of a smile. */
const NO_THRESHOLD = { low: QUANTUM + 1, high: -1 } as const;

const WIDTHS = {
  /** Frames measured, dropped, with a face that was read; face observations and the smiling ones among them. */
  frames: 1, dropped: 1, withFace: 1, faces: 1, smiles: 1,
  /** Over observations: moods and shares. */
  mood: 1, shares: 7,
  /** Over people: how many, their mean moods and shares with squares, smiles. */
  people: 1, peopleMood: 1, peopleMoodSquares: 1, peopleShares: 7, peopleSquares: 7, peopleSmiles: 1,
  /** Time in view in tenths of a second, its squares, and people who turned to the camera. */
  time: 1, timeSquares: 1, turned: 1,
  male: 1, female: 1, ages: 5,
  /** Faces not read: small, blurred, turned, cut, still, mirrored. */
  left: 6,
  /** Windows of nodes that do not tell people from observations. */
  withoutPeople: 1,
} as const;
export type Field = keyof typeof WIDTHS;

const PLACES = {} as Record<Field, number>;
let width = 0;
for (const field of Object.keys(WIDTHS) as Field[]) { PLACES[field] = width; width += WIDTHS[field]; }
/** How many whole numbers a cell holds beside its minutes and its threshold. */
export const SUMS_WIDTH = width;

/**
 * What a stream of faces showed in some time, as whole numbers: sums of any order and grouping are the same. `minutes`
 * has a bit for each minute of a quarter of an hour in which somebody was in view; it means something within one quarter
 * only. The lowest and the highest threshold of a smile in hundred-thousandths.
 */
export interface Sums { readonly values: number[]; minutes: number; smileLow: number; smileHigh: number }

export const emptySums = (): Sums => ({ values: new Array<number>(SUMS_WIDTH).fill(0), minutes: 0, smileLow: NO_THRESHOLD.low, smileHigh: NO_THRESHOLD.high });
export const valueOf = (sums: Sums, field: Field, index = 0): number => sums.values[PLACES[field] + index] ?? 0;
export const emotionOf = (sums: Sums, field: 'shares' | 'peopleShares' | 'peopleSquares', emotion: Emotion): number => valueOf(sums, field, EMOTIONS.indexOf(emotion));

/** Adds `more` to `to`, in place. Associative and commutative. */
export function addSums(to: Sums, more: Sums): void {
  for (let i = 0; i < SUMS_WIDTH; i += 1) to.values[i]! += more.values[i] ?? 0;
  to.minutes |= more.minutes;
  to.smileLow = Math.min(to.smileLow, more.smileLow);
  to.smileHigh = Math.max(to.smileHigh, more.smileHigh);
}

/** Fields of the picture and not of the people in it. */
const OF_PICTURE: readonly Field[] = ['frames', 'dropped', 'left', 'withoutPeople'];
/** Sums that may lie below 0. */
const SIGNED: ReadonlySet<number> = new Set([PLACES.mood, PLACES.peopleMood]);

/** People of the whole picture who are in none of its parts; undefined when there are none. Exact, as sums of whole numbers are. */
export function restOf(whole: Sums, parts: readonly Sums[]): Sums | undefined {
  const rest: Sums = { ...whole, values: [...whole.values] };
  for (const part of parts) {
    for (let i = 0; i < SUMS_WIDTH; i += 1) rest.values[i]! -= part.values[i] ?? 0;
    rest.minutes &= ~part.minutes;
  }
  if (valueOf(rest, 'people') <= 0) return undefined;
  for (let i = 0; i < SUMS_WIDTH; i += 1) if (!SIGNED.has(i)) rest.values[i] = Math.max(0, rest.values[i]!);
  for (const field of OF_PICTURE) for (let i = PLACES[field]; i < PLACES[field] + WIDTHS[field]; i += 1) rest.values[i] = whole.values[i]!;
  return rest;
}

/** The threshold of a smile, 0..1; null when none is known or when it was not the same all the time. */
export const smileAboveOf = ({ smileLow, smileHigh }: Sums): number | null => (smileLow === smileHigh ? smileLow / QUANTUM : null);

/** A cell as it is stored, and back. What was stored narrower is filled with zeros. */
export const packed = ({ values, minutes, smileLow, smileHigh }: Sums): string => JSON.stringify([minutes, smileLow, smileHigh, ...values]);
export function unpacked(text: string): Sums {
  // In place: a long report unpacks hundreds of thousands of them, and copies are most of what that costs.
  const values = JSON.parse(text) as number[];
  const [minutes = 0, smileLow = NO_THRESHOLD.low, smileHigh = NO_THRESHOLD.high] = values.splice(0, 3);
  while (values.length < SUMS_WIDTH) values.push(0);
  return { minutes, smileLow, smileHigh, values };
}

const whole = (value: number): number => { const rounded = Math.round(value); return Number.isFinite(rounded) ? rounded : 0; };
/** The sum behind a mean of `n`, and the sum of squares behind a mean and a population standard deviation. */
const sumOf = (mean: number, n: number): number => whole(mean * n * QUANTUM);
const squaresOf = (mean: number, spread: number, n: number): number => whole((mean * mean + spread * spread) * n * QUANTUM * QUANTUM);

function put(sums: Sums, field: Field, value: number, index = 0): void {
  sums.values[PLACES[field] + index]! += value;
}

function putVisits(sums: Sums, visits: Visits): void {
  const { n } = visits;
  put(sums, 'people', n);
  EMOTIONS.forEach((emotion, i) => {
    put(sums, 'peopleShares', sumOf(visits.mean[emotion], n), i);
    put(sums, 'peopleSquares', squaresOf(visits.mean[emotion], visits.spread[emotion], n), i);
  });
  put(sums, 'peopleMood', sumOf(visits.mood ?? 0, n));
  put(sums, 'peopleMoodSquares', squaresOf(visits.mood ?? 0, visits.moodSpread, n));
  put(sums, 'peopleSmiles', Math.min(n, visits.smiles));
  put(sums, 'time', whole(visits.seconds * TENTHS));
  put(sums, 'timeSquares', whole(visits.secondsSquared * TENTHS * TENTHS));
  put(sums, 'turned', Math.min(n, visits.turned));
  put(sums, 'male', visits.male ?? 0);
  put(sums, 'female', visits.female ?? 0);
  visits.ages?.forEach((count, band) => put(sums, 'ages', count, band));
}

function putFaces(sums: Sums, { faces, mean, mood, smile }: { faces: number; mean: EmotionShares; mood: number | null; smile: number | null }): void {
  put(sums, 'faces', faces);
  EMOTIONS.forEach((emotion, i) => put(sums, 'shares', sumOf(mean[emotion], faces), i));
  put(sums, 'mood', sumOf(mood ?? 0, faces));
  put(sums, 'smiles', whole((smile ?? 0) * faces));
}

/** The minute within its quarter of an hour, as a bit. */
const minuteBit = (at: number): number => 1 << (Math.floor(at / 60_000) % 15);

function putCommon(sums: Sums, window: EmotionWindow, seen: boolean, withPeople: boolean): void {
  if (seen) sums.minutes |= minuteBit(window.from);
  if (window.smileAbove !== undefined) sums.smileLow = sums.smileHigh = whole(window.smileAbove * QUANTUM);
  if (!withPeople) put(sums, 'withoutPeople', 1);
}

/** What a window says of the whole picture. */
export function sumsOfWindow(window: EmotionWindow): Sums {
  const sums = emptySums();
  put(sums, 'frames', window.frames);
  put(sums, 'dropped', window.dropped);
  put(sums, 'withFace', Math.min(window.frames, window.withFace ?? 0));
  putFaces(sums, window);
  if (window.visits) putVisits(sums, window.visits);
  const { left } = window;
  if (left) [left.small, left.blurred, left.turned, left.cut, left.still, left.mirrored].forEach((count, i) => put(sums, 'left', count, i));
  putCommon(sums, window, window.faces > 0, window.visits !== undefined);
  return sums;
}

/** What a window says of one drawn area; its frames are those of the picture. */
export function sumsOfArea(window: EmotionWindow, area: AreaWindow): Sums {
  const sums = emptySums();
  put(sums, 'frames', window.frames);
  put(sums, 'dropped', window.dropped);
  put(sums, 'withFace', Math.min(window.frames, area.withFace));
  putFaces(sums, area);
  putVisits(sums, area.visits);
  putCommon(sums, window, area.faces > 0, true);
  return sums;
}
