import type { AnyEvent } from '../events.ts';
import { ratingClass, type RatingClass } from '../rating.ts';
import type { Alert } from '../alerts.ts';
import type { DutyRole } from '../duty.ts';
import { minuteOf, type Day } from '../time.ts';
import { ALERT_EVENTS, changeAlert, openedAlert, type AlertEvent } from './alerts.ts';
import { countInside, NOBODY, type Inside } from './inside.ts';
import { own } from './own.ts';

/**
 * State of channel `floor:<site>`. The hub folds it for snapshots and the console folds the same events onto the
 * snapshot, with this same code, so both stand at the same state for the same offset.
 */
export interface FloorState {
  site: { id: string; name: string; timezone: string };
  day: Day;
  /** Names of touchpoints and cameras by id. */
  places: Record<string, string>;
  cameras: Record<string, { name: string; touchpoint: string | null }>;
  /** Names of zones by id, and the zone that each touchpoint is in. */
  zones: Record<string, string>;
  zoneOf: Record<string, string>;
  devices: Record<string, { name: string; touchpoint: string | null }>;
  /** Who is on duty, by person. */
  duty: Record<string, { name: string; role: DutyRole; zones: string[] | null; until: number | null }>;
  /** Today's ratings by touchpoint, with the latest one; what the map shows. */
  byPlace: Record<string, FloorPlace>;
  /** Who is inside since the start of the day: at the site as a whole, and by zone and touchpoint of what counted them. */
  inside: { site: Inside; zones: Record<string, Inside>; touchpoints: Record<string, Inside> };
  /** Alerts that are not over, oldest first. */
  alerts: Alert[];
  /** Latest events that a person may want to read, newest first. */
  feed: FeedItem[];
  /** One entry a minute with anything in it, ascending, the last `FLOOR_MINUTES`. */
  minutes: FloorMinute[];
  today: FloorToday;
}
export interface FloorMinute {
  minute: number;
  lowest: number; negative: number; neutral: number; positive: number;
  in: number; out: number; receipts: number;
  /** Visitors of the whole site whose mood was told of in this minute, and sums over them. Never of one camera. */
  mood: { people: number; mood: number; smile: number };
}
export interface FloorPlace { lowest: number; negative: number; neutral: number; positive: number; last: RatingClass; lastAt: number }
export interface FloorToday { lowest: number; negative: number; neutral: number; positive: number; in: number; out: number; receipts: number; resolved: number; claimSeconds: number; claims: number }
export interface FeedItem { offset: number; id: string; at: number; type: AnyEvent['type']; touchpoint: string | null; device: string; text: FeedText }
/** What the feed line says, in data; wording is the web's. */
export type FeedText =
  | { kind: 'rated'; value: number; scale: number; factor: string | null }
  | { kind: 'messaged'; text: string | null; voice: boolean; photo: boolean }
  | { kind: 'counted'; in: number; out: number }
  | { kind: 'lost'; reason: string | null }
  | { kind: 'camera'; camera: string; connected: boolean }
  | { kind: 'alert'; alert: string; what: 'opened' | 'claimed' | 'departed' | 'released' | 'returned' | 'escalated' | 'resolved' | 'expired' | 'cleared'; by: string | null; cause: string | null }
  | { kind: 'device'; device: string; silent: boolean }
  | { kind: 'duty'; by: string; started: boolean };

export const FLOOR_MINUTES = 180;
export const FLOOR_FEED = 40;

export const FLOOR_TYPES: ReadonlySet<string> = new Set([
  'feedback.rated', 'feedback.messaged', 'traffic.counted', 'traffic.discounted', 'sale.recorded', 'emotion.summed', 'visit.lost',
  'camera.connected', 'camera.disconnected', 'device.silent', 'device.seen', 'duty.started', 'duty.ended', ...ALERT_EVENTS,
]);

export function emptyFloor(site: FloorState['site'], day: Day, names: Pick<FloorState, 'places' | 'cameras'> & Partial<Pick<FloorState, 'zones' | 'zoneOf' | 'devices' | 'duty'>>): FloorState {
  return {
    site, day, zones: {}, zoneOf: {}, devices: {}, duty: {}, ...names, byPlace: {}, inside: { site: NOBODY, zones: {}, touchpoints: {} }, alerts: [], feed: [], minutes: [],
    today: { lowest: 0, negative: 0, neutral: 0, positive: 0, in: 0, out: 0, receipts: 0, resolved: 0, claimSeconds: 0, claims: 0 },
  };
}

function minuteAt(state: FloorState, at: number): FloorMinute | undefined {
  const minute = minuteOf(at);
  const { minutes } = state;
  let index = minutes.length;
  while (index > 0 && minutes[index - 1]!.minute > minute) index--;
  const before = minutes[index - 1];
  if (before?.minute === minute) return before;
  const newest = minutes.at(-1)?.minute ?? minute;
  if (minute <= newest - FLOOR_MINUTES) return undefined;
  const entry: FloorMinute = { minute, lowest: 0, negative: 0, neutral: 0, positive: 0, in: 0, out: 0, receipts: 0, mood: { people: 0, mood: 0, smile: 0 } };
  minutes.splice(index, 0, entry);
  const oldest = (minutes.at(-1)?.minute ?? minute) - FLOOR_MINUTES;
  while (minutes.length > 0 && minutes[0]!.minute <= oldest) minutes.shift();
  return entry;
}

