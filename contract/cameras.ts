import { Type, type Static, type TSchema } from 'typebox';
import { Actor } from './facts.ts';
import { EmotionSample } from './emotions.ts';
import { EpochMs, Id, Name } from './ids.ts';

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

/** A place in the picture as shares of its width and height, 0,0 at the upper left. */
export const Point = Type.Tuple([Type.Number({ minimum: 0, maximum: 1 }), Type.Number({ minimum: 0, maximum: 1 })]);
export type Point = Static<typeof Point>;
export const Polygon = Type.Array(Point, { minItems: 3, maxItems: 32 });
export type Polygon = Static<typeof Polygon>;

/** What visitors do in an area: reports compare entrances with exits, and ask whether displays are looked at. */
export const AREA_ROLES = ['contact', 'entrance', 'exit', 'display'] as const;
export type AreaRole = (typeof AREA_ROLES)[number];

/** A part of the picture in which visitors are. Faces outside of every area are not read. */
export const CameraArea = object({
  id: Id, name: Name, role: Type.Enum([...AREA_ROLES]), polygon: Polygon,
  /** The zone and touchpoint of the site that it shows; the camera's own touchpoint when both are null. */
  zone: nullable(Id), touchpoint: nullable(Id),
});
export type CameraArea = Static<typeof CameraArea>;

/** The line of an entrance. Seen along it from `from` to `to`, people who come in walk towards the side `inward`. */
export const CameraLine = object({
  from: Point, to: Point, inward: Type.Enum(['left', 'right']),
  /** Somebody who goes back within this many seconds, still in view, was neither in nor out. */
  reentryS: Type.Integer({ minimum: 0, maximum: 60 }),
  /** People who cross within this many seconds, near each other, are one group. */
  groupS: Type.Integer({ minimum: 0, maximum: 10 }),
});
export type CameraLine = Static<typeof CameraLine>;

/** What somebody says of staff in the picture. Without a word nothing is analysed. */
export const STAFF_WORDS = ['none', 'masked'] as const;
export const SceneMark = Type.String({ pattern: '^[A-Za-z0-9+/=]+$', minLength: 8, maxLength: 2_000, description: 'coarse edges of the scene, no picture' });

/** What an installer decides about a camera. */
export const CameraChoices = object({
  /** Why this camera watches: stands in the register of cameras and on the sign. */
  purpose: nullable(Text(200)),
  emotions: Type.Boolean(),
  counting: Type.Boolean(),
  /** Bands of age and shares of men and women. Off unless somebody asks for it. */
  demographics: Type.Boolean(),
  areas: Type.Array(CameraArea, { maxItems: 8 }),
  staff: nullable(Type.Enum([...STAFF_WORDS])),
  /** Cut out before anything is looked for. Needed when `staff` is `masked`. */
  masks: Type.Array(Polygon, { maxItems: 8 }),
  /** Needed for counting. */
  line: nullable(CameraLine),
});
export type CameraChoices = Static<typeof CameraChoices>;

/** A camera's set-up as it is kept. Version 0: nobody has set it up, and nothing is analysed. */
export const CameraSetup = object({
  camera: Id, site: Id, ...CameraChoices.properties,
  version: Type.Integer({ minimum: 0 }),
  /** What the scene looked like when the areas were drawn; null until the node has seen it. A camera that was moved no longer fits. */
  scene: nullable(SceneMark),
  /** Staff behind the masks are read too, as a row of their own: only outside the EU profile, with a recorded legal basis. */
  staffAnalysis: Type.Boolean(),
  /** Until then the camera's own page may change the set-up, and samples carry what an installer needs. */
  openUntil: nullable(EpochMs),
  updatedAt: nullable(EpochMs), updatedBy: nullable(Actor),
});
export type CameraSetup = Static<typeof CameraSetup>;

/** Of an IP camera that the node fetches. The address is shown without user and password. */
export const CameraSource = object({ url: Text(500), updatedAt: EpochMs });
export type CameraSource = Static<typeof CameraSource>;
export const NewCameraSource = object({ url: Type.String({ pattern: '^rtsps?://[^\\s]+$', maxLength: 500 }) });

/** Why a camera's picture is not analysed. */
export const ANALYSIS_STOPS = ['not_set_up', 'staff_unknown', 'mask_missing', 'moved', 'learning', 'too_dark', 'too_large', 'model_failed', 'off'] as const;
export type AnalysisStop = (typeof ANALYSIS_STOPS)[number];
export const CameraAnalysis = object({ camera: Id, running: Type.Boolean(), reason: nullable(Type.Enum([...ANALYSIS_STOPS])), since: EpochMs });
export type CameraAnalysis = Static<typeof CameraAnalysis>;
/**
 * `GET /api/v1/device/camera-setup`: what the camera's own page needs to be set up on the spot, while its set-up is open.
 * `sample` is the latest one. Changes go by `PUT` of `CameraChoices` with the version that was read as `If-Match`.
 */
