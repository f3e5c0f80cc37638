import { type AlertKind, type AnyEvent, type EventType, type Rule } from '../../contract/index.ts';
import { KINDS } from './kinds/index.ts';
import { AHEAD_MS, type AnyKind, type Press, type Scene, type Wish } from './kinds/kind.ts';
import type { RuleBook } from './rule-match.ts';
import { cardOf, emptyBook, end, notice, prune, settle, type Book, type Changes } from './watch-cards.ts';

/** Nothing older counts for rules that watch what happens now. */
const OLDEST_MS = 28 * 24 * 3600_000;
/** Places, devices or cameras that one rule remembers. */
const KEYS_MOST = 2_000;

/** What the rules of one site remember between events. Plain JSON, bounded. */
export interface Memory {
  /** By rule: the parameters that its states were made under, and its states by place, device or camera. */
  states: Record<string, { stamp: string; at: Record<string, unknown> }>;
  /** Devices that somebody works on, and until when. */
  muted: Record<string, number>;
  book: Book;
}
export const emptyMemory = (): Memory => ({ states: {}, muted: {}, book: emptyBook() });

/** The site around the events. */
export interface Surroundings {
  site: string;
  rules: RuleBook;
  /** The touchpoint of a device or camera of the site. */
  placeOf(device: string): string | null;
  groupMs: number;
  usualRatings(touchpoint: string | null): { n: number; k: number };
  usualMood(touchpoint: string | null): { mood: number; faces: number } | undefined;
  dayStart(at: number): number;
  press(device: string, id: string): Press | undefined;
}

/** Kinds that are about one visitor, one device or one shift: none of them stands for another, so no cooldown holds them. */
const INDIVIDUAL: ReadonlySet<AlertKind> = new Set(['feedback.negative', 'emotion.episode', 'device.silent', 'device.battery', 'camera.frozen', 'camera.stopped', 'duty.unreachable']);

const kindsOf = new Map<EventType, [AlertKind, AnyKind][]>();
for (const [name, kind] of Object.entries(KINDS) as [AlertKind, AnyKind][]) {
  for (const type of kind.types) kindsOf.set(type, [...kindsOf.get(type) ?? [], [name, kind]]);
}

const OWN_TYPES = ['device.muted', 'alert.noticed', 'alert.seen', 'alert.resolved', 'alert.expired'] as const satisfies readonly EventType[];
/** Events that the watch has any use for. */
export const WATCHED: ReadonlySet<EventType> = new Set([...kindsOf.keys(), ...OWN_TYPES]);
/** Whether somebody may have to be told because of it at once. @throws what an ill-formed body makes a kind throw */
export const isPrompt = (event: AnyEvent): boolean => kindsOf.get(event.type)?.some(([, kind]) => kind.isPrompt(event)) ?? false;

/** The device that an event is about, which need not be the one that sent it. */
export function subjectOf(event: AnyEvent): string | undefined {
  switch (event.type) {
    case 'device.silent': case 'device.seen': case 'device.battery': return event.body.device;
    case 'camera.frozen': case 'camera.analysis': case 'camera.configured': case 'camera.connected': case 'camera.disconnected': case 'emotion.episode': case 'emotion.windowed': return event.body.camera;
    default: return undefined;
  }
}

/** Folds one event into the memory, which is changed in place, and notes what has to be written because of it. */
export function watchEvent(memory: Memory, changes: Changes, event: AnyEvent, now: number, around: Surroundings): void {
  switch (event.type) {
    case 'alert.resolved': case 'alert.expired': end(memory.book, event.body.alert); return;
    case 'alert.noticed': case 'alert.seen': notice(memory.book, event.body.alert, event.at); return;
    case 'device.muted': mute(memory, event.body.device, event.body.until); return;
  }
  if (event.at > now + AHEAD_MS || now - event.at > OLDEST_MS) return;
  const subject = subjectOf(event);
  const placed = event.touchpoint === null && subject !== undefined ? { ...event, touchpoint: around.placeOf(subject) } : event;
  const muted = isMuted(memory, event.device, now) || (subject !== undefined && isMuted(memory, subject, now));
  for (const [name, kind] of kindsOf.get(event.type) ?? []) watchKind(memory, changes, placed, now, around, name, kind, muted);
}

