import type { CameraChoices, Point, Polygon, Site } from '../../contract/index.ts';

/** What a camera does until somebody decides: nothing, since nobody said anything of staff. */
export const NO_CHOICES: CameraChoices = { purpose: null, emotions: true, counting: false, demographics: false, areas: [], staff: null, masks: [], line: null };

export interface Flaw { path: string; message: string }

/** A drawn shape smaller than this, as a share of the picture, is a slip of the finger. */
const LEAST_AREA = 0.0005;
/** Nobody can be seen to cross a line that is shorter than this, as a share of the picture's side. */
const LEAST_LINE = 0.05;
/** Digits after the point that are kept: a tenth of a pixel of the largest picture. */
const DIGITS = 4;

/** Area of a polygon as a share of the picture (the shoelace formula), never negative. */
function areaOf(polygon: Polygon): number {
  let twice = 0;
  polygon.forEach(([x, y], i) => {
    const [nextX, nextY] = polygon[(i + 1) % polygon.length]!;
    twice += x * nextY - nextX * y;
  });
  return Math.abs(twice) / 2;
}

/** On which side of the line from `a` to `b` the point lies: above, below or 0. */
const side = ([ax, ay]: Point, [bx, by]: Point, [x, y]: Point): number => Math.sign((bx - ax) * (y - ay) - (by - ay) * (x - ax));

/** Whether two sides of a polygon pass through each other. Sides that only touch do not count. */
const cross = (a: Point, b: Point, c: Point, d: Point): boolean => side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;

/** Whether the polygon's outline passes through itself: what is inside is then not what was meant. */
export function crossesItself(polygon: Polygon): boolean {
  const corner = (i: number): Point => polygon[i % polygon.length]!;
  return polygon.some((_, i) => polygon.some((__, j) => j > i + 1 && cross(corner(i), corner(i + 1), corner(j), corner(j + 1))));
}

function shapeFlaw(path: string, polygon: Polygon): Flaw | undefined {
  // First: the two halves of a bow tie cancel each other out, so that it seems to have no area.
  if (crossesItself(rounded(polygon))) return { path, message: 'crosses itself: draw its corners in order' };
  return areaOf(rounded(polygon)) < LEAST_AREA ? { path, message: 'has no area: set its corners further apart' } : undefined;
}

/** Why what an installer decided cannot be done at this site; undefined when it can. */
export function choicesFlaw(choices: CameraChoices, site: Pick<Site, 'zones' | 'touchpoints'>): Flaw | undefined {
  const zones = new Set(site.zones.map(({ id }) => id));
  const touchpoints = new Set(site.touchpoints.map(({ id }) => id));
  const seen = new Set<string>();
  for (const [i, { id, zone, touchpoint, polygon }] of choices.areas.entries()) {
    const path = `/areas/${i}`;
    if (seen.has(id)) return { path: `${path}/id`, message: 'is the id of another area too: give each its own' };
    seen.add(id);
    if (zone !== null && !zones.has(zone)) return { path: `${path}/zone`, message: 'is no zone of this site: add the zone first' };
    if (touchpoint !== null && !touchpoints.has(touchpoint)) return { path: `${path}/touchpoint`, message: 'is no touchpoint of this site: add the touchpoint first' };
    const flaw = shapeFlaw(`${path}/polygon`, polygon);
    if (flaw) return flaw;
  }
  for (const [i, mask] of choices.masks.entries()) {
    const flaw = shapeFlaw(`/masks/${i}`, mask);
    if (flaw) return flaw;
  }
  if (choices.staff === 'masked' && choices.masks.length === 0) return { path: '/masks', message: 'draw where staff are, or say that there are none' };
  if (choices.counting && choices.line === null) return { path: '/line', message: 'draw the line that people cross: counting needs it' };
  if (choices.line) {
    const { from, to } = choices.line;
    if (Math.hypot(to[0] - from[0], to[1] - from[1]) < LEAST_LINE) return { path: '/line', message: 'is too short: draw it across the whole entrance' };
  }
  return undefined;
}

const round = (part: number): number => Number(part.toFixed(DIGITS));
const roundedPoint = ([x, y]: Point): Point => [round(x), round(y)];
const rounded = (polygon: Polygon): Polygon => polygon.map(roundedPoint);

/** The choices as they are kept. */
export function tidy(choices: CameraChoices): CameraChoices {
  const { areas, masks, line } = choices;
  return {
    ...choices, areas: areas.map((area) => ({ ...area, polygon: rounded(area.polygon) })), masks: masks.map(rounded),
    line: line && { ...line, from: roundedPoint(line.from), to: roundedPoint(line.to) },
  };
}

/** The version that an `If-Match` header names: an entity tag or a bare number; 0 without a header, undefined for what is neither. */
export function expectedVersion(header: string | undefined): number | undefined {
  if (header === undefined) return 0;
  const digits = /^\s*(?:"(\d{1,9})"|(\d{1,9}))\s*$/.exec(header);
  return digits ? Number(digits[1] ?? digits[2]) : undefined;
}

/** What the journal says of choices: what is done and how much was drawn, no coordinates. */
export const summaryOf = ({ emotions, counting, demographics, areas, staff, masks, line, purpose }: CameraChoices): Record<string, unknown> =>
  ({ purpose, emotions, counting, demographics, staff, areas: areas.map(({ id, role }) => `${id} (${role})`), masks: masks.length, line: line !== null });
