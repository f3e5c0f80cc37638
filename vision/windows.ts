import type { EmotionShares, EmotionWindow, FacesLeft } from '../contract/index.ts';
import type { TrackedFace, Visit } from './readings.ts';
import { addFaces, addVisit, mergeFaces, mergeVisits, noFaces, noVisits, toFaces, toVisits, type FaceSums, type VisitSums } from './windows-sums.ts';

/** Length of a window, ms; windows start at multiples of it since the epoch. */
export const WINDOW_MS = 10_000;
/** Name of the row of people behind the masks, where they may be read. They are in no area and never in the whole. */
export const STAFF_ROW = 'staff';

/** One drawn area's, or the staff's, part of a window. */
export interface AreaSums { faces: FaceSums; visits: VisitSums }

/** What a camera showed in one window so far. All fields are whole numbers: merging is exact. */
export interface WindowSums {
  camera: string;
  /** Epoch ms, a multiple of `WINDOW_MS`. */
  from: number;
  frames: number;
  dropped: number;
  faces: FaceSums;
  left: FacesLeft;
  visits: VisitSums;
  /** By the area's id, for every area that was drawn. */
  areas: Readonly<Record<string, AreaSums>>;
  /** Null while nobody behind a mask was read. */
  staff: AreaSums | null;
}

/** What one measured frame adds. */
export interface Observation {
  camera: string;
  /** Capture time, epoch ms. */
  at: number;
  faces: readonly TrackedFace[];
  /** Visits that this frame ended: they belong to the window of the frame. */
  ended?: readonly Visit[];
  /** Ids of the areas that are drawn: each has its row, with faces or without. */
  areas?: readonly string[];
}

/** Start of the window that holds `at` (both epoch ms). */
export const windowStart = (at: number): number => Math.floor(at / WINDOW_MS) * WINDOW_MS;

const noArea = (): AreaSums => ({ faces: noFaces(), visits: noVisits() });

/** The neutral element of `mergeWindows`. */
export function emptyWindow(camera: string, from: number): WindowSums {
  return {
    camera, from, frames: 0, dropped: 0, faces: noFaces(), left: { small: 0, blurred: 0, turned: 0, cut: 0, still: 0, mirrored: 0 }, visits: noVisits(), areas: {}, staff: null,
  };
}

/** @param smileAbove p(happy) above which a face counts as smiling, 0..1. */
export function addObservation(window: WindowSums, { faces, areas = [] }: Pick<Observation, 'faces' | 'areas'>, smileAbove: number): WindowSums {
  const visitors = faces.filter(({ staff }) => !staff);
  const staff = readFaces(faces.filter((face) => face.staff));
  const rows: Record<string, AreaSums> = { ...window.areas };
  for (const area of areas) {
    const row = rows[area] ?? noArea();
    rows[area] = { ...row, faces: addFaces(row.faces, readFaces(visitors.filter((face) => face.area === area)), smileAbove) };
  }
  const behind = window.staff ?? noArea();
  return {
    ...window, frames: window.frames + 1, faces: addFaces(window.faces, readFaces(visitors), smileAbove), left: addLeft(window.left, visitors), areas: rows,
    staff: staff.length > 0 ? { ...behind, faces: addFaces(behind.faces, staff, smileAbove) } : window.staff,
  };
}

/** Adds people whose time in view ended in the window; of areas that were drawn meanwhile anew, a row appears. */
export function addVisits(window: WindowSums, visits: readonly Visit[], smileAbove: number): WindowSums {
  return visits.reduce((sums, visit) => addOneVisit(sums, visit, smileAbove), window);
}

function addOneVisit(window: WindowSums, visit: Visit, smileAbove: number): WindowSums {
  const added = (row: AreaSums = noArea()): AreaSums => ({ ...row, visits: addVisit(row.visits, visit, smileAbove) });
  if (visit.staff) return { ...window, staff: added(window.staff ?? undefined) };
  const areas = visit.area === null ? window.areas : { ...window.areas, [visit.area]: added(window.areas[visit.area]) };
  return { ...window, visits: addVisit(window.visits, visit, smileAbove), areas };
}

/** What was read, of faces that are somebody's. */
const readFaces = (faces: readonly TrackedFace[]): EmotionShares[] => faces.flatMap(({ shares, left, discount }) => (shares !== null && left === null && discount === null ? [shares] : []));

function addLeft(left: FacesLeft, faces: readonly TrackedFace[]): FacesLeft {
  const next = { ...left };
  for (const face of faces) {
    // Outside of the areas nothing is looked at, posters no more than people.
    if (face.left === 'outside') continue;
    const why = face.discount ?? face.left;
    if (why !== null) next[why]++;
  }
  return next;
}