function watchKind(memory: Memory, changes: Changes, event: AnyEvent, now: number, around: Surroundings, name: AlertKind, kind: AnyKind, muted: boolean): void {
  if (kind.by === 'rule') {
    for (const rule of around.rules.of(name)) {
      if (around.rules.holds(rule, event.touchpoint)) stepRule(memory, changes, event, now, around, rule, kind, muted || !around.rules.isActive(rule, now));
    }
    return;
  }
  if (isEnd(event)) {
    // Whichever rule raised it: the device may have moved since, or the rule's hours may be over.
    for (const rule of around.rules.of(name)) stepRule(memory, changes, event, now, around, rule, kind, true);
    return;
  }
  const rule = around.rules.nearest(name, event.touchpoint, now);
  if (rule) stepRule(memory, changes, event, now, around, rule, kind, muted);
}

function stepRule(memory: Memory, changes: Changes, event: AnyEvent, now: number, around: Surroundings, rule: Rule, kind: AnyKind, quiet: boolean): void {
  const key = kind.key(event);
  if (key === null) return;
  const states = statesOf(memory, rule);
  const { book } = memory;
  const scene: Scene<unknown> = {
    params: rule.params, place: rule.place, isLive: (part) => cardOf(book, rule.id, part) !== undefined, dayStart: around.dayStart,
    usualRatings: () => around.usualRatings(event.touchpoint), usualMood: () => around.usualMood(event.touchpoint),
    press: () => pressOf(event, around),
  };
  // Muted presses are tests: they must not count for what comes after. Only who is inside has to be counted on.
  const listens = !quiet || kind.counts === true || isEnd(event);
  if (!listens) return;
  const { state, wishes } = kind.step(states[key], event, now, scene);
  if (state === undefined) delete states[key];
  else states[key] = state;
  for (const wish of wishes) if (!quiet || wish.do === 'clear') carryOut(memory, changes, wish, event, now, around, rule);
}

/** The press that a message or an explanation names, when it came before: what comes later finds the words waiting. */
function pressOf(event: AnyEvent, around: Surroundings): Press | undefined {
  if ((event.type !== 'feedback.messaged' && event.type !== 'feedback.explained') || event.body.rating === undefined) return undefined;
  const press = around.press(event.device, event.body.rating);
  return press && press.offset < event.offset ? press : undefined;
}

/** What can only end something is heard also while nothing may begin. */
const isEnd = (event: AnyEvent): boolean => event.type === 'device.seen' || event.type === 'camera.disconnected' || (event.type === 'camera.frozen' && !event.body.frozen) || (event.type === 'camera.analysis' && event.body.running && event.body.reason === null) || (event.type === 'emotion.episode' && event.body.state === 'ended');

/** What could not be written would stop everything that follows: an ill-formed body says nothing. @throws TypeError */
function demandWhole(wish: Wish): void {
  const isWhole = typeof wish.part === 'string' && (wish.do === 'clear' || Number.isFinite(wish.at));
  if (!isWhole) throw new TypeError(`an event without its time or its subject wants to ${wish.do} an alert`);
}

function carryOut({ book }: Memory, changes: Changes, wish: Wish, event: AnyEvent, now: number, around: Surroundings, rule: Rule): void {
  demandWhole(wish);
  const touchpoint = wish.do === 'raise' || wish.do === 'more' ? wish.touchpoint : event.touchpoint;
  settle(book, changes, wish, {
    site: around.site, rule: rule.id, sender: event.device, severity: rule.severity, zone: around.rules.zoneOf(touchpoint) ?? rule.place.zone, now,
    groupMs: around.groupMs, cooldownMs: rule.cooldownS * 1000, individual: INDIVIDUAL.has(rule.kind as AlertKind),
  });
}

const stamps = new WeakMap<Rule, string>();
/** The states of a rule; none when it was changed since, for they would mean something else. */
function statesOf(memory: Memory, rule: Rule): Record<string, unknown> {
  let stamp = stamps.get(rule);
  if (stamp === undefined) stamps.set(rule, (stamp = JSON.stringify([rule.kind, rule.params, rule.place])));
  const known = memory.states[rule.id];
  if (known?.stamp === stamp) return known.at;
  return (memory.states[rule.id] = { stamp, at: {} }).at;
}

function mute({ muted }: Memory, device: string, until: number | null): void {
  if (until === null) delete muted[device];
  else muted[device] = until;
}
const isMuted = ({ muted }: Memory, device: string, now: number): boolean => (muted[device] ?? 0) > now;

/** Keeps the memory bounded. `rules`: ids of those that there are. */
export function tidy(memory: Memory, rules: ReadonlySet<string>, now: number): void {
  for (const [id, { at }] of Object.entries(memory.states)) {
    if (!rules.has(id)) { delete memory.states[id]; continue; }
    const keys = Object.keys(at);
    for (const key of keys.slice(0, Math.max(0, keys.length - KEYS_MOST))) delete at[key];
  }
  for (const [device, until] of Object.entries(memory.muted)) if (until <= now) delete memory.muted[device];
  prune(memory.book, now);
}
