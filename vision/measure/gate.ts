import type { FaceBox } from './detector.ts';

/** What a face must be like for its expression to be worth reading. */
export interface GateOptions {
  /** Least face height as a share of the picture's; below it the detector misses half of the faces. */
  minShare: number;
  /** Least face height in pixels: fewer do not carry an expression. */
  minPixels: number;
  /** Least confidence of the detector, 0..1. */
  minScore: number;
  /** Share of the box that must lie inside the picture, 0..1. */
  minInside: number;
}

export const DEFAULT_GATE: GateOptions = { minShare: 0.06, minPixels: 40, minScore: 0.65, minInside: 0.9 };

/** Whether the face is large, certain and whole enough. */
export function passesGate(face: FaceBox, picture: { width: number; height: number }, gate: GateOptions = DEFAULT_GATE): boolean {
  if (!(face.score >= gate.minScore) || !(face.width > 0)) return false;
  if (face.height < gate.minPixels || face.height < gate.minShare * picture.height) return false;
  const width = Math.min(face.x + face.width, picture.width) - Math.max(face.x, 0);
  const height = Math.min(face.y + face.height, picture.height) - Math.max(face.y, 0);
  return width > 0 && height > 0 && (width * height) / (face.width * face.height) >= gate.minInside;
}
