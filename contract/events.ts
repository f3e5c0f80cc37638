import { Type, type Static, type TSchema } from 'typebox';
import { EmotionWindow } from './emotions.ts';
import { EpochMs, Id, Ulid } from './ids.ts';

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });
const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const Count = Type.Integer({ minimum: 0, maximum: 100_000 });
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

/** Root causes that the floor chooses from when it resolves an alert. Labels are the web's. */
export const CAUSES = ['queue', 'staff', 'goods', 'price', 'cleanliness', 'equipment', 'information', 'other', 'false_alarm'] as const;
export type Cause = (typeof CAUSES)[number];
/** What became of the visitor. */
export const OUTCOMES = ['helped', 'left', 'not_found', 'nobody_there'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Every stored event type with the schema of its body. Types are past-tense facts. */
export const EVENT_BODIES = {
  'feedback.rated': Rating,
  'feedback.messaged': object({ text: Text(2000), contact: Type.Optional(Text(120)), rating: Type.Optional(Ulid) }),
  'traffic.counted': object({ in: Count, out: Count, seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400 })) }),
  /** `total` in minor units (kopecks, cents). */
  'sale.recorded': object({ receipt: Text(64), total: Type.Integer({ minimum: -1_000_000_000, maximum: 1_000_000_000 }), currency: Type.String({ pattern: '^[A-Z]{3}$' }), items: Type.Optional(Count) }),
  'consultation.counted': object({ staff: Type.Optional(Text(64)) }),
  'consultation.undone': object({ consultation: Ulid }),
  'visit.lost': object({ reason: Type.Optional(Text(80)) }),
  'emotion.windowed': EmotionWindow,
  'camera.connected': object({ camera: Id, node: Text(64), codec: Type.Optional(Text(40)) }),
  'camera.disconnected': object({ camera: Id, node: Text(64), reason: Text(120) }),
  'device.seen': object({ device: Id }),
  'device.silent': object({ device: Id, lastSeen: EpochMs }),
  'alert.opened': object({
    alert: Text(64), kind: Type.Enum(['feedback.negative']), severity: Type.Enum(['high', 'medium', 'low']),
    /** The event that caused it and when that happened. */
    source: Ulid, since: EpochMs, touchpoint: Type.Union([Text(64), Type.Null()]), rating: Type.Optional(Rating),
  }),
  'alert.claimed': object({ alert: Text(64), by: Actor }),
  'alert.released': object({ alert: Text(64), by: Actor }),
  'alert.resolved': object({ alert: Text(64), by: Actor, cause: Type.Enum([...CAUSES]), outcome: Type.Optional(Type.Enum([...OUTCOMES])), note: Type.Optional(Text(1000)) }),
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
  button: ['feedback.rated', 'feedback.messaged'],
  terminal: ['feedback.rated', 'feedback.messaged'],
  counter: ['traffic.counted'],
  till: ['sale.recorded', 'feedback.rated'],
  phone: ['consultation.counted', 'consultation.undone', 'visit.lost', 'feedback.rated'],
  camera: [],
  vision: ['emotion.windowed'],
} as const satisfies Record<string, readonly EventType[]>;
export type DeviceKind = keyof typeof DEVICE_KINDS;
export const DEVICE_KIND_NAMES = Object.keys(DEVICE_KINDS) as DeviceKind[];

export * from './rating.ts';
