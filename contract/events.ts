import { Type, type Static, type TSchema } from 'typebox';
import { ALERT_KINDS, ENDINGS, OUTCOMES, SEVERITIES, TONES } from './alert-words.ts';
import { CameraAnalysis } from './cameras.ts';
import { EmotionEpisode, EmotionWindow } from './emotions.ts';
import { Actor, AlertFacts, AlertMessage, Rating } from './facts.ts';
import { EpochMs, FileId, Id, Ulid } from './ids.ts';

export { Actor, Rating } from './facts.ts';

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });
const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0, maximum: 100_000 });
/** Every stored event type with the schema of its body. Types are past-tense facts. */
export const EVENT_BODIES = {
  'feedback.rated': Rating,
  /** Words, voice or a picture beside a rating (`rating` is its event's id) or without one. */
  'feedback.messaged': Type.Object({
    text: Type.Optional(Text(2000)), contact: Type.Optional(Text(120)), rating: Type.Optional(Ulid),
    voice: Type.Optional(object({ file: FileId, seconds: Type.Number({ minimum: 0, maximum: 600 }) })), photo: Type.Optional(object({ file: FileId })),
  }, { additionalProperties: false, minProperties: 1 }),
  /** The reason, given after the press. */
  'feedback.explained': object({ rating: Ulid, factor: Text(80) }),
  /** People who came and went within the `seconds` before the event's time. `camera` when a camera counted them. */
  'traffic.counted': object({
    in: Count, out: Count, seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400 })), camera: Type.Optional(Id),
    /** Of them, groups: people who came together are one. */
    groupsIn: Type.Optional(Count), groupsOut: Type.Optional(Count),
  }),
  /** Counted people who are no visitors: a member of staff pressed the button at the door, or somebody set a count right. */
  'traffic.discounted': object({ in: Count, out: Count, reason: Type.Enum(['staff', 'delivery', 'correction']) }),
  /** `total` in minor units (kopecks, cents). */
  'sale.recorded': object({ receipt: Text(64), total: Type.Integer({ minimum: -1_000_000_000, maximum: 1_000_000_000 }), currency: Type.String({ pattern: '^[A-Z]{3}$' }), items: Type.Optional(Count) }),
  'consultation.counted': object({ staff: Type.Optional(Text(64)) }),
  'consultation.undone': object({ consultation: Ulid }),
  'visit.lost': object({ reason: Type.Optional(Text(80)) }),
  'emotion.windowed': EmotionWindow,
  'emotion.episode': EmotionEpisode,
  /**
   * How visitors of the whole site felt: said by the hub of at least five people who were in no such word before, at most
   * once a minute. Mean mood and share of smiles, rounded to twentieths.
   */
  'emotion.summed': object({
    from: EpochMs, to: EpochMs, people: Type.Integer({ minimum: 5, maximum: 1_000_000 }),
    mood: Type.Number({ minimum: -1, maximum: 1 }), smile: Type.Number({ minimum: 0, maximum: 1 }),
  }),
  'camera.connected': object({ camera: Id, node: Text(64), codec: Type.Optional(Text(40)) }),
  'camera.disconnected': object({ camera: Id, node: Text(64), reason: Text(120) }),
  /** A camera's picture stands still, or moves again. `since` is when it stopped. */
  'camera.frozen': object({ camera: Id, frozen: Type.Boolean(), since: EpochMs }),
  /** The node analyses a camera's picture, or stopped to and says why. */
  'camera.analysis': CameraAnalysis,
  /** Somebody changed what a camera does; `version` of its set-up, 0 when it was taken away. */
  'camera.configured': object({ camera: Id, version: Type.Integer({ minimum: 0 }), by: nullable(Actor) }),
  'device.seen': object({ device: Id }),
  'device.silent': object({ device: Id, lastSeen: EpochMs }),
  /** Stated when the charge passes a step of five percent. */
  'device.battery': object({ device: Id, percent: Type.Integer({ minimum: 0, maximum: 100 }) }),
  /** Somebody works on the device; `until` null when they are done. */
  'device.muted': object({ device: Id, until: nullable(EpochMs), by: Actor, reason: Type.Optional(Text(200)) }),
  /** A person came on duty or went. */
  'duty.started': object({ by: Actor, role: Type.Enum(['floor', 'second', 'manager']), zones: nullable(Type.Array(Id, { maxItems: 50 })), until: nullable(EpochMs), shift: nullable(Id) }),
  'duty.ended': object({ by: Actor }),
  /** A shift began and nobody of it can be told anything; `reachable` false. True when somebody can again. */
  'duty.checked': object({ shift: Id, name: Text(80), reachable: Type.Boolean() }),
  'alert.opened': object({
    alert: Text(64), kind: Type.Enum([...ALERT_KINDS]), severity: Type.Enum([...SEVERITIES]),
    /** The event that caused it and when that happened. */
    source: Ulid, since: EpochMs, touchpoint: nullable(Text(64)), rating: Type.Optional(Rating),
    rule: Type.Optional(Id), zone: Type.Optional(nullable(Text(64))), device: Type.Optional(Id), message: Type.Optional(AlertMessage), facts: Type.Optional(AlertFacts),
    tone: Type.Optional(Type.Enum([...TONES])), actBy: Type.Optional(EpochMs), count: Type.Optional(Type.Integer({ minimum: 1 })),
    /** Whom to tell when and when it is over by itself: seconds after opening, as the rule and the site said then. */
    timing: Type.Optional(object({ secondS: nullable(Type.Integer()), managerS: nullable(Type.Integer()), returnS: nullable(Type.Integer()), expireS: nullable(Type.Integer()) })),
    tell: Type.Optional(Type.Array(Id, { maxItems: 20 })),
    /** Notices are held back: quiet hours. The card comes all the same. */
    quiet: Type.Optional(Type.Literal(true)),
  }),
  /** More of the same, or more about it. Values are as they stand now, not what was added. */
  'alert.grown': object({
    alert: Text(64), source: Ulid, count: Type.Integer({ minimum: 1 }), last: EpochMs, severity: Type.Enum([...SEVERITIES]),
    rating: Type.Optional(Rating), message: Type.Optional(AlertMessage), facts: Type.Optional(AlertFacts),
  }),
  /** First time that this person had it on a screen. */
  'alert.seen': object({ alert: Text(64), by: Actor }),
  'alert.claimed': object({ alert: Text(64), by: Actor }),
  'alert.departed': object({ alert: Text(64), by: Actor }),
  'alert.released': object({ alert: Text(64), by: Actor }),
  'alert.snoozed': object({ alert: Text(64), by: Actor, until: EpochMs, reason: Text(200) }),
  /** The hub put it back to everybody: claimed without an outcome, or the snooze is over. */
  'alert.returned': object({ alert: Text(64), why: Type.Enum(['no_outcome', 'snooze_over']), from: nullable(Actor) }),
  'alert.escalated': object({ alert: Text(64), step: Type.Integer({ minimum: 1, maximum: 2 }) }),
  /** The first notice that was really sent, or shown on a screen. */
  'alert.noticed': object({ alert: Text(64), channel: Text(20) }),
  'alert.resolved': object({ alert: Text(64), by: Actor, as: Type.Optional(Type.Enum([...ENDINGS])), cause: Type.Optional(Id), outcome: Type.Optional(Type.Enum([...OUTCOMES])), note: Type.Optional(Text(1000)) }),
  'alert.expired': object({ alert: Text(64) }),
  /** The data recovered; `source` is the event that shows it. */
  'alert.cleared': object({ alert: Text(64), source: Ulid }),
} as const;

