import { Type, type Static, type TSchema } from 'typebox';
import { EpochMs, FileId } from './ids.ts';

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

/** Who did it: a person's id and the name that colleagues see. */
export const Actor = object({ id: Text(64), name: Text(80) });
export type Actor = Static<typeof Actor>;

/** A rating on a scale of `scale` faces or points; 1 is the worst, `scale` the best. */
export const Rating = object({
  value: Type.Integer({ minimum: 1, maximum: 11 }),
  scale: Type.Integer({ minimum: 2, maximum: 11 }),
  /** Why, in the visitor's choice of the offered factors. */
  factor: Type.Optional(Text(80)),
});
export type Rating = Static<typeof Rating>;

/** Numbers behind an alert, by field name: what the card says ("4 of 6, usually 12 %"). */
export const AlertFacts = object({
  /** Ratings looked at, and negative ones among them. */
  n: Type.Optional(Type.Integer({ minimum: 0 })), k: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Share expected at this place at this hour, 0..1, and how many ratings of the last 28 days that rests on. */
  baseline: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })), baselineN: Type.Optional(Type.Integer({ minimum: 0 })),
  minutes: Type.Optional(Type.Number({ minimum: 0 })), people: Type.Optional(Type.Integer()),
  /** Mood now, −1..1; its usual value stands in `moodBefore`. */
  mood: Type.Optional(Type.Number({ minimum: -1, maximum: 1 })), moodBefore: Type.Optional(Type.Number({ minimum: -1, maximum: 1 })), faces: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Share reached and share planned, 0..1. */
  share: Type.Optional(Type.Number({ minimum: 0 })), plan: Type.Optional(Type.Number({ minimum: 0 })),
  percent: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  /** When a device was heard last. */
  lastSeen: Type.Optional(nullable(EpochMs)),
});
export type AlertFacts = Static<typeof AlertFacts>;

/** What a visitor said beside the press. Shown to those who handle alerts only. */
export const AlertMessage = object({
  text: nullable(Text(2000)), contact: nullable(Text(120)),
  voice: nullable(object({ file: FileId, seconds: Type.Number({ minimum: 0, maximum: 600 }) })), photo: nullable(object({ file: FileId })),
});
export type AlertMessage = Static<typeof AlertMessage>;
