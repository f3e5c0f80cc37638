import type { MeasurePool } from './measure/pool.ts';

/** How long the threads are tried, ms: a part of the second that a start may take longer by it. */
export const PROBE_MS = 700;
/** Part of what was measured that cameras may need: the rest is for packets, decoding, second faces and other programs. */
const HEADROOM = 0.6;
const MAX_CAMERAS = 1_000;
/**
 * Cameras that any node takes: a machine that was busy at the start would turn cameras away for good, where one that
 * falls behind sheds frames, down to one a second, and catches up.
 */
const MIN_CAMERAS = 4;

/** What a node can do: one-face frames a second over all threads, and the cameras that this is enough for. */
export interface Capacity { framesPerSecond: number; cameras: number }

/** @param fps frames a second of each camera. */
export function camerasFor(framesPerSecond: number, fps: number): number {
  const cameras = Math.floor(framesPerSecond * HEADROOM / fps);
  return Number.isFinite(cameras) ? Math.max(MIN_CAMERAS, Math.min(MAX_CAMERAS, cameras)) : MIN_CAMERAS;
}

/**
 * Tries all threads at once on a picture as large as most cameras send it, as if it had one face. On a machine that is
 * busy with something else it finds less, which is what is free.
 */
export async function measureCapacity(pool: MeasurePool, fps: number): Promise<Capacity> {
  const framesPerSecond = await pool.probe(PROBE_MS);
  return { framesPerSecond, cameras: camerasFor(framesPerSecond, fps) };
}
