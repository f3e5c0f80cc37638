import { Type, type Static, type TSchema } from 'typebox';
import { Email } from './people.ts';
import { EpochMs, Id } from './ids.ts';

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** Ways to reach a person (or, by webhook, a program), in the order in which they are tried. */
export const CHANNELS = ['push', 'email', 'telegram', 'webhook'] as const;
export type NotifyChannel = (typeof CHANNELS)[number];
export const PERSON_CHANNELS = ['push', 'email', 'telegram'] as const;

/** Without a receipt for this long the next channel is tried. */
export const RECEIPT_MS = 30_000;

/** As the browser's `PushSubscription.toJSON()` gives it. */
export const PushSubscription = object({
  endpoint: Type.String({ minLength: 10, maxLength: 1000, pattern: '^https?://' }),
  expirationTime: Type.Optional(nullable(Type.Number())),
  keys: object({ p256dh: Type.String({ minLength: 20, maxLength: 200, pattern: '^[A-Za-z0-9_=-]+$' }), auth: Type.String({ minLength: 10, maxLength: 100, pattern: '^[A-Za-z0-9_=-]+$' }) }),
});
export type PushSubscription = Static<typeof PushSubscription>;
/** `GET /api/v1/notifications`: what this hub can do and how this person is told. */
export const NotifyState = object({
  /** VAPID public key, base64url. */
  pushKey: Type.String(),
  /** Which channels the operator has set up. */
  available: object({ push: Type.Boolean(), email: Type.Boolean(), telegram: Type.Boolean() }),
  /** Name of the bot to write to; null without one. */
  telegramBot: nullable(Type.String()),
  devices: Type.Array(object({ id: Id, label: Type.String(), createdAt: EpochMs, lastOkAt: nullable(EpochMs) })),
  settings: object({ order: Type.Array(Type.Enum([...PERSON_CHANNELS]), { maxItems: 3 }), email: Email, telegramChat: nullable(Type.String()) }),
});
export type NotifyState = Static<typeof NotifyState>;
/** `PUT /api/v1/notifications/settings` */
export const NotifySettings = object({ order: Type.Array(Type.Enum([...PERSON_CHANNELS]), { maxItems: 3, uniqueItems: true }), telegramChat: nullable(Type.String({ pattern: '^-?[0-9]{1,20}$' })) });
export type NotifySettings = Static<typeof NotifySettings>;
/** `POST /api/v1/notifications/test` → one delivery, tried at once. */
export const NotifyTest = object({ channel: Type.Enum([...PERSON_CHANNELS]) });

export const WebhookInput = object({ url: Type.String({ minLength: 8, maxLength: 1000, pattern: '^https?://' }), enabled: Type.Boolean() });
/** `secret` is shown once, when the webhook is made. */
export const Webhook = object({ id: Id, site: Id, url: Type.String(), enabled: Type.Boolean(), createdAt: EpochMs, secret: Type.Optional(Type.String()) });
export type Webhook = Static<typeof Webhook>;

export const DELIVERY_STATES = ['waiting', 'sent', 'received', 'failed', 'cancelled'] as const;
/** One try to reach somebody by one channel; `sent` was accepted by the channel, `received` was confirmed by the device. */
export const Delivery = object({
  id: Id, site: nullable(Id), alert: nullable(Type.String()), user: nullable(Id), name: nullable(Type.String()), channel: Type.Enum([...CHANNELS]),
  state: Type.Enum([...DELIVERY_STATES]), attempts: Type.Integer(), createdAt: EpochMs, sentAt: nullable(EpochMs), receivedAt: nullable(EpochMs), error: nullable(Type.String()),
});
export type Delivery = Static<typeof Delivery>;

/** What a push message carries to the service worker. `receipt` confirms it: POST /api/v1/notifications/receipts/:receipt, no session needed. */
export interface PushPayload {
  receipt: string;
  tag: string;
  title: string;
  body: string;
  /** Where a tap leads. */
  url: string;
  severity: string;
  /** Buttons on the notification: `action` is a command of the alert. */
  actions: { action: 'claim' | 'open'; title: string }[];
  alert: string | null;
}
