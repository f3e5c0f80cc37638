import type { FloorPlan, PlanPoint } from '../../../contract/plans.ts';
import { within } from './geometry.ts';

export type Drawing = Pick<FloorPlan, 'zones' | 'touchpoints'>;

/** Most corners that a zone may have. */
export const MOST_CORNERS = 40;
export const LEAST_CORNERS = 3;
const MOST_STEPS = 100;

/** A plan that is being drawn, with what was before. Each change is a new one; nothing is changed in place. */
export interface Draft {
  now: Drawing;
  /** Oldest first. */
  before: readonly Drawing[];
  /** As it is saved. */
  saved: Drawing;
}

const drawingOf = ({ zones, touchpoints }: Drawing): Drawing => ({ zones, touchpoints });
export const begin = (plan: Drawing): Draft => ({ now: drawingOf(plan), before: [], saved: drawingOf(plan) });

const step = (draft: Draft, now: Drawing): Draft => ({ ...draft, now, before: [...draft.before, draft.now].slice(-MOST_STEPS) });
const without = <T>(record: Record<string, T>, key: string): Record<string, T> => Object.fromEntries(Object.entries(record).filter(([id]) => id !== key));

export const undo = (draft: Draft): Draft => (draft.before.length === 0 ? draft : { ...draft, now: draft.before.at(-1)!, before: draft.before.slice(0, -1) });
/** Forgets where the changes began: a drag of many small moves becomes one step from `start`. */
export const asOneStep = (draft: Draft, start: Draft): Draft => (draft.now === start.now ? start : { ...draft, before: [...start.before, start.now].slice(-MOST_STEPS) });
export const isChanged = ({ now, saved }: Draft): boolean => JSON.stringify(sorted(now)) !== JSON.stringify(sorted(saved));
const sorted = ({ zones, touchpoints }: Drawing): unknown => [zones, touchpoints].map((record) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

export const putTouchpoint = (draft: Draft, id: string, at: PlanPoint): Draft => step(draft, { ...draft.now, touchpoints: { ...draft.now.touchpoints, [id]: within(at) } });
export const dropTouchpoint = (draft: Draft, id: string): Draft => step(draft, { ...draft.now, touchpoints: without(draft.now.touchpoints, id) });
/** @throws RangeError for a polygon of too few or too many corners */
export function putZone(draft: Draft, id: string, corners: readonly PlanPoint[]): Draft {
  if (corners.length < LEAST_CORNERS || corners.length > MOST_CORNERS) throw new RangeError(`a zone has ${LEAST_CORNERS} to ${MOST_CORNERS} corners`);
  return step(draft, { ...draft.now, zones: { ...draft.now.zones, [id]: corners.map(within) } });
}
export const dropZone = (draft: Draft, id: string): Draft => step(draft, { ...draft.now, zones: without(draft.now.zones, id) });

export function moveCorner(draft: Draft, id: string, corner: number, to: PlanPoint): Draft {
  const polygon = draft.now.zones[id];
  return polygon?.[corner] === undefined ? draft : putZone(draft, id, polygon.with(corner, to));
}
/** Takes a corner out; a triangle keeps its three. */
export function dropCorner(draft: Draft, id: string, corner: number): Draft {
  const polygon = draft.now.zones[id];
  return polygon === undefined || polygon.length <= LEAST_CORNERS || polygon[corner] === undefined ? draft : putZone(draft, id, polygon.toSpliced(corner, 1));
}
