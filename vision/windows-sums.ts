import { EMOTIONS, moodOf, type AreaWindow, type Emotion, type EmotionShares, type Visits } from '../contract/index.ts';
import type { Visit } from './readings.ts';

/** Shares are counted in whole hundred-thousandths, so that sums are exact and no order of adding changes a result. */
const QUANTUM = 100_000;
/** Times are summed in whole hundredths of a second: their squares stay exact over any number of visits. */
const TICK_MS = 10;
/** Somebody turned to the camera for this long has looked. */
const LOOKED_MS = 1_000;
const ADULT_AGE = 18;
/** Upper ends of the bands of age but the last: under 20, 20-30, 30-40, 40-50, 50 and more. */
const BANDS = [20, 30, 40, 50];

/** Sums over face observations. Whole numbers: merging is exact. */
export interface FaceSums {
  faces: number;
  /** Frames in which a face was read. */
  withFace: number;
  /** Per emotion: sum and sum of squares of quantised shares. */
  sum: Record<Emotion, number>;
  squares: Record<Emotion, number>;
  /** Quantised; may be negative. */
  mood: number;
  smiles: number;
}

/** Sums over people whose time in view ended. Whole numbers. */
export interface VisitSums {
  n: number;
  sum: Record<Emotion, number>;
  squares: Record<Emotion, number>;
  mood: number;
  moodSquares: number;
  smiles: number;
  /** Hundredths of a second. */
  ticks: number;
  tickSquares: number;
  turned: number;
  /** People of whom sex and age were read; the counts below have only those who look grown up. */
  known: number;
  male: number;
  female: number;
  ages: number[];
}

const zeros = (): Record<Emotion, number> => ({ angry: 0, disgust: 0, fear: 0, happy: 0, sad: 0, surprise: 0, neutral: 0 });

export const noFaces = (): FaceSums => ({ faces: 0, withFace: 0, sum: zeros(), squares: zeros(), mood: 0, smiles: 0 });
export const noVisits = (): VisitSums => ({ n: 0, sum: zeros(), squares: zeros(), mood: 0, moodSquares: 0, smiles: 0, ticks: 0, tickSquares: 0, turned: 0, known: 0, male: 0, female: 0, ages: [0, 0, 0, 0, 0] });

/** Adds the faces that were read in one frame. @param smileAbove p(happy) above which a face smiles, 0..1. */
export function addFaces(sums: FaceSums, faces: readonly EmotionShares[], smileAbove: number): FaceSums {
  if (faces.length === 0) return sums;
  const next = { ...sums, withFace: sums.withFace + 1, faces: sums.faces + faces.length, sum: { ...sums.sum }, squares: { ...sums.squares } };
  for (const face of faces) {
    next.mood += addShares(next, face);
    if (face.happy > smileAbove) next.smiles++;
  }
  return next;
}

/** Adds one person's time in view. */
export function addVisit(sums: VisitSums, visit: Visit, smileAbove: number): VisitSums {
  const next = { ...sums, n: sums.n + 1, sum: { ...sums.sum }, squares: { ...sums.squares }, ages: [...sums.ages] };
  const mood = addShares(next, visit.shares);
  next.mood += mood;
  next.moodSquares += mood * mood;
  if (visit.shares.happy > smileAbove) next.smiles++;
  const ticks = Math.round((visit.to - visit.from) / TICK_MS);
  next.ticks += ticks;
  next.tickSquares += ticks * ticks;
  if (visit.turnedMs >= LOOKED_MS) next.turned++;
  return addPerson(next, visit);
}

/** Changes `sums`. */
function addPerson(sums: VisitSums, { male, age, staff }: Visit): VisitSums {
  if (staff || male === null || age === null) return sums;
  sums.known++;
  if (age < ADULT_AGE) return sums;
  if (male >= 0.5) sums.male++; else sums.female++;
  const band = BANDS.findIndex((end) => age < end);
  sums.ages[band < 0 ? BANDS.length : band]!++;
  return sums;
}

/** Adds quantised shares and their squares to `to`; returns the quantised mood. */
function addShares(to: { sum: Record<Emotion, number>; squares: Record<Emotion, number> }, shares: EmotionShares): number {
  for (const emotion of EMOTIONS) {
    const share = Math.round(shares[emotion] * QUANTUM);
    to.sum[emotion] += share;
    to.squares[emotion] += share * share;
  }
  return Math.round(moodOf(shares) * QUANTUM);
}

const addEach = (a: Record<Emotion, number>, b: Record<Emotion, number>): Record<Emotion, number> => {
  const total = zeros();
  for (const emotion of EMOTIONS) total[emotion] = a[emotion] + b[emotion];
  return total;
};

/** Associative and commutative, with `noFaces()` as the neutral element. */
export const mergeFaces = (a: FaceSums, b: FaceSums): FaceSums => ({
  faces: a.faces + b.faces, withFace: a.withFace + b.withFace, sum: addEach(a.sum, b.sum), squares: addEach(a.squares, b.squares), mood: a.mood + b.mood, smiles: a.smiles + b.smiles,
});

/** Associative and commutative, with `noVisits()` as the neutral element. */
export const mergeVisits = (a: VisitSums, b: VisitSums): VisitSums => ({
  n: a.n + b.n, sum: addEach(a.sum, b.sum), squares: addEach(a.squares, b.squares), mood: a.mood + b.mood, moodSquares: a.moodSquares + b.moodSquares, smiles: a.smiles + b.smiles,
  ticks: a.ticks + b.ticks, tickSquares: a.tickSquares + b.tickSquares, turned: a.turned + b.turned,
  known: a.known + b.known, male: a.male + b.male, female: a.female + b.female, ages: a.ages.map((count, band) => count + b.ages[band]!),
});

/** Means, population standard deviations, share of smiles, mean mood. */
export function toFaces(sums: FaceSums): Pick<AreaWindow, 'faces' | 'withFace' | 'mean' | 'spread' | 'smile' | 'mood'> {
  const { faces: n, withFace } = sums;
  return { faces: n, withFace, ...moments(sums, n), smile: n > 0 ? sums.smiles / n : null, mood: n > 0 ? within(sums.mood / n / QUANTUM) : null };
}

/** As sent; sex and age only where they were read of somebody. */
export function toVisits(sums: VisitSums): Visits {
  const { n, smiles, turned, male, female, ages } = sums;
  const mood = n > 0 ? sums.mood / n : 0;
  return {
    n, ...moments(sums, n), smiles,
    mood: n > 0 ? within(mood / QUANTUM) : null, moodSpread: n > 0 ? deviation(sums.moodSquares / n - mood * mood) : 0,
    seconds: sums.ticks * TICK_MS / 1000, secondsSquared: sums.tickSquares * TICK_MS ** 2 / 1e6, turned,
    ...(sums.known > 0 && { male, female, ages: [...ages] }),
  };
}

function moments(sums: Pick<FaceSums, 'sum' | 'squares'>, n: number): { mean: EmotionShares; spread: EmotionShares } {
  const mean = zeros();
  const spread = zeros();
  if (n === 0) return { mean, spread };
  for (const emotion of EMOTIONS) {
    const average = sums.sum[emotion] / n;
    mean[emotion] = average / QUANTUM;
    spread[emotion] = deviation(sums.squares[emotion] / n - average * average);
  }
  return { mean, spread };
}

const within = (mood: number): number => Math.max(-1, Math.min(1, mood));
/** Of a quantised variance; at most 1, which shares and moods cannot pass but for rounding. */
const deviation = (variance: number): number => Math.min(1, Math.sqrt(Math.max(0, variance)) / QUANTUM);
