import type { EmotionSample } from '../../../contract/emotions.ts';

export type View = NonNullable<EmotionSample['view']>;
export const ADVICE = ['dark', 'bright', 'flat', 'blurred', 'moved', 'small', 'turned', 'cut', 'outside', 'no_faces'] as const;
export type AdviceKind = (typeof ADVICE)[number];
/** `px` is the height of a typical face; `good` when nothing is to be done about it. */
export interface Check { what: 'light' | 'sharpness' | 'place' | 'face'; value: number | null; advice: AdviceKind | null }

/** Fewer pixels do not carry an expression: such faces are counted and not read. */
export const LEAST_FACE_PX = 40;
/** Mean luma, 0..255. Below it noise hides faces, above it skin is burnt out. These limits were measured: docs/vision.md, "The wizard's limits". */
const DARK = 40;
const BRIGHT = 180;
/** Standard deviation of luma: fog, a dirty lens, or light from behind. */
const FLAT = 24;
/** Variance of the Laplacian below which edges are smeared: a lens out of focus or dirty. */
const BLURRED = 25;
/** Share of the scene that must fit what was set up: four people over it leave as much, a camera that was turned does not. */
const SAME_SCENE = 0.45;
/** Views looked at: some seconds, so that one passing face or one dark frame decides nothing. */
export const VIEWS = 25;

const median = (values: readonly number[]): number | null => (values.length === 0 ? null : values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!);
const of = (views: readonly View[], pick: (view: View) => number | null): number | null => median(views.map(pick).filter((value): value is number => value !== null));

/** What the latest views of a camera say of its place, with what to do about each. @param views newest last. Pure. */
export function checksOf(all: readonly View[]): Check[] {
  const views = all.slice(-VIEWS);
  const [light, contrast, sharpness, scene] = [of(views, (view) => view.light), of(views, (view) => view.contrast), of(views, (view) => view.sharpness), of(views, (view) => view.scene)];
  const faces = views.flatMap((view) => view.faces);
  return [
    { what: 'light', value: light, advice: light === null ? null : light < DARK ? 'dark' : light > BRIGHT ? 'bright' : (contrast ?? FLAT) < FLAT ? 'flat' : null },
    { what: 'sharpness', value: sharpness, advice: sharpness !== null && sharpness < BLURRED && light !== null && light >= DARK ? 'blurred' : null },
    { what: 'place', value: scene, advice: scene !== null && scene < SAME_SCENE ? 'moved' : null },
    { what: 'face', value: median(faces.map(({ px }) => px)), advice: views.length === 0 ? null : faceAdvice(faces) },
  ];
}

/** By what most faces suffer from, if fewer than half were read. */
function faceAdvice(faces: View['faces']): AdviceKind | null {
  if (faces.length === 0) return 'no_faces';
  const px = median(faces.map((face) => face.px))!;
  if (px < LEAST_FACE_PX) return 'small';
  const left = faces.map((face) => face.left).filter((why) => why !== null);
  if (left.length * 2 <= faces.length) return null;
  const count = (why: string) => left.filter((one) => one === why).length;
  const kinds = ['small', 'blurred', 'turned', 'cut', 'outside'] as const;
  const worst = kinds.reduce((most, kind) => (count(kind) > count(most) ? kind : most));
  return count(worst) === 0 ? null : worst;
}
