import { SEVERITIES, type AlertFacts, type AlertMessage, type Rating, type Severity } from '../../contract/index.ts';
import { keyedUlid } from '../core/log/event.ts';
import type { Clear, More, Raise, Update, Wish } from './kinds/kind.ts';
import { mergedMessage } from './kinds/feedback-negative.ts';

/** An alert that is not over as far as its rules know: what its next growth is reckoned from. */
export interface Card {
  id: string; rule: string; group: string;
  /** One visitor's own: nothing else joins it. */
  alone: boolean;
  count: number;
  /** Parts that are not over yet. */
  open: number;
  since: number; last: number; source: string; newest: string;
  severity: Severity; touchpoint: string | null; zone: string | null; device: string | null;
  rating?: Rating; message?: AlertMessage; facts?: AlertFacts;
}
/** The newest card of a group: when something was heard for it, and when somebody was really told of it. Hub's clock. */
interface Group { card: string; heard: number; noticed?: number }

/** Everything that the rules of a site have raised and may add to. Plain JSON. */
export interface Book { cards: Record<string, Card>; groups: Record<string, Group>; parts: Record<string, [card: string, heard: number]> }
export const emptyBook = (): Book => ({ cards: {}, groups: {}, parts: {} });

/** What a page of events adds to a card that was there before it. */
export interface Growth { added: number; first: number; source: string; parts: string[]; told: boolean }
/** What a page of events changes. A card is opened or grown, never both. */
export interface Changes { opened: Map<string, Card>; grown: Map<string, Growth>; cleared: Map<string, { source: string; taken: boolean }> }
export const noChanges = (): Changes => ({ opened: new Map(), grown: new Map(), cleared: new Map() });

/** What decides beside the wish itself. Times in ms. */
export interface Surroundings { site: string; rule: string; sender: string; severity: Severity; zone: string | null; now: number; groupMs: number; cooldownMs: number; individual: boolean }

const DAY = 24 * 3600_000;
const HOUR = 3600_000;
const CARDS_MOST = 500;
const PARTS_MOST = 500;
const GROUPS_MOST = 1_000;

const partKey = (rule: string, part: string): string => `${rule}|${part}`;
export const worse = (a: Severity, b: Severity | undefined): Severity => (b !== undefined && SEVERITIES.indexOf(b) < SEVERITIES.indexOf(a) ? b : a);

/** The card of a part, while it is not over. */
export function cardOf(book: Book, rule: string, part: string): Card | undefined {
  const known = book.parts[partKey(rule, part)];
  return known && book.cards[known[0]];
}

/** Carries a wish out on the book, which is changed in place, and notes what changed. */
export function settle(book: Book, changes: Changes, wish: Wish, around: Surroundings): void {
  switch (wish.do) {
    case 'raise': raise(book, changes, wish, around); return;
    case 'more': more(book, changes, wish, around); return;
    case 'update': update(book, changes, wish, around); return;
    case 'clear': clear(book, changes, wish, around);
  }
}

function growthOf(changes: Changes, card: Card, wish: { source: string; at: number }): Growth | undefined {
  if (changes.opened.has(card.id)) return undefined;
  let growth = changes.grown.get(card.id);
  if (!growth) changes.grown.set(card.id, (growth = { added: 0, first: wish.at, source: wish.source, parts: [], told: false }));
  growth.source = wish.source;
  growth.first = Math.min(growth.first, wish.at);
  return growth;
}

function raise(book: Book, changes: Changes, wish: Raise, around: Surroundings): void {
  const own = cardOf(book, around.rule, wish.part);
  if (own) { tell(book, changes, own, wish, around); return; }
  if (wish.alone) { open(book, changes, wish, around); return; }
  const key = groupKey(wish, around);
  const group = book.groups[key];
  const card = group && book.cards[group.card];
  if (card && around.groupMs > 0 && Math.abs(around.now - group.heard) <= around.groupMs) { join(book, changes, card, group, wish, around); return; }
  if (group && !around.individual && isTold(group, around)) return;
  open(book, changes, wish, around);
}

