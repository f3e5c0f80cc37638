import { Type, type Static } from 'typebox';
import { EmotionSample } from './emotions.ts';
import { LIMITS } from './limits.ts';

/**
 * Media signalling over socket.io, namespace `/media`. Two kinds of peer connect, both with their device token in
 * the handshake's `auth: {token, role}`: a camera (`role: 'camera'`) and a vision node (`role: 'vision'`). The hub
 * assigns the camera to a node and relays requests with acknowledgements; no media passes through the hub.
 * Every acknowledgement is `{ok: true, data}` or `{ok: false, code, message}`.
 */
export type Ack<T> = { ok: true; data: T } | { ok: false; code: string; message: string };

const Json = Type.Object({}, { additionalProperties: true });
const Cam = Type.String({ minLength: 1, maxLength: 64 });

/** Camera page → hub → node. The hub fills `camera` and `site` from the token before it relays. */
export const CAMERA_REQUESTS = {
  /** → `{rtpCapabilities}` of the router that the camera was given. */
  'camera:capabilities': Type.Object({}, { additionalProperties: false }),
  /** → `{id, iceParameters, iceCandidates, dtlsParameters}` of a new WebRTC transport; replaces an older one. */
  'camera:transport': Type.Object({}, { additionalProperties: false }),
  /** → `{}` */
  'camera:connect': Type.Object({ dtlsParameters: Json }, { additionalProperties: false }),
  /** → `{id}` of the producer. */
  'camera:produce': Type.Object({ kind: Type.Literal('video'), rtpParameters: Json }, { additionalProperties: false }),
  /** → `{}`; the camera goes on purpose. */
  'camera:close': Type.Object({}, { additionalProperties: false }),
} as const;
export type CameraRequest = keyof typeof CAMERA_REQUESTS;

/** Hub → node: the relayed camera requests plus WHIP's, with the camera's identity. → as above, `node:whip` → `{sdp}`. */
export interface NodeRequest { camera: string; site: string; name: string; payload: unknown }
export const WhipOffer = Type.Object({ sdp: Type.String({ minLength: 1, maxLength: LIMITS.sdpBytes }) }, { additionalProperties: false });

/** Node → hub: what it can take; sent after every connection. → `{node}` */
export const NodeRegister = Type.Object({
  node: Cam,
  /** Cameras that it can take at once: those that it has, as they are set up, and as many more that read faces only. */
  capacity: Type.Integer({ minimum: 1, maximum: 1000 }),
  /** Measured at its start, all cores together: frames a second with one face, and pictures a second in which people are looked for. */
  framesPerSecond: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000 })),
  peoplePerSecond: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000 })),
  /** Cameras that it already serves (it survived a hub restart). */
  cameras: Type.Array(Cam, { maxItems: 1000 }),
}, { additionalProperties: false });
export type NodeRegister = Static<typeof NodeRegister>;

/** Node → hub, when it changes after the registration: a camera that counts people needs the room of several. → `{}` */
export const NodeCapacity = Type.Object({ capacity: NodeRegister.properties.capacity }, { additionalProperties: false });
export type NodeCapacity = Static<typeof NodeCapacity>;

/** Node → hub, volatile, at most every 100 ms: ephemeral samples. */
export const NodeSamples = Type.Array(EmotionSample, { maxItems: 200 });

/** Node → hub: a camera's media came or went. */
export const NodeCamera = Type.Object({
  camera: Cam,
  state: Type.Enum(['connected', 'disconnected']),
  codec: Type.Optional(Type.String({ maxLength: 40 })),
  reason: Type.Optional(Type.String({ maxLength: 120 })),
  at: Type.Integer({ minimum: 0 }),
}, { additionalProperties: false });
export type NodeCamera = Static<typeof NodeCamera>;

/** Node → hub, every 5 s: for metrics. */
export const NodeStatus = Type.Object({
  fps: Type.Number({ minimum: 0 }),
  lagP50Ms: Type.Number({ minimum: 0 }),
  lagP95Ms: Type.Number({ minimum: 0 }),
  dropped: Type.Integer({ minimum: 0 }),
  cameras: Type.Integer({ minimum: 0 }),
  outbox: Type.Integer({ minimum: 0 }),
  /** Share of the wanted frame rate at which cameras are measured now, 0..1: below 1 the node sheds frames to keep its cameras. */
  rate: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** What its cameras need, as they are set up, as a share of what it measured at its start: above 1 it will have to shed frames. */
  load: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000 })),
}, { additionalProperties: false });
export type NodeStatus = Static<typeof NodeStatus>;

export const NODE_EVENTS = { 'node:register': NodeRegister, 'node:capacity': NodeCapacity, 'node:samples': NodeSamples, 'node:camera': NodeCamera, 'node:status': NodeStatus } as const;
/** Hub → camera page: make a new connection from the start (its node went away, or it was given another). */
export const CAMERA_RESTART = 'camera:restart';
/** Hub → node: something about a camera's set-up or source changed; synchronise now. */
export const NODE_SYNC = 'node:sync';
