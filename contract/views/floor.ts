import type { AnyEvent } from '../events.ts';
import { ratingClass } from '../rating.ts';
import type { Alert } from '../rest.ts';
import { minuteOf, type Day } from '../time.ts';
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
  /** Open and claimed alerts, oldest first. */
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
  /** By camera: face observations and sums over them, so that minutes add up exactly. */
  mood: Record<string, { faces: number; mood: number; smile: number }>;
}
export interface FloorToday { lowest: number; negative: number; neutral: number; positive: number; in: number; out: number; receipts: number; resolved: number; claimSeconds: number; claims: number }
export interface FeedItem { offset: number; id: string; at: number; type: AnyEvent['type']; touchpoint: string | null; device: string; text: FeedText }
/** What the feed line says, in data; wording is the web's. */
export type FeedText =
  | { kind: 'rated'; value: number; scale: number; factor: string | null }
  | { kind: 'messaged'; text: string }
  | { kind: 'counted'; in: number; out: number }
  | { kind: 'lost'; reason: string | null }
  | { kind: 'camera'; camera: string; connected: boolean }
  | { kind: 'alert'; alert: string; what: 'opened' | 'claimed' | 'released' | 'resolved'; by: string | null; cause: string | null }
  | { kind: 'device'; device: string; silent: boolean };

export const FLOOR_MINUTES = 180;
export const FLOOR_FEED = 40;

export const FLOOR_TYPES: ReadonlySet<string> = new Set([
  'feedback.rated', 'feedback.messaged', 'traffic.counted', 'sale.recorded', 'emotion.windowed', 'visit.lost',
  'camera.connected', 'camera.disconnected', 'device.silent', 'device.seen', 'alert.opened', 'alert.claimed', 'alert.released', 'alert.resolved',
]);

export function emptyFloor(site: FloorState['site'], day: Day, names: Pick<FloorState, 'places' | 'cameras'>): FloorState {
  return {
    site, day, ...names, alerts: [], feed: [], minutes: [],
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
  const entry: FloorMinute = { minute, lowest: 0, negative: 0, neutral: 0, positive: 0, in: 0, out: 0, receipts: 0, mood: {} };
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
      if (today) state.today[rated] += 1;
      feed(state, event, { kind: 'rated', value, scale, factor: factor ?? null });
      return;
    }
    case 'feedback.messaged': return feed(state, event, { kind: 'messaged', text: event.body.text });
    case 'traffic.counted': {
      const minute = minuteAt(state, event.at);
      if (minute) { minute.in += event.body.in; minute.out += event.body.out; }
      if (today) { state.today.in += event.body.in; state.today.out += event.body.out; }
      return feed(state, event, { kind: 'counted', in: event.body.in, out: event.body.out });
    }
    case 'sale.recorded': {
      const minute = minuteAt(state, event.at);
      if (minute) minute.receipts += 1;
      if (today) state.today.receipts += 1;
      return;
    }
    case 'emotion.windowed': {
      const { camera, faces, mood, smile, from } = event.body;
      if (faces === 0 || mood === null) return;
      const minute = minuteAt(state, from);
      if (!minute) return;
      const sums = own(minute.mood, camera) ?? (minute.mood[camera] = { faces: 0, mood: 0, smile: 0 });
      sums.faces += faces;
      sums.mood += mood * faces;
      sums.smile += (smile ?? 0) * faces;
      return;
    }
    case 'visit.lost': return feed(state, event, { kind: 'lost', reason: event.body.reason ?? null });
    case 'camera.connected': case 'camera.disconnected':
      return feed(state, event, { kind: 'camera', camera: event.body.camera, connected: event.type === 'camera.connected' });
    case 'device.silent': case 'device.seen':
      // A camera's coming and going is told by its own events.
      if (Object.hasOwn(state.cameras, event.body.device)) return;
      return feed(state, event, { kind: 'device', device: event.body.device, silent: event.type === 'device.silent' });
    case 'alert.opened': case 'alert.claimed': case 'alert.released': case 'alert.resolved':
      return applyAlert(state, event, today);
  }
}

type AlertEvent = Extract<AnyEvent, { type: `alert.${string}` }>;

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
    if (event.type === 'alert.resolved') {
      state.alerts = state.alerts.filter((one) => one !== alert);
      if (today) state.today.resolved += 1;
    }
  }
  feed(state, event, {
    kind: 'alert', alert: id, what: event.type.slice('alert.'.length) as 'opened',
    by: 'by' in event.body ? event.body.by.name : null, cause: 'cause' in event.body ? event.body.cause : null,
  });
}

/** The alert that an `alert.opened` event describes. */
export function openedAlert(event: Extract<AnyEvent, { type: 'alert.opened' }>): Alert {
  const { body } = event;
  return {
    id: body.alert, site: event.site, kind: body.kind, severity: body.severity, state: 'open', touchpoint: body.touchpoint,
    since: body.since, openedAt: event.at, rating: body.rating ?? null, owner: null, claimedAt: null, resolvedAt: null, cause: null, outcome: null, note: null,
  };
}

/** What a later lifecycle event does to an alert, in place. */
export function changeAlert(alert: Alert, event: Exclude<AlertEvent, { type: 'alert.opened' }>): void {
  switch (event.type) {
    case 'alert.claimed': alert.state = 'claimed'; alert.owner = event.body.by; alert.claimedAt = event.at; return;
    case 'alert.released': alert.state = 'open'; alert.owner = null; alert.claimedAt = null; return;
    case 'alert.resolved':
      alert.state = 'resolved'; alert.owner = event.body.by; alert.resolvedAt = event.at;
      alert.cause = event.body.cause; alert.outcome = event.body.outcome ?? null; alert.note = event.body.note ?? null;
  }
}
