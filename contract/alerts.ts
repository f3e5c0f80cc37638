import { Type, type Static, type TSchema } from 'typebox';
import { ALERT_KINDS, ALERT_STATES, ENDINGS, OUTCOMES, SEVERITIES, TONES, type AlertKind } from './alert-words.ts';
import { Problem } from './errors.ts';
import { Actor, AlertFacts, AlertMessage, Rating } from './facts.ts';
import { EpochMs, Id, Name } from './ids.ts';

export * from './alert-words.ts';
export * from './facts.ts';

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

export const Alert = object({
  id: Type.String(), site: Type.String(), kind: Type.String(), severity: Type.Enum([...SEVERITIES]), state: Type.Enum([...ALERT_STATES]),
  /** The rule that raised it, as it was named then; null for alerts from before there were rules. */
  rule: nullable(Id),
  touchpoint: nullable(Type.String()), zone: nullable(Type.String()), device: nullable(Type.String()),
  /** When it happened first, by the sender's corrected clock, and when the hub raised it. */
  since: EpochMs, openedAt: EpochMs,
  /** How many events stand behind it. */
  count: Type.Integer({ minimum: 1 }),
  rating: nullable(Rating), message: nullable(AlertMessage), facts: nullable(AlertFacts),
  tone: Type.Enum([...TONES]),
  /** By then somebody should be with the visitor. */
  actBy: nullable(EpochMs),
  owner: nullable(Actor), claimedAt: nullable(EpochMs), departedAt: nullable(EpochMs),
  /** First time that a person had it on a screen. */
  seenAt: nullable(EpochMs),
  /** 0 told those on duty, 1 the second person, 2 the manager. */
  step: Type.Integer({ minimum: 0, maximum: 2 }),
  /** Silent until then; what comes meanwhile is counted. */
  snoozedUntil: nullable(EpochMs),
  /** When and how it ended; `resolvedAt` for every final state. */
  resolvedAt: nullable(EpochMs), cause: nullable(Type.String()), outcome: nullable(Type.Enum([...OUTCOMES])), note: nullable(Type.String()),
});
export type Alert = Static<typeof Alert>;

// Commands. All are POST /api/v1/alerts/:alert/<name> with an Idempotency-Key.

/** `cause` is needed for `resolved`, one of the site's list. */
export const ResolveAlert = object({
  as: Type.Optional(Type.Enum([...ENDINGS])), cause: Type.Optional(Id), outcome: Type.Optional(Type.Enum([...OUTCOMES])), note: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
});
export type ResolveAlert = Static<typeof ResolveAlert>;
export const SnoozeAlert = object({ for: Type.Union([Type.Literal(5), Type.Literal(15), Type.Literal(60), Type.Literal('shift')]), reason: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }) });
export type SnoozeAlert = Static<typeof SnoozeAlert>;

/** Why a command was refused (409), and how the alert stands: enough to say "Anna took it at 14:02". */
export const AlertConflict = Type.Object({
  ...Problem.properties, state: Type.Enum([...ALERT_STATES]), owner: nullable(Actor), claimedAt: nullable(EpochMs), resolvedAt: nullable(EpochMs), cause: nullable(Type.String()),
}, { additionalProperties: true });
export type AlertConflict = Static<typeof AlertConflict>;

/** `GET /api/v1/alerts/:alert`: what a person wants to know before walking. */
export const AlertDetail = object({
  alert: Alert,
  /** The last three of the same kind at the same place, newest first. */
  similar: Type.Array(Alert, { maxItems: 3 }),
  /** What happened to it, oldest first. */
  history: Type.Array(object({ at: EpochMs, what: Type.String(), by: nullable(Type.String()), text: nullable(Type.String()) })),
  /** Who is on duty at that place now. */
  onDuty: Type.Array(Actor),
});
export type AlertDetail = Static<typeof AlertDetail>;

// Rules.

const Minute = Type.Integer({ minimum: 0, maximum: 1440 });
/** Times of the week by the site's clock. `days` 1 is Monday. `to` not above `from` goes past midnight. */
export const WeekTimes = Type.Array(object({ days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { minItems: 1, maxItems: 7 }), from: Minute, to: Minute }), { minItems: 1, maxItems: 21 });
export type WeekTimes = Static<typeof WeekTimes>;

const count = (minimum: number, maximum: number, fallback: number) => Type.Integer({ minimum, maximum, default: fallback });
const share = (fallback: number) => Type.Number({ minimum: 0.01, maximum: 1, default: fallback });

