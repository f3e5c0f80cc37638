import { Type, type Static, type TSchema } from 'typebox';
import { ERROR_CODES } from './errors.ts';
import { LIMITS } from './limits.ts';

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });

/** `POST /api/v1/events`: each element is judged on its own, so one bad event does not lose the others. */
export const EventsRequest = object({ events: Type.Array(Type.Unknown(), { minItems: 1, maxItems: LIMITS.eventsPerRequest }) });
export const RejectedEvent = object({ index: Type.Integer(), id: Type.Union([Type.String(), Type.Null()]), code: Type.Enum([...ERROR_CODES]), message: Type.String() });
export type RejectedEvent = Static<typeof RejectedEvent>;
export const EventsReply = object({ accepted: Type.Integer(), duplicates: Type.Integer(), rejected: Type.Array(RejectedEvent) });
export type EventsReply = Static<typeof EventsReply>;
/** Optional request header: the sender's clock at sending, epoch ms. Lets the hub measure and correct its offset. */
export const SENT_AT_HEADER = 'otklik-sent-at';
/** Required on every command: a repeat with the same key gets the first answer. */
export const IDEMPOTENCY_HEADER = 'idempotency-key';
export const IdempotencyKey = Type.String({ pattern: '^[A-Za-z0-9_-]{8,64}$' });

export const LogQuery = object({ after: Type.Optional(Type.Integer({ minimum: 0 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.logReadEvents })) });
/** `next` is what to ask `after` next time; `head` the newest offset there is. */
export const LogReply = object({ epoch: Type.String(), head: Type.Integer(), next: Type.Integer(), events: Type.Array(Type.Any()) });
