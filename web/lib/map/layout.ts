import type { FloorPlan, PlanPoint } from '../../../contract/plans.ts';
import type { Site } from '../../../contract/places.ts';
import { own } from '../../../contract/views/own.ts';
import { crest, spots, widthOf, type Polygon } from './geometry.ts';

/** What the map draws. */
export interface Layout {
  /** Width over height. */
  aspect: number;
  picture: FloorPlan['picture'];
  zones: { id: string; name: string; polygon: Polygon; label: PlanPoint; /** From its left to its right side. */ width: number }[];
  touchpoints: { id: string; name: string; zone: string | null; at: PlanPoint; /** Nobody said where it is: it stands somewhere in its zone. */ guessed: boolean }[];
  /** Touchpoints that nobody knows where to put. */
  unplaced: string[];
  /** Nobody has drawn a plan: zones stand side by side, wherever they really are. */
  made: boolean;
}

type Places = Pick<Site, 'zones' | 'touchpoints'>;

export const isBlank = (plan: FloorPlan): boolean => plan.picture === null && Object.keys(plan.zones).length === 0 && Object.keys(plan.touchpoints).length === 0;

/** The plan as it was drawn, or one of tiles while nobody has drawn any. `aspect` is that of the screen's free place. */
export function layoutOf(plan: FloorPlan, site: Places, aspect: number): Layout {
  return isBlank(plan) ? tiles(site, aspect) : drawn(plan, site);
}

/** Of a plan that was drawn without a picture. */
export const PLAIN_ASPECT = 1.6;

function drawn(plan: FloorPlan, site: Places): Layout {
  const aspect = plan.picture ? plan.picture.width / plan.picture.height : PLAIN_ASPECT;
  const zones = site.zones.flatMap(({ id, name }) => {
    const polygon = own(plan.zones, id);
    return polygon ? [{ id, name, polygon, label: crest(polygon), width: widthOf(polygon) }] : [];
  });
  const placed = site.touchpoints.flatMap((one) => {
    const at = own(plan.touchpoints, one.id);
    return at ? [{ ...one, at, guessed: false }] : [];
  });
  const rest = site.touchpoints.filter(({ id }) => !own(plan.touchpoints, id));
  const guessed = zones.flatMap(({ id, polygon }) => guessesIn(rest.filter(({ zone }) => zone === id), polygon, aspect, [crest(polygon), ...placed.map(({ at }) => at)]));
  const known = new Set([...placed, ...guessed].map(({ id }) => id));
  return { aspect, picture: plan.picture, zones, touchpoints: [...placed, ...guessed], unplaced: rest.filter(({ id }) => !known.has(id)).map(({ id }) => id), made: false };
}

function guessesIn(touchpoints: Places['touchpoints'], polygon: Polygon, aspect: number, taken: readonly PlanPoint[]): Layout['touchpoints'] {
  const at = spots(polygon, touchpoints.length, aspect, taken);
  return touchpoints.map((one, i) => ({ ...one, at: at[i]!, guessed: true }));
}

const GUTTER = 0.012;
/** Room for a tile's name above its touchpoints, as a share of the tile's height. */
const NAME_SHARE = 0.3;

/** A tile for each zone and one for touchpoints without a zone, in rows; wider rows for more touchpoints. */
function tiles(site: Places, aspect: number): Layout {
  const groups = [
    ...site.zones.map(({ id, name }) => ({ id, name, touchpoints: site.touchpoints.filter(({ zone }) => zone === id) })),
    { id: null, name: '', touchpoints: site.touchpoints.filter(({ zone }) => zone === null) },
  ].filter(({ id, touchpoints }) => id !== null || touchpoints.length > 0);
  const rows = inRows(groups, rowCount(groups.length, aspect));
  const zones: Layout['zones'] = [];
  const touchpoints: Layout['touchpoints'] = [];
  rows.forEach((row, r) => {
    const weights = row.map((group) => Math.sqrt(Math.max(1, group.touchpoints.length)));
    const total = weights.reduce((sum, one) => sum + one, 0);
    let left = 0;
    row.forEach((group, i) => {
      const width = weights[i]! / total;
      const tile = { left: left + GUTTER, right: left + width - GUTTER, top: r / rows.length + GUTTER * aspect, bottom: (r + 1) / rows.length - GUTTER * aspect };
      left += width;
      if (group.id !== null) zones.push({ id: group.id, name: group.name, polygon: cornersOf(tile), label: { x: (tile.left + tile.right) / 2, y: tile.top + (tile.bottom - tile.top) * (NAME_SHARE / 2) }, width: tile.right - tile.left });
      touchpoints.push(...inTile(group.touchpoints, tile, aspect));
    });
  });
  return { aspect, picture: null, zones, touchpoints, unplaced: [], made: true };
}

interface Tile { left: number; right: number; top: number; bottom: number }
const cornersOf = ({ left, right, top, bottom }: Tile): Polygon => [{ x: left, y: top }, { x: right, y: top }, { x: right, y: bottom }, { x: left, y: bottom }];

const rowCount = (groups: number, aspect: number): number => Math.max(1, Math.min(groups, Math.round(Math.sqrt(groups / aspect))));

function inRows<T>(items: readonly T[], rows: number): T[][] {
  const out: T[][] = [];
  for (let r = 0; r < rows; r++) out.push(items.slice(Math.round((r * items.length) / rows), Math.round(((r + 1) * items.length) / rows)));
  return out.filter((row) => row.length > 0);
}

/** Evenly below the tile's name. */
function inTile(touchpoints: Places['touchpoints'], tile: Tile, aspect: number): Layout['touchpoints'] {
  const top = tile.top + (tile.bottom - tile.top) * NAME_SHARE;
  const [width, height] = [tile.right - tile.left, tile.bottom - top];
  const columns = Math.max(1, Math.min(touchpoints.length, Math.ceil(Math.sqrt((touchpoints.length * width * aspect) / Math.max(height, 0.01)))));
  const rows = Math.max(1, Math.ceil(touchpoints.length / columns));
  return touchpoints.map((one, i) => {
    const row = Math.floor(i / columns);
    const inRow = Math.min(columns, touchpoints.length - row * columns);
    return { ...one, guessed: true, at: { x: tile.left + (((i % columns) + 0.5) / inRow) * width, y: top + ((row + 0.5) / rows) * height } };
  });
}