const groupKey = (wish: Raise | More, { rule, zone }: Surroundings): string =>
  [rule, zone === null ? `at ${wish.touchpoint ?? wish.device ?? ''}` : `in ${zone}`, (wish.do === 'raise' ? wish.cause : null) ?? ''].join('|');

/** Somebody was told of the same lately. A notice from the future is one from before the clock was set back: it holds nothing up. */
const isTold = ({ noticed }: Group, { now, cooldownMs }: Surroundings): boolean => noticed !== undefined && noticed <= now + 1000 && now - noticed < cooldownMs;

function join(book: Book, changes: Changes, card: Card, group: Group, wish: Raise, around: Surroundings): void {
  const growth = growthOf(changes, card, wish);
  if (growth) { growth.added += 1; growth.parts.push(wish.part); }
  group.heard = around.now;
  Object.assign(card, {
    count: card.count + 1, open: card.open + 1, since: Math.min(card.since, wish.at), last: Math.max(card.last, wish.at), newest: wish.part,
    severity: worse(card.severity, wish.severity), ...(wish.facts && { facts: wish.facts }), ...(wish.rating && !card.message && { rating: wish.rating }),
    ...(wish.message && { message: mergedMessage(card.message, wish.message) }),
  });
  book.parts[partKey(around.rule, wish.part)] = [card.id, around.now];
}

/** Opens a card. Its identifier comes from its cause, so that the same cause never opens two. */
function open(book: Book, changes: Changes, wish: Raise | More, around: Surroundings): void {
  const { site, rule, sender, now, zone } = around;
  const group = groupKey(wish, around);
  const alone = wish.do === 'more' || wish.alone === true;
  const card: Card = {
    id: keyedUlid(`alert ${site} ${rule} ${sender} ${wish.part} ${wish.source}`).toLowerCase(), rule, group, alone, count: 1, open: 1, since: wish.at, last: wish.at, source: wish.source,
    newest: wish.part, severity: wish.do === 'more' ? 'urgent' : worse(around.severity, wish.severity), touchpoint: wish.touchpoint, zone, device: wish.device ?? null,
    ...(wish.rating && { rating: wish.rating }), ...(wish.message && { message: wish.message }), ...(wish.do === 'raise' && wish.facts && { facts: wish.facts }),
  };
  put(book, changes, card, [wish.part], now);
}

function put(book: Book, changes: Changes, card: Card, parts: readonly string[], now: number): void {
  book.cards[card.id] = card;
  for (const part of parts) book.parts[partKey(card.rule, part)] = [card.id, now];
  if (!card.alone) book.groups[card.group] = { card: card.id, heard: now };
  changes.opened.set(card.id, card);
}

function more(book: Book, changes: Changes, wish: More, around: Surroundings): void {
  const card = cardOf(book, around.rule, wish.part);
  if (card && (card.alone || card.count === 1)) { tell(book, changes, card, wish, around); return; }
  if (wish.urgent) {
    if (card) leave(changes, card, wish);
    open(book, changes, wish, around);
    return;
  }
  if (!card) return;
  growthOf(changes, card, wish);
  if (wish.rating && card.newest === wish.part && !card.message) card.rating = wish.rating;
  if (wish.message) card.message = mergedMessage(card.message, wish.message);
}

/** The part goes into a card of its own; it was counted here. */
function leave(changes: Changes, card: Card, wish: More): void {
  const growth = growthOf(changes, card, wish);
  if (growth) {
    growth.added -= growth.parts.includes(wish.part) ? 1 : 0;
    growth.parts = growth.parts.filter((part) => part !== wish.part);
  }
  card.count -= 1;
  card.open -= 1;
}

