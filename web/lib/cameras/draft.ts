import type { AreaRole, CameraArea, CameraChoices, CameraSetup, Point, Polygon } from '../../../contract/cameras.ts';
import { areaOf, between, crossesItself, lengthOf, within } from './geometry.ts';

/** A set-up that is being changed, with what was before. Each change is a new one; nothing is changed in place. Pure. */
export interface Draft {
  now: CameraChoices;
  /** Oldest first. */
  before: readonly CameraChoices[];
  saved: CameraChoices;
}
/** What was drawn: an area by its id, a mask by its place in the list, or the entrance line. */
export type Shape = { kind: 'area'; id: string } | { kind: 'mask'; index: number } | { kind: 'line' };

export const STEPS = ['purpose', 'areas', 'staff', 'line', 'check'] as const;
export type Step = (typeof STEPS)[number];
export const FLAWS = ['no_purpose', 'no_work', 'area_unnamed', 'area_small', 'area_crossed', 'staff_unsaid', 'mask_missing', 'mask_small', 'mask_crossed', 'line_missing', 'line_short'] as const;
export type Flaw = (typeof FLAWS)[number];

export const LEAST_CORNERS = 3;
export const MOST_CORNERS = 32;
export const MOST_SHAPES = 8;
const MOST_BACK = 100;
/** As the hub judges: smaller is a slip of the finger, and nobody can be seen to cross a shorter line. */
const LEAST_AREA = 0.0005;
const LEAST_LINE = 0.05;
/** Somebody who turns round in the door, and people who come together. */
const REENTRY_S = 10;
const GROUP_S = 2;

export function choicesOf({ purpose, emotions, counting, demographics, areas, staff, masks, line }: CameraSetup): CameraChoices {
  return { purpose, emotions, counting, demographics, areas, staff, masks, line };
}
export const begin = (choices: CameraChoices): Draft => ({ now: choices, before: [], saved: choices });
export const change = (draft: Draft, part: Partial<CameraChoices>): Draft => ({ ...draft, now: { ...draft.now, ...part }, before: [...draft.before, draft.now].slice(-MOST_BACK) });
export const undo = (draft: Draft): Draft => (draft.before.length === 0 ? draft : { ...draft, now: draft.before.at(-1)!, before: draft.before.slice(0, -1) });
export const isChanged = ({ now, saved }: Draft): boolean => JSON.stringify(now) !== JSON.stringify(saved);
/** A drag or a word typed letter by letter is one step back, to where it began. */
export const asOneStep = (draft: Draft, from: Draft): Draft => (draft.now === from.now ? from : { ...draft, before: [...from.before, from.now].slice(-MOST_BACK) });

export function cornersOf(choices: CameraChoices, shape: Shape): readonly Point[] {
  if (shape.kind === 'line') return choices.line ? [choices.line.from, choices.line.to] : [];
  return (shape.kind === 'area' ? choices.areas.find(({ id }) => id === shape.id)?.polygon : choices.masks[shape.index]) ?? [];
}

/** Gives a shape other corners; a line takes the first two. */
export function putCorners(draft: Draft, shape: Shape, corners: readonly Point[]): Draft {
  const polygon = corners.map(within);
  const { areas, masks, line } = draft.now;
  if (shape.kind === 'area') return change(draft, { areas: areas.map((area) => (area.id === shape.id ? { ...area, polygon } : area)) });
  if (shape.kind === 'mask') return change(draft, { masks: masks.map((mask, i) => (i === shape.index ? polygon : mask)) });
  const [from, to] = polygon;
  return from && to ? change(draft, { line: { inward: 'left', reentryS: REENTRY_S, groupS: GROUP_S, ...line, from, to } }) : draft;
}
export function moveCorner(draft: Draft, shape: Shape, corner: number, to: Point): Draft {
  const corners = cornersOf(draft.now, shape);
  return corners[corner] === undefined ? draft : putCorners(draft, shape, corners.with(corner, to));
}
/** A new corner in the middle of the side after `corner`. */
export function splitSide(draft: Draft, shape: Shape, corner: number): Draft {
  const corners = cornersOf(draft.now, shape);
  if (shape.kind === 'line' || corners.length >= MOST_CORNERS || corners[corner] === undefined) return draft;
  return putCorners(draft, shape, corners.toSpliced(corner + 1, 0, between(corners[corner], corners[(corner + 1) % corners.length]!)));
}
/** Takes a corner out; a triangle keeps its three and a line its ends. */
export function dropCorner(draft: Draft, shape: Shape, corner: number): Draft {
  const corners = cornersOf(draft.now, shape);
  return shape.kind === 'line' || corners.length <= LEAST_CORNERS || corners[corner] === undefined ? draft : putCorners(draft, shape, corners.toSpliced(corner, 1));
}
export function dropShape(draft: Draft, shape: Shape): Draft {
  const { areas, masks } = draft.now;
  if (shape.kind === 'line') return change(draft, { line: null });
  return change(draft, shape.kind === 'area' ? { areas: areas.filter(({ id }) => id !== shape.id) } : { masks: masks.filter((_, i) => i !== shape.index) });
}

