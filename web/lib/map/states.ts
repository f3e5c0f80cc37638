import type { Alert } from '../../../contract/alerts.ts';
import type { Actor } from '../../../contract/facts.ts';
import type { FloorPlace, FloorState } from '../../../contract/views/floor.ts';
import { own } from '../../../contract/views/own.ts';
import { byUrgency, isSnoozed, zoneOf } from '../floor/inbox.ts';
import type { ShownAlert } from '../floor/pending.ts';

/**
 * What a place shows, worst first. `open` waits for somebody, `trouble` too but is about equipment or the team, `taken` is in
 * somebody's hands, `snoozed` waits until later, `good` is praise, `lively` had ratings within the hour, `quiet` had none.
 */
export const MARKS = ['open', 'trouble', 'taken', 'snoozed', 'good', 'lively', 'quiet'] as const;
export type Mark = (typeof MARKS)[number];

export interface PlaceState {
  mark: Mark;
  /** Alerts here that are not over, those that wait first. */
  alerts: ShownAlert[];
  /** How many of them wait for somebody. */
  waiting: number;
  /** When the first of those that wait began, else when the first of all did; null without alerts. Epoch ms. */
  since: number | null;
  /** Who has the most urgent one that is taken. */
  owner: Actor | null;
  /** Somebody is on the way. */
  walking: boolean;
  /** Something came within the last seconds that nobody has taken. */
  fresh: boolean;
  /** Today's ratings. */
  today: { positive: number; total: number };
  lastAt: number | null;
}

const HOUR = 3600_000;
/** A new alert is pointed at for so long. */
export const FRESH_MS = 12_000;
const EQUIPMENT: ReadonlySet<Alert['tone']> = new Set(['equipment', 'duty']);

function markOf(alert: Alert, now: number): Mark {
  if (alert.owner !== null) return 'taken';
  if (isSnoozed(alert, now)) return 'snoozed';
  if (alert.tone === 'praise') return 'good';
  return EQUIPMENT.has(alert.tone) ? 'trouble' : 'open';
}

const rank = (mark: Mark): number => MARKS.indexOf(mark);
const waits = (mark: Mark): boolean => mark === 'open' || mark === 'trouble';

/** What the alerts of one place and its ratings come to. */
export function placeState(alerts: readonly ShownAlert[], ratings: FloorPlace | undefined, now: number): PlaceState {
  const marked = alerts.map((shown) => ({ shown, mark: markOf(shown.alert, now) })).sort((a, b) => rank(a.mark) - rank(b.mark) || byUrgency(a.shown.alert, b.shown.alert));
  const waiting = marked.filter(({ mark }) => waits(mark)).map(({ shown }) => shown.alert);
  const taken = marked.find(({ mark }) => mark === 'taken')?.shown.alert;
  const counted = waiting.length > 0 ? waiting : marked.map(({ shown }) => shown.alert);
  const calm: Mark = ratings && now - ratings.lastAt < HOUR ? 'lively' : 'quiet';
  return {
    mark: marked[0]?.mark ?? calm,
    alerts: marked.map(({ shown }) => shown),
    waiting: waiting.length,
    since: counted.length === 0 ? null : Math.min(...counted.map(({ since }) => since)),
    owner: taken?.owner ?? null,
    walking: taken?.state === 'on_the_way',
    fresh: waiting.some((alert) => now - alert.openedAt < FRESH_MS),
    today: { positive: ratings?.positive ?? 0, total: ratings ? ratings.lowest + ratings.negative + ratings.neutral + ratings.positive : 0 },
    lastAt: ratings?.lastAt ?? null,
  };
}

/** Alerts by where they belong: a touchpoint, else a zone, else the site as a whole. */
export interface MapStates {
  touchpoints: ReadonlyMap<string, PlaceState>;
  zones: ReadonlyMap<string, PlaceState>;
  site: PlaceState;
}

const NO_TOUCHPOINT = Symbol('no touchpoint');

/** Everything that the map shows of the floor now. */
export function mapStates(floor: Pick<FloorState, 'byPlace' | 'zoneOf' | 'devices'>, shown: readonly ShownAlert[], places: { zones: readonly { id: string }[]; touchpoints: readonly { id: string }[] }, now: number): MapStates {
  const touchpoints = new Set(places.touchpoints.map(({ id }) => id));
  const zones = new Set(places.zones.map(({ id }) => id));
  const touchpointOf = ({ touchpoint, device }: Alert): string | typeof NO_TOUCHPOINT => {
    const at = touchpoint ?? (device === null ? null : own(floor.devices, device)?.touchpoint ?? null);
    return at !== null && touchpoints.has(at) ? at : NO_TOUCHPOINT;
  };
  const byTouchpoint = Map.groupBy(shown, ({ alert }) => touchpointOf(alert));
  const elsewhere = byTouchpoint.get(NO_TOUCHPOINT) ?? [];
  const zoneIn = (alert: Alert): string | null => { const zone = zoneOf(alert, floor); return zone !== null && zones.has(zone) ? zone : null; };
  const byZone = Map.groupBy(elsewhere, ({ alert }) => zoneIn(alert));
  return {
    touchpoints: new Map(places.touchpoints.map(({ id }) => [id, placeState(byTouchpoint.get(id) ?? [], own(floor.byPlace, id), now)])),
    zones: new Map(places.zones.map(({ id }) => [id, placeState(byZone.get(id) ?? [], undefined, now)])),
    site: placeState(byZone.get(null) ?? [], undefined, now),
  };
}

/** People inside a zone, or the site as a whole (null); null where nobody was counted today. What an older page kept may lack it. */
export function peopleInside({ inside }: Partial<Pick<FloorState, 'inside'>>, zone: string | null): number | null {
  return (zone === null ? inside?.site : inside && own(inside.zones, zone))?.people ?? null;
}

/** The worst mark among places: what a zone is tinted by. */
export const worst = (marks: readonly Mark[]): Mark => marks.reduce((least, mark) => (rank(mark) < rank(least) ? mark : least), 'quiet');

/** Order of the list: what waits first, longest first, then by name. */
export function byNeed(a: { state: PlaceState; name: string }, b: { state: PlaceState; name: string }): number {
  return rank(a.state.mark) - rank(b.state.mark) || (a.state.since ?? Infinity) - (b.state.since ?? Infinity) || a.name.localeCompare(b.name);
}

/** Up to two letters of a person's name. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s.@_-]+/).filter((word) => word !== '');
  return words.slice(0, 2).map((word) => [...word][0]!.toLocaleUpperCase()).join('') || '?';
}
