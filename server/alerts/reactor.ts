import type { AlertSettings, AnyEvent, EventType, Rule, Site } from '../../contract/index.ts';
import { dayOf, isFinal } from '../../contract/index.ts';
import type { Clock } from '../core/clock.ts';
import { HUB_DEVICE, hubEvent, LogEvent } from '../core/log/event.ts';
import type { ReactionPlace, Reactor } from '../core/log/reactor.ts';
import type { Db, NewEvent, Store, Transaction } from '../core/store/store.ts';
import { placedWindows, type AreaPlaces } from '../emotions/index.ts';
import type { Metrics, UsualMood, UsualRatings } from '../metrics/index.ts';
import { hourOf } from '../metrics/index.ts';
import type { AlertChange, AlertEvent } from '../../contract/index.ts';
import type { AlertsRepository, HeldAlert } from './repository.ts';
import { inWeekTimes } from './rule-hours.ts';
import { ruleBook, type RuleBook } from './rule-match.ts';
import type { RuleStore } from './rule-store.ts';
import { noChanges, reopen, type Card, type Changes } from './watch-cards.ts';
import { createWatchRows, namedPresses, pressKey } from './watch-rows.ts';
import { isPrompt, tidy, watchEvent, WATCHED, type Memory, type Surroundings } from './watch.ts';

export interface AlertsReactorDeps {
  store: Store;
  clock: Clock;
  repository: AlertsRepository;
  rules: RuleStore;
  metrics: Metrics;
  /** The site as it is, its zones and touchpoints; undefined when there is none. */
  site(id: string): Promise<Site | undefined>;
  /** Where the site's devices stand, by their ids. */
  devices(site: string): Promise<readonly { id: string; touchpoint: string | null }[]>;
  /** The touchpoints of areas that cameras see: windows count there. None when it is left out. */
  areaPlaces?(db: Db, site: string): Promise<AreaPlaces>;
  onError(error: unknown, where: string): void;
}

/** How long another hub's change of rules or places can stay unseen. */
const CACHE_MS = 5_000;

/** A site's rules and places, as they were lately. */
interface Scenery { readAt: number; areas: AreaPlaces; site: Site; rules: readonly Rule[]; book: RuleBook; devices: Map<string, string | null> }
/** What is usual in this hour. */
interface Usual { hour: number; readAt: number; ratings: Map<string, UsualRatings>; moods: Map<string, UsualMood> }
interface Kept { epoch: string; offset: number; memory: Memory; text: string }

/** Counted, though no rule watches them. */
const COUNTED: readonly EventType[] = ['feedback.rated', 'traffic.counted', 'traffic.discounted', 'sale.recorded', 'consultation.counted', 'consultation.undone', 'visit.lost', 'emotion.windowed'];
const counted = new Set<string>(COUNTED);

export interface AlertsReactor extends Reactor {
  /** The site's rules or places changed: they are read again before the next event is judged. */
  forget(site: string): void;
}

/**
 * Follows every site's log: counts ratings and measures, watches them by the site's rules, and opens, grows and clears
 * alerts. Results, memory and place are written in one transaction. What a rule throws costs the event, not the others.
 */