/** A new area with an id that no other of this camera has. */
export function addArea(draft: Draft, polygon: Polygon, name: string, role: AreaRole = 'contact'): { draft: Draft; id: string } {
  const taken = new Set(draft.now.areas.map((area) => area.id));
  let number = 1;
  while (taken.has(`area-${number}`)) number++;
  const id = `area-${number}`;
  return { draft: change(draft, { areas: [...draft.now.areas, { id, name, role, polygon: polygon.map(within), zone: null, touchpoint: null }] }), id };
}
export const changeArea = (draft: Draft, id: string, part: Partial<Omit<CameraArea, 'id' | 'polygon'>>): Draft => change(draft, { areas: draft.now.areas.map((area) => (area.id === id ? { ...area, ...part } : area)) });
/** Draws where staff are; whoever draws it has said that there are some. */
export const addMask = (draft: Draft, polygon: Polygon): Draft => change(draft, { staff: 'masked', masks: [...draft.now.masks, polygon.map(within)] });
export const turnLine = (draft: Draft): Draft => (draft.now.line ? change(draft, { line: { ...draft.now.line, inward: draft.now.line.inward === 'left' ? 'right' : 'left' } }) : draft);

/** The steps that these choices need: without counting there is no line to draw. */
export const stepsOf = ({ counting }: CameraChoices): readonly Step[] => STEPS.filter((step) => step !== 'line' || counting);

/** What keeps a step from being done; null when it is. */
export function flawOf(step: Step, choices: CameraChoices): Flaw | null {
  const { purpose, emotions, counting, areas, staff, masks, line } = choices;
  switch (step) {
    case 'purpose':
      if (!emotions && !counting) return 'no_work';
      return purpose === null || purpose.trim() === '' ? 'no_purpose' : null;
    case 'areas':
      if (areas.some(({ name }) => name.trim() === '')) return 'area_unnamed';
      // Before its size: what lies on either side of a crossing cancels out.
      if (areas.some(({ polygon }) => crossesItself(polygon))) return 'area_crossed';
      return areas.some(({ polygon }) => areaOf(polygon) < LEAST_AREA) ? 'area_small' : null;
    case 'staff':
      if (staff === null) return 'staff_unsaid';
      if (staff === 'none') return null;
      if (masks.length === 0) return 'mask_missing';
      if (masks.some(crossesItself)) return 'mask_crossed';
      return masks.some((mask) => areaOf(mask) < LEAST_AREA) ? 'mask_small' : null;
    case 'line':
      if (!counting) return null;
      if (line === null) return 'line_missing';
      return lengthOf(line) < LEAST_LINE ? 'line_short' : null;
    case 'check': return null;
  }
}

/** The first step that is not done, or the last: beyond it nobody can go. */
export function reachOf(choices: CameraChoices): Step {
  const steps = stepsOf(choices);
  return steps.find((step) => flawOf(step, choices) !== null) ?? steps.at(-1)!;
}
/** What is sent: without the blanks around names, and without what the choices do not use. */
export function finished(choices: CameraChoices): CameraChoices {
  const { purpose, staff, counting } = choices;
  return {
    ...choices, purpose: purpose?.trim() || null, areas: choices.areas.map((area) => ({ ...area, name: area.name.trim() })),
    masks: staff === 'masked' ? choices.masks : [], line: counting ? choices.line : null, demographics: choices.emotions && choices.demographics,
  };
}