/** Two parts of the same camera's same window; associative and commutative. */
export function mergeWindows(a: WindowSums, b: WindowSums): WindowSums {
  const areas: Record<string, AreaSums> = { ...a.areas };
  for (const [id, row] of Object.entries(b.areas)) areas[id] = mergeAreas(areas[id], row);
  return {
    camera: a.camera, from: a.from, frames: a.frames + b.frames, dropped: a.dropped + b.dropped, faces: mergeFaces(a.faces, b.faces), visits: mergeVisits(a.visits, b.visits),
    left: {
      small: a.left.small + b.left.small, blurred: a.left.blurred + b.left.blurred, turned: a.left.turned + b.left.turned, cut: a.left.cut + b.left.cut,
      still: a.left.still + b.left.still, mirrored: a.left.mirrored + b.left.mirrored,
    },
    areas, staff: a.staff && b.staff ? mergeAreas(a.staff, b.staff) : a.staff ?? b.staff,
  };
}

const mergeAreas = (a: AreaSums | undefined, b: AreaSums): AreaSums => (a ? { faces: mergeFaces(a.faces, b.faces), visits: mergeVisits(a.visits, b.visits) } : b);

/** The window as it is sent. Areas by id, the staff's row last. */
export function toEmotionWindow(sums: WindowSums, smileAbove: number): EmotionWindow {
  const rows = Object.entries(sums.areas).sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, MAX_AREAS).map(([area, row]) => ({ area, ...toFaces(row.faces), visits: toVisits(row.visits) }));
  const staff = sums.staff ? [{ area: STAFF_ROW, staff: true as const, ...toFaces(sums.staff.faces), visits: toVisits(sums.staff.visits) }] : [];
  return {
    camera: sums.camera, from: sums.from, to: sums.from + WINDOW_MS, frames: sums.frames, dropped: sums.dropped, ...toFaces(sums.faces),
    smileAbove, left: { ...sums.left }, visits: toVisits(sums.visits), areas: [...rows, ...staff],
  };
}

/** As many as a set-up may draw. Within one window a set-up may change: of more rows the rest is left out. */
const MAX_AREAS = 8;

/**
 * Folds observations into windows by capture time. A window is finished once the clock has passed its end by
 * `graceMs`; what is measured later than that counts as dropped in the window that is then open, so no frame
 * goes missing from the counts, nor does a visit.
 */
export class WindowFold {
  /** Observations that came after their window was finished. */
  late = 0;
  readonly #graceMs: number;
  readonly #smileAbove: number;
  readonly #open = new Map<string, WindowSums>();
  /** Per camera: windows that start before this are finished. */
  readonly #finished = new Map<string, number>();

  constructor(options: { graceMs?: number; smileAbove?: number } = {}) {
    this.#graceMs = options.graceMs ?? 2_000;
    this.#smileAbove = options.smileAbove ?? 0.5;
  }

  observe(observation: Observation): void {
    const { camera, at, ended = [] } = observation;
    if (this.#isLate(camera, at)) {
      this.late++;
      this.drop(camera, at);
    } else {
      this.#update(camera, at, (window) => addObservation(window, observation, this.#smileAbove));
    }
    this.ended(camera, at, ended);
  }

  /** People whose time in view ended at `at`, as when their camera went. */
  ended(camera: string, at: number, visits: readonly Visit[]): void {
    if (visits.length > 0) this.#update(camera, this.#openTime(camera, at), (window) => addVisits(window, visits, this.#smileAbove));
  }

  /** Counts a frame captured at `at` that was not measured. */
  drop(camera: string, at: number): void {
    this.#update(camera, this.#openTime(camera, at), (window) => ({ ...window, dropped: window.dropped + 1 }));
  }

  /** Windows that are over at `now` (epoch ms), oldest first; a window of which nothing is known is not among them. */
  finish(now: number): EmotionWindow[] {
    return this.#take((window) => window.from + WINDOW_MS + this.#graceMs <= now);
  }

  /** All open windows, when the node stops. Started again within the same window, it sends the rest as another one. */
  flush(): EmotionWindow[] {
    return this.#take(() => true);
  }

  /** `at`, or where its window is finished the start of the one after it. */
  #openTime(camera: string, at: number): number {
    return this.#isLate(camera, at) ? this.#finished.get(camera)! : at;
  }

  #isLate(camera: string, at: number): boolean {
    return windowStart(at) < (this.#finished.get(camera) ?? 0);
  }

  #update(camera: string, at: number, change: (window: WindowSums) => WindowSums): void {
    const from = windowStart(at);
    const key = `${from} ${camera}`;
    this.#open.set(key, change(this.#open.get(key) ?? emptyWindow(camera, from)));
  }

  #take(over: (window: WindowSums) => boolean): EmotionWindow[] {
    const done = [...this.#open].filter(([, window]) => over(window)).sort(([, a], [, b]) => a.from - b.from);
    for (const [key, window] of done) {
      this.#open.delete(key);
      this.#finished.set(window.camera, Math.max(this.#finished.get(window.camera) ?? 0, window.from + WINDOW_MS));
    }
    return done.map(([, window]) => toEmotionWindow(window, this.#smileAbove));
  }
}
