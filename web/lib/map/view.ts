import type { PlanPoint } from '../../../contract/plans.ts';

/** How the plan lies in its window: `zoom` 1 shows all of it; `x` and `y` are where its upper left corner is, px. Pure. */
export interface View { zoom: number; x: number; y: number }
export interface Size { width: number; height: number }

export const MAX_ZOOM = 6;
/** One press of a button. */
export const ZOOM_STEP = 1.5;

/** The plan's size at zoom 1: as large as the window allows. */
export function fitted(window: Size, aspect: number): Size {
  const width = Math.max(1, Math.min(window.width, window.height * aspect));
  return { width, height: width / aspect };
}

/** The plan's size as it is shown. */
export function shownSize(window: Size, aspect: number, zoom: number): Size {
  const { width, height } = fitted(window, aspect);
  return { width: width * zoom, height: height * zoom };
}

/** Keeps the plan in its window: in the middle where it is smaller, covering the window where it is larger. */
export function settled(view: View, window: Size, aspect: number): View {
  const zoom = Math.min(MAX_ZOOM, Math.max(1, view.zoom));
  const size = shownSize(window, aspect, zoom);
  const along = (at: number, room: number, length: number): number => (length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, at)));
  return { zoom, x: along(view.x, window.width, size.width), y: along(view.y, window.height, size.height) };
}

/** Zooms by a factor; what is at `focus` (px in the window) stays there. */
export function zoomed(view: View, factor: number, focus: PlanPoint, window: Size, aspect: number): View {
  const zoom = Math.min(MAX_ZOOM, Math.max(1, view.zoom * factor));
  const scale = zoom / view.zoom;
  return settled({ zoom, x: focus.x - (focus.x - view.x) * scale, y: focus.y - (focus.y - view.y) * scale }, window, aspect);
}

/** Where in the picture (0..1, or beyond) a point of the window is. */
export function pictureAt(point: PlanPoint, view: View, window: Size, aspect: number): PlanPoint {
  const size = shownSize(window, aspect, view.zoom);
  return { x: (point.x - view.x) / size.width, y: (point.y - view.y) / size.height };
}

/** Brings a point of the picture into the middle, as far as the edges let. */
export function centred(at: PlanPoint, view: View, window: Size, aspect: number): View {
  const size = shownSize(window, aspect, view.zoom);
  return settled({ zoom: view.zoom, x: window.width / 2 - at.x * size.width, y: window.height / 2 - at.y * size.height }, window, aspect);
}
