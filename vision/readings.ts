import type { AnalysisStop, EmotionShares } from '../contract/index.ts';

/** A rectangle in pixels of the picture. */
export interface Box { x: number; y: number; width: number; height: number }

/** Why a face that was found is not read. `outside`: in none of the drawn areas; it is counted nowhere. */
export type FaceLeft = 'small' | 'blurred' | 'turned' | 'cut' | 'outside';

/** One face of one frame, as a measuring thread gives it. */
export interface FaceReading {
  box: Box;
  /** Detector's confidence, 0..1. */
  score: number;
  left: FaceLeft | null;
  /** The drawn area that holds the middle of the face; null where no area is drawn. */
  area: string | null;
  /** Behind a mask, where staff may be analysed; false everywhere else. */
  staff: boolean;
  /** Sum 1; null exactly when the face is left out. */
  shares: EmotionShares | null;
  /** Degrees from facing the camera, to either side; null when the pose was not read. */
  yaw: number | null;
  /** Only where demographics are on: P(male) 0..1 and years; null otherwise. */
  person: { male: number; age: number } | null;
}

/** Somebody as the counter sees them. */
export interface PersonBox extends Box { score: number }

/** What one frame says. Nothing in it is a picture. */
export interface FrameReading {
  faces: FaceReading[];
  /** Null when people were not looked for in this frame. */
  people: PersonBox[] | null;
  /** Hash of the luma fingerprint, for pictures that stand still. */
  print: number;
  light: { mean: number; contrast: number; sharpness: number };
  /** How well the scene fits the one of the set-up, 0..1; null while none is known. */
  scene: number | null;
  /** Why faces and people were not looked for; null when they were. */
  stopped: AnalysisStop | null;
}

/** A face that belongs to somebody in view. `track` tells people apart within one camera, for seconds. */
export interface TrackedFace extends FaceReading {
  track: number;
  /** Shares smoothed over the track; null when this frame's face was left out. */
  smoothed: EmotionShares | null;
  /** Discounted: a poster or screen that has not moved for a minute, or the mirror image of another face. */
  discount: 'still' | 'mirrored' | null;
}

/** Somebody's whole time in view, told when they are gone. Discounted and unread ones are not told. */
export interface Visit {
  area: string | null;
  staff: boolean;
  /** Capture times of the first and the last frame, epoch ms. */
  from: number;
  to: number;
  observations: number;
  /** Mean over the observations. */
  shares: EmotionShares;
  /** How long the face was turned to the camera, ms. */
  turnedMs: number;
  /** Means over the observations that had them; null without any. */
  male: number | null;
  age: number | null;
}