export function alertsReactor(deps: AlertsReactorDeps): AlertsReactor {
  const { store, clock, repository, rules, metrics, onError } = deps;
  const rows = createWatchRows(store);
  const kept = new Map<string, Kept>();
  const sceneries = new Map<string, Scenery>();
  const usuals = new Map<string, Usual>();

  async function sceneryOf(tx: Transaction, site: string, now: number): Promise<Scenery> {
    const known = sceneries.get(site);
    if (known && Math.abs(now - known.readAt) < CACHE_MS) return known;
    const place = await deps.site(site) ?? { id: site, name: site, timezone: 'UTC', zones: [], touchpoints: [] };
    const list = await rules.rulesOf(tx.db, site);
    const devices = new Map((await deps.devices(site)).map(({ id, touchpoint }) => [id, touchpoint]));
    const fresh = { readAt: now, areas: await deps.areaPlaces?.(tx.db, site) ?? new Map(), site: place, rules: list, book: ruleBook(list, place), devices };
    sceneries.set(site, fresh);
    return fresh;
  }

  /** Read once an hour: the hour under way is no part of what is usual in it. */
  async function usualOf(tx: Transaction, site: string, { site: place, book }: Scenery, now: number): Promise<Usual> {
    const known = usuals.get(site);
    if (known?.hour === hourOf(now)) return known;
    const ratings = await metrics.baselines(tx.db, site, place.timezone, now);
    const moods = book.of('emotion.mood').length === 0 ? new Map<string, UsualMood>() : await metrics.usualMoods(tx.db, site, place.timezone, now);
    const fresh = { hour: hourOf(now), readAt: now, ratings, moods };
    usuals.set(site, fresh);
    return fresh;
  }

  async function fold(events: readonly AnyEvent[], tx: Transaction, site: string, memory: Memory, scenery: Scenery, groupMs: number): Promise<Changes> {
    const now = clock();
    const usual = await usualOf(tx, site, scenery, now);
    const { inPage, wanted } = namedPresses(events);
    const logged = await rows.presses(tx.db, site, wanted);
    let day = dayOf(scenery.site.timezone, now);
    const around: Surroundings = {
      site, rules: scenery.book, groupMs, placeOf: (device) => scenery.devices.get(device) ?? null,
      usualRatings: (touchpoint) => usual.ratings.get(touchpoint ?? '') ?? { n: 0, k: 0 }, usualMood: (touchpoint) => usual.moods.get(touchpoint ?? ''),
      dayStart(at) {
        if (at < day.start || at >= day.end) day = dayOf(scenery.site.timezone, at);
        return day.start;
      },
      press: (device, id) => inPage.get(pressKey(device, id)) ?? logged.get(pressKey(device, id)),
    };
    const changes = noChanges();
    for (const event of events) {
      try {
        watchEvent(memory, changes, event, now, around);
      } catch (error) {
        onError(error, `the rules of ${site} at event ${event.offset}`);
      }
    }
    tidy(memory, new Set(scenery.rules.map(({ id }) => id)), now);
    return changes;
  }

  /** Holds what it changes before it appends, as everybody does who changes alerts: so no two wait for each other. */
  async function write(tx: Transaction, site: string, memory: Memory, changes: Changes, scenery: Scenery, settings: AlertSettings): Promise<void> {
    const now = clock();
    const held = new Map<string, HeldAlert>();
    for (const id of [...new Set([...changes.grown.keys(), ...changes.cleared.keys()])].sort()) {
      const alert = await repository.hold(tx.db, id);
      if (alert && !isFinal(alert.alert.state)) { held.set(id, alert); continue; }
      const growth = changes.grown.get(id);
      if (growth) reopen(memory.book, changes, id, growth, now);
    }
    const byId = new Map(scenery.rules.map((rule) => [rule.id, rule]));
    const events: NewEvent[] = [];
    for (const card of changes.opened.values()) {
      const rule = byId.get(card.rule);
      if (rule) events.push(openedEvent(site, card, rule, settings, scenery.site.timezone, now));
    }
    for (const [id, growth] of changes.grown) {
      const card = memory.book.cards[id];
      if (card && held.has(id)) events.push(grownEvent(site, card, growth.source, now));
    }
    for (const [id, { source, taken }] of changes.cleared) {
      const alert = held.get(id)?.alert;
      if (!alert || (!taken && alert.state !== 'open')) continue;
      events.push(hubEvent(site, 'alert.cleared', now, { alert: id, source }, { touchpoint: alert.touchpoint }));
      delete memory.book.cards[id];
    }
    if (events.length > 0) await state(tx, events, held);
  }

  async function state(tx: Transaction, events: readonly NewEvent[], held: Map<string, HeldAlert>): Promise<void> {
    const offsets = await tx.append(events);
    for (const [i, event] of events.entries()) {
      const offset = offsets[i];
      if (!offset) continue;
      const stated = new LogEvent(event, offset, event.at).event as AlertEvent;
      if (stated.type === 'alert.opened') { await repository.insert(tx.db, stated); continue; }
      const before = held.get(stated.body.alert);
      if (before) before.alert = await repository.change(tx.db, before, stated as AlertChange);
    }
  }

  return {
    name: 'alerts',
    types: new Set([...WATCHED, ...COUNTED]),
    prompt(event) {
      try {
        return isPrompt(event);
      } catch {
        // What cannot be read will be told of when it is reacted to; there is no hurry.
        return false;
      }
    },
    forget(site) { sceneries.delete(site); usuals.delete(site); },

    async react(events, tx, site, { epoch, from, to }: ReactionPlace) {
      const now = clock();
      const before = kept.get(site);
      // Whatever happens now, only a commit makes a memory: what is rolled back is read again.
      kept.delete(site);
      const start = before?.epoch === epoch && before.offset === from ? before : await rows.load(tx.db, site, from);
      const scenery = await sceneryOf(tx, site, now);
      const placed = placedWindows(events, scenery.areas);
      await metrics.record(tx, site, placed.filter(({ type }) => counted.has(type)));
      const settings = await repository.settingsOf(tx.db, site);
      const { memory } = start;
      const changes = await fold(placed, tx, site, memory, scenery, settings.groupS * 1000);
      if (changes.opened.size + changes.grown.size + changes.cleared.size > 0) await write(tx, site, memory, changes, scenery, settings);
      const text = JSON.stringify(memory);
      if (text !== start.text) await rows.save(tx.db, site, text, to);
      return () => { kept.set(site, { epoch, offset: to, memory, text }); };
    },
  };
}

function openedEvent(site: string, card: Card, rule: Rule, settings: AlertSettings, timezone: string, now: number): NewEvent {
  const quiet = card.severity !== 'urgent' && settings.quiet !== null && inWeekTimes(settings.quiet, timezone, now);
  return hubEvent(site, 'alert.opened', now, {
    alert: card.id, kind: rule.kind, severity: card.severity, source: card.source, since: card.since, touchpoint: card.touchpoint, rule: rule.id, zone: card.zone,
    ...(card.device === null ? {} : { device: card.device }), ...(card.rating && { rating: card.rating }), ...(card.message && { message: card.message }), ...(card.facts && { facts: card.facts }),
    tone: rule.tone, actBy: now + rule.actWithinS * 1000, count: card.count, timing: { ...rule.escalation, expireS: settings.expireS },
    ...(rule.tell ? { tell: rule.tell } : {}), ...(quiet ? { quiet: true as const } : {}),
  }, { touchpoint: card.touchpoint, key: `alert.opened ${card.id}` });
}

function grownEvent(site: string, card: Card, source: string, now: number): NewEvent {
  return hubEvent(site, 'alert.grown', now, {
    alert: card.id, source, count: card.count, last: card.last, severity: card.severity,
    ...(card.rating && { rating: card.rating }), ...(card.message && { message: card.message }), ...(card.facts && { facts: card.facts }),
  }, { touchpoint: card.touchpoint });
}