export type EventType = keyof typeof EVENT_BODIES;
export const EVENT_TYPES = Object.keys(EVENT_BODIES) as EventType[];
export type BodyOf<T extends EventType> = Static<(typeof EVENT_BODIES)[T]>;

/** The envelope as a sender makes it. `touchpoint` defaults to the device's own. */
export const EventEnvelope = object({
  id: Ulid,
  type: Type.String({ minLength: 1, maxLength: 64 }),
  site: Id,
  at: EpochMs,
  touchpoint: Type.Optional(Id),
  body: Type.Object({}, { additionalProperties: true }),
});
export type EventEnvelope = Static<typeof EventEnvelope>;

/** A stored event, as it travels in frames and in `GET …/events`. */
export interface CommittedEvent<T extends EventType = EventType> {
  /** 1, 2, 3 … without holes, within one site and epoch. */
  offset: number;
  id: string;
  type: T;
  site: string;
  /** When it happened: sender's clock, corrected by its measured offset. Epoch ms. */
  at: number;
  /** When the hub took it in. Epoch ms, never decreasing along offsets. */
  received: number;
  /** The sending device, or `hub`. */
  device: string;
  touchpoint: string | null;
  body: BodyOf<T>;
}
/** A committed event whose type decides its body when narrowed. */
export type AnyEvent<T extends EventType = EventType> = { [K in T]: CommittedEvent<K> }[T];

/** What kinds of device there are and which event types each may send. */
export const DEVICE_KINDS = {
  button: ['feedback.rated', 'feedback.explained', 'feedback.messaged'],
  terminal: ['feedback.rated', 'feedback.explained', 'feedback.messaged'],
  counter: ['traffic.counted', 'traffic.discounted'],
  till: ['sale.recorded', 'feedback.rated', 'feedback.explained'],
  phone: ['consultation.counted', 'consultation.undone', 'visit.lost', 'feedback.rated', 'feedback.explained', 'traffic.discounted'],
  camera: [],
  vision: ['emotion.windowed', 'emotion.episode', 'camera.frozen', 'camera.analysis', 'traffic.counted'],
} as const satisfies Record<string, readonly EventType[]>;
export type DeviceKind = keyof typeof DEVICE_KINDS;
export const DEVICE_KIND_NAMES = Object.keys(DEVICE_KINDS) as DeviceKind[];

export * from './rating.ts';
