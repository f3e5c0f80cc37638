import { Type, type Static, type TSchema } from 'typebox';
import { DEVICE_KIND_NAMES } from './events.ts';
import { EpochMs, Id, Name } from './ids.ts';

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });

export const Timezone = Type.String({ minLength: 1, maxLength: 64, description: 'IANA time zone, e.g. Europe/Moscow' });
export const Zone = object({ id: Id, name: Name });
export const Touchpoint = object({ id: Id, name: Name, zone: Type.Union([Id, Type.Null()]) });
export type Touchpoint = Static<typeof Touchpoint>;

export const Site = object({ id: Id, name: Name, timezone: Timezone, zones: Type.Array(Zone), touchpoints: Type.Array(Touchpoint) });
export type Site = Static<typeof Site>;
/** `id` may be chosen (it stands in URLs); otherwise it is made. */
export const NewSite = object({ id: Type.Optional(Id), name: Name, timezone: Timezone });
export const SitePatch = Type.Partial(object({ name: Name, timezone: Timezone }), { additionalProperties: false });
export const NewZone = object({ id: Type.Optional(Id), name: Name });
export const NewTouchpoint = object({ id: Type.Optional(Id), name: Name, zone: Type.Optional(Type.Union([Id, Type.Null()])) });
export const TouchpointPatch = Type.Partial(object({ name: Name, zone: Type.Union([Id, Type.Null()]) }), { additionalProperties: false });

const Kind = Type.Enum([...DEVICE_KIND_NAMES]);
export const Device = object({
  id: Id, site: Id, kind: Kind, name: Name, touchpoint: Type.Union([Id, Type.Null()]),
  createdAt: EpochMs,
  /** When it last spoke to any hub; null if never. */
  lastSeen: Type.Union([EpochMs, Type.Null()]),
  online: Type.Boolean(),
  /** Hub's clock minus device's, ms; null while unmeasured. Positive: the device is behind. */
  clockOffsetMs: Type.Union([Type.Integer(), Type.Null()]),
  revokedAt: Type.Union([EpochMs, Type.Null()]),
  version: Type.Union([Type.String(), Type.Null()]),
  /** Charge as it last said, percent; null when it never did. */
  battery: Type.Union([Type.Integer({ minimum: 0, maximum: 100 }), Type.Null()]),
  /** Alerts about it are held back until then: somebody works on it. */
  mutedUntil: Type.Union([EpochMs, Type.Null()]),
});
export type Device = Static<typeof Device>;
export const NewDevice = object({ kind: Kind, name: Name, touchpoint: Type.Optional(Type.Union([Id, Type.Null()])) });
export const DevicePatch = Type.Partial(object({ name: Name, touchpoint: Type.Union([Id, Type.Null()]) }), { additionalProperties: false });
/** The token is shown this once; the hub keeps only its hash. */
export const DeviceWithToken = object({ device: Device, token: Type.String() });

/** What a device learns about itself. */
export const DeviceSelf = object({
  id: Id, kind: Kind, name: Name,
  site: object({ id: Id, name: Name, timezone: Timezone }),
  touchpoint: Type.Union([Touchpoint, Type.Null()]),
  now: EpochMs,
});
export type DeviceSelf = Static<typeof DeviceSelf>;
export const Heartbeat = object({ sentAt: EpochMs, version: Type.Optional(Type.String({ maxLength: 40 })), outbox: Type.Optional(Type.Integer({ minimum: 0 })), battery: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })) });
export const HeartbeatReply = object({ now: EpochMs, clockOffsetMs: Type.Union([Type.Integer(), Type.Null()]) });

/** A device asks to be taken in: it shows `code`, keeps `secret`, and polls. */
export const NewPairing = object({ kind: Kind, name: Type.Optional(Name) });
export const Pairing = object({ code: Type.String({ pattern: '^[0-9]{6}$' }), secret: Type.String(), expiresAt: EpochMs, pollMs: Type.Integer() });
export type Pairing = Static<typeof Pairing>;
/** What the person who confirms sees. */
export const PairingInfo = object({ code: Type.String(), kind: Kind, name: Type.Union([Name, Type.Null()]), expiresAt: EpochMs });
export const PairingConfirm = object({ site: Id, name: Name, touchpoint: Type.Optional(Type.Union([Id, Type.Null()])) });
export const PairingClaim = object({ secret: Type.String({ minLength: 20, maxLength: 100 }) });
/** `pending` until somebody confirms; then the token, once. */
export const PairingState = Type.Union([
  object({ state: Type.Literal('pending'), expiresAt: EpochMs }),
  object({ state: Type.Literal('paired'), device: Id, token: Type.String() }),
]);
export type PairingState = Static<typeof PairingState>;

export const Wall = object({ id: Id, site: Id, name: Name, createdAt: EpochMs, revokedAt: Type.Union([EpochMs, Type.Null()]), lastSeen: Type.Union([EpochMs, Type.Null()]) });
export type Wall = Static<typeof Wall>;
export const NewWall = object({ name: Name });
/** `token` goes into the fragment of `/wall/<id>#<token>`, which browsers do not send; shown this once. */
export const WallWithToken = object({ wall: Wall, token: Type.String() });
export const WallSignIn = object({ token: Type.String({ minLength: 20, maxLength: 100 }) });
export const WallSession = object({ wall: Wall, site: object({ id: Id, name: Name, timezone: Timezone }) });
