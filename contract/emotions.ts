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

/** Faces that were found and not read, by why. `still`: a poster or screen that has not moved for a minute. `mirrored`: moves as the mirror of another. */
export const FacesLeft = Type.Object({ small: Count, blurred: Count, turned: Count, cut: Count, still: Count, mirrored: Count }, { additionalProperties: false });
export type FacesLeft = Static<typeof FacesLeft>;

/**
 * People whose time in view ended in the interval, one each however long they stayed: what intervals of error rest on.
 * A person is told from another only within one camera and for seconds.
 */
export const Visits = Type.Object({
  n: Count,
  /** Mean and standard deviation over people of each person's mean shares; all zero when `n` is 0. */
  mean: EmotionShares, spread: EmotionShares,
  /** People whose mean p(happy) lies above the threshold. */
  smiles: Count,
  /** Mean and standard deviation over people of their mean mood. */
  mood: Type.Union([Type.Number({ minimum: -1, maximum: 1 }), Type.Null()]), moodSpread: Type.Number({ minimum: 0, maximum: 1 }),
  /** Time in view, summed over people, and the sum of squares; people who turned to the camera for a second or more. */
  seconds: Type.Number({ minimum: 0, maximum: 1e9 }), secondsSquared: Type.Number({ minimum: 0, maximum: 1e12 }), turned: Count,
  /** Only where demographics are on: people by sex and by band of age; those who look younger than 18 are in none. */
  male: Type.Optional(Count), female: Type.Optional(Count), ages: Type.Optional(Type.Array(Count, { minItems: 5, maxItems: 5 })),
}, { additionalProperties: false });
export type Visits = Static<typeof Visits>;

/** The same numbers for one drawn area of the picture. `staff` marks the row of people behind the masks, where that is allowed. */
export const AreaWindow = Type.Object({
  area: Id, staff: Type.Optional(Type.Literal(true)),
  faces: Count, withFace: Count, mean: EmotionShares, spread: EmotionShares,
  smile: Type.Union([Share, Type.Null()]), mood: Type.Union([Type.Number({ minimum: -1, maximum: 1 }), Type.Null()]),
  visits: Visits,
}, { additionalProperties: false });
export type AreaWindow = Static<typeof AreaWindow>;

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
  /** p(happy) above which a face smiles. Nodes of today send this and all that follows. */
  smileAbove: Type.Optional(Share),
  /** Frames in which a face was read: `withFace / frames` is the utilisation. */
  withFace: Type.Optional(Count),
  left: Type.Optional(FacesLeft),
  visits: Type.Optional(Visits),
  /** One entry for each drawn area; empty when none is drawn. */
  areas: Type.Optional(Type.Array(AreaWindow, { maxItems: 9 })),
}, { additionalProperties: false });
export type EmotionWindow = Static<typeof EmotionWindow>;

/** What a camera sees right now: per measured frame, ephemeral, never stored. Key is `camera`. */
export const EmotionSample = Type.Object({
  camera: Type.String({ minLength: 1, maxLength: 64 }),
  site: Type.String({ minLength: 1, maxLength: 64 }),
  /** Capture time of the frame, epoch ms by the hub's clock as far as it is known. */
  at: Type.Integer({ minimum: 0 }),
  faces: Type.Integer({ minimum: 0, maximum: 1000 }),
  /** Mean over the faces in the frame; null without faces, and everywhere behind the hub's door. */
  shares: Type.Union([EmotionShares, Type.Null()]),
  mood: Type.Union([Type.Number({ minimum: -1, maximum: 1 }), Type.Null()]),
  /** Measured frames a second over the last seconds, and frame → sample time in ms. */
  fps: Type.Number({ minimum: 0, maximum: 1000 }),
  lagMs: Type.Number({ minimum: 0, maximum: 3_600_000 }),
  width: Type.Integer({ minimum: 0, maximum: 16_384 }),
  height: Type.Integer({ minimum: 0, maximum: 16_384 }),
  /** Only while the camera's set-up is open: what an installer needs to place it. Rectangles and brightness, no picture. */
  view: Type.Optional(Type.Object({
    /** Mean luma and its standard deviation, 0..255; sharpness of the whole (variance of the Laplacian). */
    light: Type.Number({ minimum: 0, maximum: 255 }), contrast: Type.Number({ minimum: 0, maximum: 255 }), sharpness: Type.Number({ minimum: 0 }),
    /** How well the scene fits the one that was set up, 0..1; null while none is known. */
    scene: Type.Union([Share, Type.Null()]),
    /** Faces as shares of the picture, height in pixels, and why one was not read; null when it was. */
    faces: Type.Array(Type.Object({
      x: Type.Number(), y: Type.Number(), width: Type.Number(), height: Type.Number(), px: Type.Integer({ minimum: 0 }),
      left: Type.Union([Type.Enum(['small', 'blurred', 'turned', 'cut', 'still', 'mirrored', 'outside']), Type.Null()]),
    }, { additionalProperties: false }), { maxItems: 20 }),
    /** People as the counter sees them, as shares of the picture. */
    people: Type.Array(Type.Object({ x: Type.Number(), y: Type.Number(), width: Type.Number(), height: Type.Number() }, { additionalProperties: false }), { maxItems: 20 }),
  }, { additionalProperties: false })),
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
