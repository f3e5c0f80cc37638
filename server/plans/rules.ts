import type { FloorPlan, PlanPoint, Site } from '../../contract/index.ts';

/** What people draw: where zones and touchpoints are in the picture. */
export type Drawing = Pick<FloorPlan, 'zones' | 'touchpoints'>;

/** Digits after the point that are kept: a tenth of a pixel of the largest picture is finer than a finger. */
const DIGITS = 4;
const round = (part: number): number => Number(part.toFixed(DIGITS));
const rounded = ({ x, y }: PlanPoint): PlanPoint => ({ x: round(x), y: round(y) });

/** Area of a polygon in parts of the picture (the shoelace formula), never negative. */
export function areaOf(polygon: readonly PlanPoint[]): number {
  let twice = 0;
  polygon.forEach(({ x, y }, i) => {
    const next = polygon[(i + 1) % polygon.length]!;
    twice += x * next.y - next.x * y;
  });
  return Math.abs(twice) / 2;
}

/** A zone smaller than this, as a share of the picture, is a slip of the finger. */
const LEAST_AREA = 0.0001;

/** Why a drawing does not fit its site; undefined when it does. */
export function drawingFlaw(drawing: Drawing, site: Pick<Site, 'zones' | 'touchpoints'>): { path: string; message: string } | undefined {
  const zones = new Set(site.zones.map(({ id }) => id));
  const touchpoints = new Set(site.touchpoints.map(({ id }) => id));
  for (const [id, polygon] of Object.entries(drawing.zones)) {
    if (!zones.has(id)) return { path: `/zones/${id.slice(0, 64)}`, message: 'is no zone of this site: add the zone first' };
    if (areaOf(polygon.map(rounded)) < LEAST_AREA) return { path: `/zones/${id}`, message: 'has no area: set its corners further apart' };
  }
  const stranger = Object.keys(drawing.touchpoints).find((id) => !touchpoints.has(id));
  return stranger === undefined ? undefined : { path: `/touchpoints/${stranger.slice(0, 64)}`, message: 'is no touchpoint of this site: add the touchpoint first' };
}

const mapValues = <A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> => Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** The drawing as it is kept. */
export const tidy = ({ zones, touchpoints }: Drawing): Drawing => ({ zones: mapValues(zones, (polygon) => polygon.map(rounded)), touchpoints: mapValues(touchpoints, rounded) });

/** The drawing without what the site has no more. */
export function presentIn(drawing: Drawing, site: Pick<Site, 'zones' | 'touchpoints'>): Drawing {
  const only = <T>(record: Record<string, T>, places: readonly { id: string }[]): Record<string, T> => Object.fromEntries(places.filter(({ id }) => Object.hasOwn(record, id)).map(({ id }) => [id, record[id]!]));
  return { zones: only(drawing.zones, site.zones), touchpoints: only(drawing.touchpoints, site.touchpoints) };
}