/** More about the one part that the card is about. */
function tell(book: Book, changes: Changes, card: Card, wish: Raise | More, around: Surroundings): void {
  const urgent = wish.do === 'more' ? wish.urgent : wish.severity === 'urgent';
  const growth = growthOf(changes, card, wish);
  if (growth && wish.message) growth.told = true;
  if (urgent && !card.alone && wish.message) {
    card.alone = true;
    if (book.groups[card.group]?.card === card.id) delete book.groups[card.group];
  }
  Object.assign(card, {
    severity: worse(card.severity, wish.do === 'more' ? (urgent ? 'urgent' : undefined) : wish.severity), last: Math.max(card.last, wish.at),
    ...(wish.rating && { rating: { ...wish.rating, ...(wish.rating.factor ?? card.rating?.factor ? { factor: wish.rating.factor ?? card.rating!.factor } : {}) } }),
    ...(wish.message && { message: mergedMessage(card.message, wish.message) }), ...(wish.do === 'raise' && wish.facts && { facts: wish.facts }),
  });
  book.parts[partKey(around.rule, wish.part)] = [card.id, around.now];
}

function update(book: Book, changes: Changes, wish: Update, { rule }: Surroundings): void {
  const card = cardOf(book, rule, wish.part);
  if (!card) return;
  growthOf(changes, card, wish);
  Object.assign(card, { severity: worse(card.severity, wish.severity), last: Math.max(card.last, wish.at), ...(wish.facts && { facts: wish.facts }) });
}

function clear(book: Book, changes: Changes, wish: Clear, { rule }: Surroundings): void {
  const card = cardOf(book, rule, wish.part);
  if (!card) return;
  delete book.parts[partKey(rule, wish.part)];
  card.open -= 1;
  if (card.open > 0) return;
  // What came and went within one page was over before anybody could have been told.
  if (changes.opened.delete(card.id)) { delete book.cards[card.id]; return; }
  changes.cleared.set(card.id, { source: wish.source, taken: wish.taken });
}

/** An alert is over: nothing is added to it any more. */
export function end(book: Book, card: string): void {
  delete book.cards[card];
}

/** Somebody was really told of an alert, or saw it. The first time counts. */
export function notice(book: Book, card: string, at: number): void {
  for (const group of Object.values(book.groups)) if (group.card === card) group.noticed ??= at;
}

/** A card was over before its growth could be written: what the page brought becomes a card of its own, if it is anything to act on. */
export function reopen(book: Book, changes: Changes, id: string, growth: Growth, now: number): Card | undefined {
  const before = book.cards[id];
  end(book, id);
  if (!before || (growth.added <= 0 && !growth.told)) return undefined;
  const { message, ...rest } = before;
  const count = Math.max(1, growth.added);
  const card: Card = { ...rest, ...(growth.told && message ? { message } : {}), id: keyedUlid(`alert ${id} ${growth.source}`).toLowerCase(), count, open: count, since: growth.first, source: growth.source };
  put(book, changes, card, growth.parts.length > 0 ? growth.parts : [before.newest], now);
  return card;
}

/** Keeps the book bounded: what is long over is forgotten, and the oldest where there is too much of it. */
export function prune(book: Book, now: number): void {
  const isOld = (at: number, age: number): boolean => Math.abs(now - at) > age;
  dropOldest(book.cards, CARDS_MOST);
  for (const [key, [card, heard]] of Object.entries(book.parts)) if (!book.cards[card] && isOld(heard, HOUR)) delete book.parts[key];
  dropOldestParts(book.parts);
  for (const [key, { card, heard }] of Object.entries(book.groups)) if (!book.cards[card] && isOld(heard, DAY)) delete book.groups[key];
  dropOldest(book.groups, GROUPS_MOST);
}

/** Of each rule on its own: a flood of presses makes nobody forget which devices are silent. */
function dropOldestParts(parts: Book['parts']): void {
  const keys = Object.keys(parts);
  if (keys.length <= PARTS_MOST) return;
  const seen = new Map<string, number>();
  for (const key of keys.reverse()) {
    const rule = key.slice(0, key.indexOf('|'));
    const count = (seen.get(rule) ?? 0) + 1;
    seen.set(rule, count);
    if (count > PARTS_MOST) delete parts[key];
  }
}

/** Fields stand in the order in which they were added. */
function dropOldest(record: Record<string, unknown>, most: number): void {
  const keys = Object.keys(record);
  for (const key of keys.slice(0, Math.max(0, keys.length - most))) delete record[key];
}
