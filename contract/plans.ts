import { Type, type Static, type TSchema } from 'typebox';
import { EpochMs, FileId, Id } from './ids.ts';

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });
/** Within the picture: 0 is its left or upper edge, 1 the right or lower one. */
const Part = Type.Number({ minimum: 0, maximum: 1 });
export const PlanPoint = object({ x: Part, y: Part });
export type PlanPoint = Static<typeof PlanPoint>;

/** A site's floor plan: a picture, zones drawn as polygons, touchpoints as points. */
export const FloorPlan = object({
  picture: Type.Union([object({ file: FileId, width: Type.Integer({ minimum: 1 }), height: Type.Integer({ minimum: 1 }) }), Type.Null()]),
  zones: Type.Record(Id, Type.Array(PlanPoint, { minItems: 3, maxItems: 40 })),
  touchpoints: Type.Record(Id, PlanPoint),
  updatedAt: Type.Union([EpochMs, Type.Null()]),
});
export type FloorPlan = Static<typeof FloorPlan>;
/** `PUT /api/v1/sites/:site/plan`; the picture has an address of its own (`PUT …/plan/picture`, PNG, JPEG or WebP). */
export const FloorPlanInput = Type.Pick(FloorPlan, ['zones', 'touchpoints'], { additionalProperties: false });
/** `POST /api/v1/files` as a device: a voice message or a photo. */
export const StoredFile = object({ file: FileId, type: Type.String(), bytes: Type.Integer() });
export type StoredFile = Static<typeof StoredFile>;
