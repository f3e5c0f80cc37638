import { EMOTIONS, moodOf, type AreaWindow, type EmotionShares, type EmotionWindow, type Visits } from '../../../contract/index.ts';

/** Somebody's time in view, as the node might have read it: what windows are made of, and what a slow recomputation goes by. */
export interface Somebody { camera: string; area: string | null; staff: boolean; at: number; shares: EmotionShares; seconds: number; turned: boolean; male: boolean; band: number }

/** A stream of numbers 0..1 that is the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Shares that sum to 1, happy at the given one. */
export function sharesWith(happy: number, random: () => number): EmotionShares {
  const rest = EMOTIONS.filter((emotion) => emotion !== 'happy').map((emotion) => [emotion, random()] as const);
  const sum = rest.reduce((total, [, weight]) => total + weight, 0);
  return { ...Object.fromEntries(rest.map(([emotion, weight]) => [emotion, (weight / sum) * (1 - happy)])), happy } as EmotionShares;
}

const meanOf = (values: readonly number[]): number => (values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length);
const spreadOf = (values: readonly number[]): number => { const mean = meanOf(values); return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))); };
const each = (of: (emotion: (typeof EMOTIONS)[number]) => number): EmotionShares => Object.fromEntries(EMOTIONS.map((emotion) => [emotion, of(emotion)])) as EmotionShares;

export const SMILE_ABOVE = 0.5;

function visitsOf(people: readonly Somebody[]): Visits {
  const moods = people.map(({ shares }) => moodOf(shares));
  return {
    n: people.length, mean: each((emotion) => meanOf(people.map(({ shares }) => shares[emotion]))), spread: each((emotion) => spreadOf(people.map(({ shares }) => shares[emotion]))),
    smiles: people.filter(({ shares }) => shares.happy > SMILE_ABOVE).length, mood: people.length === 0 ? null : meanOf(moods), moodSpread: Math.min(1, spreadOf(moods)),
    seconds: people.reduce((sum, { seconds }) => sum + seconds, 0), secondsSquared: people.reduce((sum, { seconds }) => sum + seconds * seconds, 0), turned: people.filter(({ turned }) => turned).length,
    male: people.filter(({ male }) => male).length, female: people.filter(({ male }) => !male).length, ages: [0, 1, 2, 3, 4].map((band) => people.filter((one) => one.band === band).length),
  };
}

const facesOf = (people: readonly Somebody[]) => {
  const visits = visitsOf(people);
  return { faces: people.length * 3, mean: visits.mean, spread: visits.spread, smile: people.length === 0 ? null : visits.smiles / people.length, mood: visits.mood };
};

/** The window in which these people of one camera left, as a node sends it. `areas`: those that are drawn. */
export function windowOf(camera: string, from: number, people: readonly Somebody[], areas: readonly string[] = []): EmotionWindow {
  const visitors = people.filter(({ staff }) => !staff);
  const area = (id: string, own: readonly Somebody[]): AreaWindow => ({ area: id, ...facesOf(own), withFace: own.length > 0 ? 20 : 0, visits: visitsOf(own) });
  const staff = people.filter((one) => one.staff);
  return {
    camera, from, to: from + 10_000, frames: 50, dropped: 1, ...facesOf(visitors), smileAbove: SMILE_ABOVE, withFace: visitors.length > 0 ? 25 : 0,
    left: { small: 1, blurred: 2, turned: 0, cut: 0, still: 1, mirrored: 0 }, visits: visitsOf(visitors),
    areas: [...areas.map((id) => area(id, visitors.filter((one) => one.area === id))), ...(staff.length > 0 ? [{ ...area('staff', staff), staff: true as const }] : [])],
  };
}
