import { Type, type Static, type TSchema } from 'typebox';
import { AREA_ROLES } from './cameras.ts';
import { EpochMs, Id } from './ids.ts';

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Whole = Type.Integer({ minimum: 0 });

/** Below site level nothing is shown of fewer people or of a shorter time. */
export const LEAST_PEOPLE = 5;
export const LEAST_MINUTES = 15;
/** Bands of age. People who look younger than 18 are left out of all of them. */
export const AGE_BANDS = ['under20', '20-30', '30-40', '40-50', 'over50'] as const;
export type AgeBand = (typeof AGE_BANDS)[number];

/** A value with its 95 % interval, over people in view and not over frames; all null when there is not enough to say. */
export const Estimate = object({ value: nullable(Type.Number()), low: nullable(Type.Number()), high: nullable(Type.Number()) });
export type Estimate = Static<typeof Estimate>;

export const PORTRAIT_BY = ['camera', 'area', 'zone', 'touchpoint'] as const;
export type PortraitBy = (typeof PORTRAIT_BY)[number];
/** Epoch ms, at most 92 days; rounded outwards to quarters of an hour. */
export const Range = { from: EpochMs, to: EpochMs };
export const PortraitQuery = object({ ...Range, by: Type.Optional(Type.Enum([...PORTRAIT_BY])) });

/** One row of the emotional portrait ME-1. Shares are 0..1, mood −1..1. */
export const PortraitRow = object({
  id: Type.String(), name: Type.String(),
  /** People behind the masks, where that is allowed. Only in rows by area, and never in the total. */
  staff: Type.Optional(Type.Literal(true)),
  /** False: fewer than `LEAST_PEOPLE` people or `LEAST_MINUTES` minutes; every number but those two is null then. */
  enough: Type.Boolean(),
  /** Times that somebody was in view and was read, and minutes in which somebody was. */
  people: Whole, minutes: Whole,
  /** Face observations. */
  samples: nullable(Whole),
  /** Share of the measured time with a face in view. */
  utilisation: nullable(Type.Number()),
  /** Share of people who smiled: p(happy) above `smileAbove` on the mean of their time in view. */
  smile: Estimate,
  happy: Estimate, surprise: Estimate, angry: Estimate, disgust: Estimate, sad: Estimate, neutral: Estimate,
  /** Anger, disgust, sadness and fear together: fear alone is read too unreliably. */
  negative: Estimate,
  mood: Estimate,
  /** Null when demographics are off. Shares of the people whose age and sex were read. */
  male: nullable(Estimate), female: nullable(Estimate),
  ages: nullable(Type.Array(Estimate, { minItems: 5, maxItems: 5 })),
  /** Share of faces that were seen and not read, by why. */
  left: nullable(object({ small: Type.Number(), blurred: Type.Number(), turned: Type.Number(), cut: Type.Number(), still: Type.Number() })),
});
export type PortraitRow = Static<typeof PortraitRow>;
export const Portrait = object({
  site: Id, ...Range, by: Type.Enum([...PORTRAIT_BY]), smileAbove: nullable(Type.Number()), demographics: Type.Boolean(),
  rows: Type.Array(PortraitRow), total: PortraitRow,
});
export type Portrait = Static<typeof Portrait>;

/** Do they leave happier than they came: entrances against exits, paired by the hour. */
export const Journey = object({
  site: Id, ...Range,
  hours: Type.Array(object({ hour: EpochMs, entrance: Estimate, exit: Estimate, entrancePeople: Whole, exitPeople: Whole, difference: Type.Number() })),
  /** Mean of the hours' differences in mood, exit minus entrance, with its interval (Student's t). */
  difference: Estimate, pairs: Whole,
  /** What is missing when there is nothing to say. */
  missing: nullable(Type.Enum(['entrance', 'exit', 'hours'])),
});
export type Journey = Static<typeof Journey>;

/** What draws attention: of the people in view of each area, the share that turned to the camera there, and for how long. */
export const Attention = object({
  site: Id, ...Range,
  /** `role`: what kind of place it is; null for a camera's whole picture and for an area that was deleted. */
  rows: Type.Array(object({ id: Type.String(), name: Type.String(), role: nullable(Type.Enum([...AREA_ROLES])), enough: Type.Boolean(), people: Whole, turned: Estimate, seconds: Estimate })),
});
export type Attention = Static<typeof Attention>;

/** Does mood move with other measures, by the hour, each hour against its usual weekday and hour. Never a cause. */
export const TOGETHER_WITH = ['ratings', 'inside', 'came', 'onDuty', 'receipts'] as const;
export const Together = object({
  site: Id, ...Range, hours: Whole,
  rows: Type.Array(object({
    with: Type.Enum([...TOGETHER_WITH]), n: Whole,
    /** Pearson's r with Fisher's interval, for mood at the same hour and one hour later; null when there is not enough. */
    same: Estimate, later: Estimate,
  })),
});
export type Together = Static<typeof Together>;

/** When in the day is it worst: by hour of the site's day. */
export const DayHours = object({
  site: Id, ...Range,
  hours: Type.Array(object({ hour: Type.Integer({ minimum: 0, maximum: 23 }), enough: Type.Boolean(), people: Whole, mood: Estimate, smile: Estimate, negative: Estimate })),
  /** The hour whose mood is lowest and whose interval lies below the mean of all; null when no hour stands out. */
  worst: nullable(Type.Integer({ minimum: 0, maximum: 23 })),
});
export type DayHours = Static<typeof DayHours>;

/** How visitors feel now: the last quarter of an hour, of the site and of each place that has enough people. */
export const MoodNow = object({
  site: Id, at: EpochMs,
  whole: object({ people: Whole, mood: Estimate, smile: Estimate }),
  places: Type.Array(object({ touchpoint: nullable(Id), zone: nullable(Id), enough: Type.Boolean(), people: Whole, mood: Estimate, smile: Estimate })),
});
export type MoodNow = Static<typeof MoodNow>;
