import { Type, type Static } from 'typebox';
import type { AnyEvent } from './events.ts';
import type { EmotionSample } from './emotions.ts';
import type { ErrorCode } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { ChannelName } from './live.ts';

export * from './live.ts';

export const Subscription = Type.Object({
  channel: Type.String({ minLength: 1, maxLength: 80 }),
  epoch: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  offset: Type.Optional(Type.Integer({ minimum: 0 })),
}, { additionalProperties: false });
export type Subscription = Static<typeof Subscription>;

const subscriptions = Type.Array(Subscription, { maxItems: LIMITS.wsSubscriptions });

export const ClientMessage = Type.Union([
  Type.Object({ t: Type.Literal('hello'), protocol: Type.Integer({ minimum: 0, maximum: 1_000_000 }), subscriptions }, { additionalProperties: false }),
  Type.Object({ t: Type.Literal('subscribe'), subscriptions }, { additionalProperties: false }),
  Type.Object({ t: Type.Literal('unsubscribe'), channels: Type.Array(Type.String({ minLength: 1, maxLength: 80 }), { maxItems: LIMITS.wsSubscriptions }) }, { additionalProperties: false }),
]);
export type ClientMessage = Static<typeof ClientMessage>;

/** Answer to hello: the hub's clock, so that ages are counted on one clock. */
export interface WelcomeMessage { t: 'welcome'; protocol: number; now: number; beatMs: number; hub: string }
/** The whole state of a channel at `offset`. */
export interface SnapshotMessage { t: 'snapshot'; channel: ChannelName; epoch: string; offset: number; state: unknown }
/** What a resuming client missed: covers offsets `from`+1 … `offset`; `events` holds those that concern the channel. */
export interface DeltaMessage { t: 'delta'; channel: ChannelName; epoch: string; from: number; offset: number; events: AnyEvent[] }
/** What committed since: covers offsets `from`+1 … `to` of the site's log; `events` holds those that concern the channel. */
export interface EventsMessage { t: 'events'; channel: ChannelName; epoch: string; from: number; to: number; events: AnyEvent[] }
/** Latest ephemeral sample per key. `collapsed` tells that older ones were left out because this client is slow. */
export interface SamplesMessage { t: 'samples'; channel: ChannelName; samples: EmotionSample[]; collapsed?: true }
/**
 * Sent every `beatMs` at least; carries the hub's clock. `degraded` tells that this hub does not hear the other hubs and
 * reads the log instead: events come as surely as ever, up to a second later.
 */
export interface BeatMessage { t: 'beat'; now: number; degraded?: true }
/** Something asked for could not be done; the connection stays. */
export interface ErrorMessage { t: 'error'; channel?: string; code: ErrorCode; message: string }

export type ServerMessage = WelcomeMessage | SnapshotMessage | DeltaMessage | EventsMessage | SamplesMessage | BeatMessage | ErrorMessage;
