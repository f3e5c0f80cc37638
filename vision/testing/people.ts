import type { EmotionShares } from '../../contract/index.ts';
import type { FaceReading } from '../readings.ts';
import { faceReading, sharesOf } from './faces.ts';
import { normal } from './random.ts';

/** Somebody made up: where the middle of the face is at a time in ms, its size, and the mood. */
export interface MadeUpPerson { x(t: number): number; y(t: number): number; size?(t: number): number; mood?(t: number): number }

/** As a detector gives it. @param jitter how far middle and size scatter from frame to frame, in sizes (standard deviation). */
export function faceOf(person: MadeUpPerson, t: number, random: () => number, jitter = 0.004): FaceReading {
  const size = (person.size?.(t) ?? 60) * (1 + jitter * normal(random));
  const x = person.x(t) + size * jitter * normal(random);
  const y = person.y(t) + size * jitter * normal(random);
  const shares: EmotionShares = sharesOf(Math.max(-1, Math.min(1, person.mood?.(t) ?? 0)));
  return faceReading({ box: { x: x - size / 2, y: y - size / 2, width: size, height: size }, shares });
}

/**
 * How a body sways: a random walk that is pulled back, standard deviation 1.
 * @param tauMs how long a lean lasts. Ask for rising times, one step apart each.
 */
export function sway(random: () => number, tauMs: number, stepMs = 200): (t: number) => number {
  const kept = Math.exp(-stepMs / tauMs);
  let value = normal(random);
  let at = 0;
  return (t) => {
    for (; at < t; at += stepMs) value = kept * value + Math.sqrt(1 - kept * kept) * normal(random);
    return value;
  };
}
