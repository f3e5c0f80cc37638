import { Type, type Static } from 'typebox';
import { EpochMs, Id } from './ids.ts';

/** The classes that expression models report, in the order used everywhere in Otklik. */
export const EMOTIONS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'] as const;
export type Emotion = (typeof EMOTIONS)[number];

const Share = Type.Number({ minimum: 0, maximum: 1 });
const shares = () => Type.Object({
  angry: Share, disgust: Share, fear: Share, happy: Share, sad: Share, surprise: Share, neutral: Share,
}, { additionalProperties: false });

/** Probabilities or mean shares, 0..1 each. */
export const EmotionShares = shares();
export type EmotionShares = Static<typeof EmotionShares>;

/** Emotions that count as negative. Fear is read too unreliably to be shown alone, but it is negative when it is read. */
export const NEGATIVE: readonly Emotion[] = ['angry', 'disgust', 'fear', 'sad'];

/**
 * Mood of one face or of a mean of faces: positive minus negative probability, −1..1.
 * Surprise and neutral count for neither.
 */
export function moodOf(shares: EmotionShares): number {
  let negative = 0;
  for (const emotion of NEGATIVE) negative += shares[emotion];
  return Math.max(-1, Math.min(1, shares.happy - negative));
}

/** Bounded, so that sums over any number of windows stay exact. */
const Count = Type.Integer({ minimum: 0, maximum: 1_000_000 });

/** What a camera saw in one interval of 10 s. Stored; no picture, no face, no identity. */
export const EmotionWindow = Type.Object({
  camera: Id,
  /** Epoch ms of the interval's start (inclusive) and end (exclusive), by capture time. */
  from: EpochMs,
  to: EpochMs,
  /** Frames measured, and frames that arrived but were dropped unmeasured. */
  frames: Count,
  dropped: Count,
  /** Face observations that passed the quality gate (a face seen in five frames counts five times). */
  faces: Count,
  /** Mean and standard deviation over face observations; all zero when `faces` is 0. */
  mean: EmotionShares,
  spread: EmotionShares,
  /** Share of face observations with p(happy) above the threshold, 0..1; null without faces. */
  smile: Type.Union([Share, Type.Null()]),
  /** Mean mood of face observations, −1..1; null without faces. */
  mood: Type.Union([Type.Number({ minimum: -1, maximum: 1 }), Type.Null()]),
}, { additionalProperties: false });
export type EmotionWindow = Static<typeof EmotionWindow>;

/** What a camera sees right now: per measured frame, ephemeral, never stored. Key is `camera`. */
export const EmotionSample = Type.Object({
  camera: Type.String({ minLength: 1, maxLength: 64 }),
  site: Type.String({ minLength: 1, maxLength: 64 }),
  /** Capture time of the frame, epoch ms by the hub's clock as far as it is known. */
  at: Type.Integer({ minimum: 0 }),
  faces: Type.Integer({ minimum: 0, maximum: 1000 }),
  /** Mean over the faces in the frame; null without faces. */
  shares: Type.Union([EmotionShares, Type.Null()]),
  mood: Type.Union([Type.Number({ minimum: -1, maximum: 1 }), Type.Null()]),
  /** Measured frames a second over the last seconds, and frame → sample time in ms. */
  fps: Type.Number({ minimum: 0, maximum: 1000 }),
  lagMs: Type.Number({ minimum: 0, maximum: 3_600_000 }),
  width: Type.Integer({ minimum: 0, maximum: 16_384 }),
  height: Type.Integer({ minimum: 0, maximum: 16_384 }),
}, { additionalProperties: false });
export type EmotionSample = Static<typeof EmotionSample>;

/**
 * An unhappy visitor in view of a camera: opened when the mood of one visit passes the enter threshold, escalated when
 * it gets worse (never milder), ended when it is over. One event for each step; `episode` stays the same.
 */
export const EmotionEpisode = Type.Object({
  episode: Type.String({ pattern: '^[0-9a-z]{26}$' }), camera: Id,
  state: Type.Enum(['opened', 'escalated', 'ended']),
  /** When the visitor's mood began to be bad, by capture time. */
  since: EpochMs,
  /** Median mood over the last window, −1..1, and the observations it rests on. */
  mood: Type.Number({ minimum: -1, maximum: 1 }), faces: Count,
}, { additionalProperties: false });
export type EmotionEpisode = Static<typeof EmotionEpisode>;