export const DeviceCameraSetup = object({
  setup: CameraSetup,
  zones: Type.Array(object({ id: Id, name: Name })), touchpoints: Type.Array(object({ id: Id, name: Name, zone: nullable(Id) })),
  analysis: nullable(CameraAnalysis), sample: nullable(EmotionSample),
});
export type DeviceCameraSetup = Static<typeof DeviceCameraSetup>;

/** `POST /api/v1/vision/sync`, by a vision node, every second and when the hub hints: what it holds. */
export const VisionSync = object({
  node: Type.String({ minLength: 1, maxLength: 64 }),
  /** Cameras that it could take beyond those that it has, and the share of its capacity that is used, 0..1. */
  room: Type.Integer({ minimum: 0, maximum: 1000 }), load: Type.Number({ minimum: 0, maximum: 1 }),
  /** Cameras that it serves, with the version of the set-up that it works by. */
  cameras: Type.Array(object({ camera: Id, version: Type.Integer({ minimum: -1 }) }), { maxItems: 1000 }),
  /** IP cameras that it fetches. */
  pulling: Type.Array(Id, { maxItems: 1000 }),
});
export type VisionSync = Static<typeof VisionSync>;
export const VisionSyncReply = object({
  /** Set-ups that differ from what the node named (another version, another scene, opened or closed). */
  setups: Type.Array(CameraSetup),
  /** Every IP camera that this node is to fetch from now on, with its whole address; it lets go of others. */
  pull: Type.Array(object({ camera: Id, site: Id, url: Text(500) })),
});
export type VisionSyncReply = Static<typeof VisionSyncReply>;
/** `POST /api/v1/vision/cameras/:camera/scene`: what the node learnt of the scene for this version. Taken once. */
export const SceneReport = object({ version: Type.Integer({ minimum: 1 }), scene: SceneMark });

/** `PUT /api/v1/cameras/:camera/staff-analysis`. */
export const StaffAnalysis = Type.Union([
  object({ enabled: Type.Literal(false) }),
  object({ enabled: Type.Literal(true), basis: Type.String({ minLength: 20, maxLength: 1000, pattern: '\\S' }) }),
]);

/** What may be done with staff at all: `eu` has no analysis of staff, whoever asks for it (Regulation (EU) 2024/1689, Art. 5(1)(f)). */
export const PROFILES = ['eu', 'other'] as const;
export type Profile = (typeof PROFILES)[number];

/** A camera as the register of cameras has it: what it watches for, who decided that and when. */
export const RegisteredCamera = object({
  camera: Id, name: Name, touchpoint: nullable(Name),
  /** Its pictures are fetched from its address, without a page of ours. */
  fetched: Type.Boolean(),
  purpose: nullable(Text(200)), emotions: Type.Boolean(), counting: Type.Boolean(), demographics: Type.Boolean(), staffAnalysis: Type.Boolean(),
  /** `place` is the name of the zone or touchpoint that the area shows. */
  areas: Type.Array(object({ name: Name, role: Type.Enum([...AREA_ROLES]), place: nullable(Name) })),
  staff: nullable(Type.Enum([...STAFF_WORDS])), masks: Type.Integer({ minimum: 0 }),
  version: Type.Integer({ minimum: 0 }), updatedAt: nullable(EpochMs), updatedBy: nullable(Actor),
  /** What the node last said of its work on the picture; null if it never did. */
  analysis: nullable(object({ running: Type.Boolean(), reason: nullable(Type.Enum([...ANALYSIS_STOPS])), since: EpochMs })),
});
export type RegisteredCamera = Static<typeof RegisteredCamera>;
/** `GET /api/v1/sites/:site/cameras/register`. */
export const CameraRegister = object({ site: object({ id: Id, name: Name }), profile: Type.Enum([...PROFILES]), at: EpochMs, cameras: Type.Array(RegisteredCamera) });
export type CameraRegister = Static<typeof CameraRegister>;
/** `GET /api/v1/sites/:site/cameras/sign`: what the notice at the entrance has to say, of cameras that are set up. */
export const CameraSign = object({
  site: object({ id: Id, name: Name }), profile: Type.Enum([...PROFILES]), at: EpochMs,
  cameras: Type.Integer({ minimum: 0 }), purposes: Type.Array(Text(200)),
  emotions: Type.Boolean(), counting: Type.Boolean(), demographics: Type.Boolean(), staffAnalysis: Type.Boolean(),
});
export type CameraSign = Static<typeof CameraSign>;
