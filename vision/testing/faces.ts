import type { EmotionShares } from '../../contract/index.ts';
import type { FaceReading, TrackedFace, Visit } from '../readings.ts';

/** Shares of this mood, −1..1: happy above 0, sad below, the rest neutral. */
export function sharesOf(mood: number): EmotionShares {
  return { angry: 0, disgust: 0, fear: 0, happy: Math.max(0, mood), sad: Math.max(0, -mood), surprise: 0, neutral: 1 - Math.abs(mood) };
}

/** A face that was read: 60 px, in the middle of 640×480, facing the camera. */
export function faceReading(changes: Partial<FaceReading> = {}): FaceReading {
  return { box: { x: 290, y: 210, width: 60, height: 60 }, score: 0.9, left: null, area: null, staff: false, shares: sharesOf(0), yaw: 0, person: null, ...changes };
}

/** The same as somebody's. `smoothed` is what was read in this frame unless it is given. */
export function trackedFace(shares: EmotionShares, changes: Partial<TrackedFace> = {}): TrackedFace {
  const left = changes.left ?? null;
  const read = left === null ? shares : null;
  return { ...faceReading({ shares: read }), track: 1, smoothed: read, discount: null, ...changes };
}

/** Ten seconds in view, fifty readings. */
export function visit(changes: Partial<Visit> = {}): Visit {
  return { area: null, staff: false, from: 1_700_000_000_000, to: 1_700_000_010_000, observations: 50, shares: sharesOf(0), turnedMs: 4_000, male: null, age: null, ...changes };
}