function feed(state: FloorState, event: AnyEvent, text: FeedText): void {
  state.feed.unshift({ offset: event.offset, id: event.id, at: event.at, type: event.type, touchpoint: event.touchpoint, device: event.device, text });
  if (state.feed.length > FLOOR_FEED) state.feed.length = FLOOR_FEED;
}

/** Folds one event into the state, in place. Events must come in offset order. Types that do not concern the floor change nothing. */
export function applyFloor(state: FloorState, event: AnyEvent): void {
  const today = event.at >= state.day.start && event.at < state.day.end;
  switch (event.type) {
    case 'feedback.rated': {
      const { value, scale, factor } = event.body;
      const rated = ratingClass(value, scale);
      const minute = minuteAt(state, event.at);
      if (minute) minute[rated] += 1;
      if (today) {
        state.today[rated] += 1;
        if (event.touchpoint !== null) ratedAt(state, event.touchpoint, rated, event.at);
      }
      feed(state, event, { kind: 'rated', value, scale, factor: factor ?? null });
      return;
    }
    case 'feedback.messaged': return feed(state, event, { kind: 'messaged', text: event.body.text ?? null, voice: event.body.voice !== undefined, photo: event.body.photo !== undefined });
    case 'traffic.counted': {
      const minute = minuteAt(state, event.at);
      if (minute) { minute.in += event.body.in; minute.out += event.body.out; }
      if (today) { state.today.in += event.body.in; state.today.out += event.body.out; countedAt(state, event); }
      return feed(state, event, { kind: 'counted', in: event.body.in, out: event.body.out });
    }
    case 'traffic.discounted': {
      const minute = minuteAt(state, event.at);
      // Below 0 where the discount comes before its count; sums come out right.
      if (minute) { minute.in -= event.body.in; minute.out -= event.body.out; }
      if (today) { state.today.in -= event.body.in; state.today.out -= event.body.out; countedAt(state, event); }
      return;
    }
    case 'sale.recorded': {
      const minute = minuteAt(state, event.at);
      if (minute) minute.receipts += 1;
      if (today) state.today.receipts += 1;
      return;
    }
    case 'emotion.summed': {
      const { to, people, mood, smile } = event.body;
      const minute = minuteAt(state, to);
      if (!minute) return;
      minute.mood.people += people;
      minute.mood.mood += mood * people;
      minute.mood.smile += smile * people;
      return;
    }
    case 'visit.lost': return feed(state, event, { kind: 'lost', reason: event.body.reason ?? null });
    case 'camera.connected': case 'camera.disconnected':
      return feed(state, event, { kind: 'camera', camera: event.body.camera, connected: event.type === 'camera.connected' });
    case 'device.silent': case 'device.seen':
      // A camera's coming and going is told by its own events.
      if (Object.hasOwn(state.cameras, event.body.device)) return;
      return feed(state, event, { kind: 'device', device: event.body.device, silent: event.type === 'device.silent' });
    case 'duty.started': {
      const { by, role, zones, until } = event.body;
      state.duty[by.id] = { name: by.name, role, zones, until };
      return feed(state, event, { kind: 'duty', by: by.name, started: true });
    }
    case 'duty.ended':
      delete state.duty[event.body.by.id];
      return feed(state, event, { kind: 'duty', by: event.body.by.name, started: false });
    default:
      if (event.type.startsWith('alert.')) applyAlert(state, event as AlertEvent, today);
  }
}

function countedAt({ inside, zoneOf }: FloorState, event: AnyEvent<'traffic.counted' | 'traffic.discounted'>): void {
  inside.site = countInside(inside.site, event);
  const { touchpoint } = event;
  if (touchpoint === null) return;
  inside.touchpoints[touchpoint] = countInside(own(inside.touchpoints, touchpoint) ?? NOBODY, event);
  const zone = own(zoneOf, touchpoint);
  if (zone !== undefined) inside.zones[zone] = countInside(own(inside.zones, zone) ?? NOBODY, event);
}

function ratedAt(state: FloorState, touchpoint: string, rated: RatingClass, at: number): void {
  const place = own(state.byPlace, touchpoint) ?? (state.byPlace[touchpoint] = { lowest: 0, negative: 0, neutral: 0, positive: 0, last: rated, lastAt: at });
  place[rated] += 1;
  if (at >= place.lastAt) { place.last = rated; place.lastAt = at; }
}

/** Steps that the feed tells; the others would only be noise in it. */
const TOLD: ReadonlySet<string> = new Set(['opened', 'claimed', 'departed', 'released', 'returned', 'escalated', 'resolved', 'expired', 'cleared']);

function applyAlert(state: FloorState, event: AlertEvent, today: boolean): void {
  const id = event.body.alert;
  const alert = state.alerts.find((one) => one.id === id);
  if (event.type === 'alert.opened') {
    if (!alert) state.alerts.push(openedAlert(event));
  } else if (alert) {
    if (event.type === 'alert.claimed' && today) {
      state.today.claims += 1;
      state.today.claimSeconds += Math.max(0, Math.round((event.at - alert.since) / 1000));
    }
    changeAlert(alert, event);
  }
  if (event.type === 'alert.resolved' || event.type === 'alert.expired' || event.type === 'alert.cleared') {
    state.alerts = state.alerts.filter((one) => one !== alert);
    if (event.type === 'alert.resolved' && today) state.today.resolved += 1;
  }
  const what = event.type.slice('alert.'.length);
  if (!TOLD.has(what)) return;
  feed(state, event, {
    kind: 'alert', alert: id, what: what as 'opened',
    by: 'by' in event.body ? event.body.by.name : null, cause: 'cause' in event.body ? event.body.cause ?? null : null,
  });
}