/** Parameters of each kind with their defaults, which the editor starts from. */
export const RULE_PARAMS = {
  /** Which faces call somebody: the worst only, or the whole lower half of the scale. */
  'feedback.negative': object({ faces: Type.Enum(['lowest', 'negative'], { default: 'lowest' }) }),
  /** Against the place's own usual share of negatives at this hour. `minimum` ratings are needed before anything is said. */
  'feedback.rate': object({ sensitivity: Type.Enum(['calm', 'usual', 'keen'], { default: 'usual' }), minimum: count(3, 50, 4) }),
  /** `count` negatives one after another, or within `minutes` when that is set. */
  'feedback.run': object({ count: count(2, 50, 3), minutes: Type.Union([Type.Integer({ minimum: 1, maximum: 240 }), Type.Null()], { default: null }) }),
  'feedback.praise': object({ count: count(3, 500, 10), minutes: count(5, 600, 60) }),
  'emotion.episode': object({ from: Type.Enum(['opened', 'escalated'], { default: 'opened' }) }),
  /** Mean mood of the last `minutes` this far below its usual value at this hour. */
  'emotion.mood': object({ drop: Type.Number({ minimum: 0.05, maximum: 1, default: 0.25 }), minutes: count(5, 120, 15), faces: count(10, 10_000, 60) }),
  'traffic.crowd': object({ people: count(1, 100_000, 30) }),
  'sales.conversion': object({ plan: share(0.25), minutes: count(15, 600, 60), visitors: count(5, 10_000, 40) }),
  'staff.consultations': object({ plan: share(0.3), minutes: count(15, 600, 60), visitors: count(5, 10_000, 40) }),
  /** No consultation for `minutes` while at least `people` are inside. */
  'staff.idle': object({ minutes: count(2, 120, 10), people: count(1, 1_000, 3) }),
  'device.silent': object({}),
  'device.battery': object({ percent: count(1, 60, 20) }),
  'camera.frozen': object({}),
  /** It was moved, lost the mask over staff or cannot read faces: until somebody sets it up again nothing is measured. */
  'camera.stopped': object({}),
  'duty.unreachable': object({}),
} as const satisfies Record<AlertKind, TSchema>;
export type RuleParams<K extends AlertKind = AlertKind> = Static<(typeof RULE_PARAMS)[K]>;

/** Seconds until the next people are told; null: never. `returnS`: claimed without an outcome for so long, it is everybody's again. */
export const Escalation = object({
  secondS: nullable(Type.Integer({ minimum: 10, maximum: 86_400 })), managerS: nullable(Type.Integer({ minimum: 10, maximum: 86_400 })), returnS: nullable(Type.Integer({ minimum: 30, maximum: 86_400 })),
});
export type Escalation = Static<typeof Escalation>;

const ruleFields = {
  kind: Type.Enum([...ALERT_KINDS]),
  /** Null: named by its kind. */
  name: nullable(Name),
  enabled: Type.Boolean(),
  /** Null and null: the whole site. */
  place: object({ zone: nullable(Id), touchpoint: nullable(Id) }),
  params: Type.Object({}, { additionalProperties: true, maxProperties: 12 }),
  severity: Type.Enum([...SEVERITIES]), tone: Type.Enum([...TONES]),
  actWithinS: Type.Integer({ minimum: 30, maximum: 86_400 }),
  /** Null: always. */
  hours: nullable(WeekTimes),
  /** Null: whoever is on duty at the place. Else these people first. */
  tell: nullable(Type.Array(Id, { minItems: 1, maxItems: 20 })),
  escalation: Escalation,
  /** Counts from the last notice that was really sent. */
  cooldownS: Type.Integer({ minimum: 0, maximum: 86_400 }),
};
/** A rule as it is kept. `builtIn` ones exist at every site; they can be changed and switched off, not removed. */
export const Rule = object({ id: Id, site: Id, ...ruleFields, builtIn: Type.Boolean() });
export type Rule = Static<typeof Rule>;
export const NewRule = object(ruleFields);
export type NewRule = Static<typeof NewRule>;

/** `POST /api/v1/sites/:site/rules/preview`: what a rule would have done in the last 28 days. */
export const RulePreview = object({
  /** Days of history that there are, at most 28; a share of a day counts as a share. */
  days: Type.Number({ minimum: 0, maximum: 28 }),
  /** How often it would have raised, cooldown and grouping applied, and the newest of them, at most 50. */
  count: Type.Integer({ minimum: 0 }),
  alerts: Type.Array(object({ at: EpochMs, touchpoint: nullable(Type.String()), zone: nullable(Type.String()), device: nullable(Type.String()), count: Type.Integer(), facts: nullable(AlertFacts) }), { maxItems: 50 }),
  perDay: Type.Number({ minimum: 0 }),
  /** For rules against a baseline: false alerts a day to be expected with this site's volume when nothing is wrong. */
  falsePerDay: nullable(Type.Number({ minimum: 0 })),
  /** Whether the rule may be saved; too many alerts a day make nobody look. */
  tooLoud: Type.Boolean(),
});
export type RulePreview = Static<typeof RulePreview>;

/** Settings of a site's alerts. */
export const AlertSettings = object({
  /** What people choose from when they resolve. `name` null: one of `CAUSES`, named by the web. */
  causes: Type.Array(object({ id: Id, name: nullable(Name) }), { minItems: 1, maxItems: 30 }),
  /** Cards come, notices do not, save urgent ones. */
  quiet: nullable(WeekTimes),
  /** Notices to one person an hour, urgent ones not counted. */
  hourlyCap: Type.Integer({ minimum: 1, maximum: 1000 }),
  /** What happens again at the same place for the same cause within this time is one card. */
  groupS: Type.Integer({ minimum: 0, maximum: 3600 }),
  /** An alert that nobody took for so long is over. */
  expireS: Type.Integer({ minimum: 300, maximum: 86_400 }),
});
export type AlertSettings = Static<typeof AlertSettings>;

/** `PUT /api/v1/devices/:device/mute`: somebody works on it. `until` null ends it. Its events are kept all the same. */
export const DeviceMute = object({ until: nullable(EpochMs), reason: Type.Optional(Text(200)) });
