import { dayOf, type AlertKind, type AnyEvent, type EventType, type BodyOf, type Rule } from '../../../contract/index.ts';
import type { Press } from '../kinds/kind.ts';
import { builtInRule } from '../rule-defaults.ts';
import { ruleBook } from '../rule-match.ts';
import { end, noChanges, notice, type Card } from '../watch-cards.ts';
import { emptyMemory, tidy, watchEvent, type Memory } from '../watch.ts';

/** Noon in Moscow. */
export const NOON = Date.parse('2026-11-23T09:00:00Z');
export const MINUTE = 60_000;

const SITE = {
  id: 'shop', name: 'Shop', timezone: 'Europe/Moscow', zones: [{ id: 'hall', name: 'Hall' }],
  touchpoints: [{ id: 'till-1', name: 'Till 1', zone: 'hall' }, { id: 'till-2', name: 'Till 2', zone: 'hall' }, { id: 'door', name: 'Door', zone: null }],
};

export const ruleOf = (kind: AlertKind, params: object = {}, change: Partial<Rule> = {}): Rule => {
  const rule = builtInRule('shop', kind);
  return { ...rule, enabled: true, params: { ...rule.params, ...params }, ...change };
};

interface Told { at: number; device?: string; touchpoint?: string | null; id?: string; received?: number }

/** A site whose events go straight to its rules: what the reactor does, without a database. */
export function watchedSite(rules: readonly Rule[], options: { groupS?: number; usual?: { n: number; k: number }; mood?: { mood: number; faces: number } } = {}) {
  let memory: Memory = emptyMemory();
  let made = 0;
  const presses = new Map<string, Press>();
  const opened: Card[] = [];
  const cleared: string[] = [];
  const book = ruleBook(rules, SITE);
  return {
    opened, cleared,
    get memory() { return memory; },
    /** Cards that are not over. */
    get live(): Card[] { return Object.values(memory.book.cards); },
    /** Tells the rules of an event; the hub's clock shows `received`, or when it happened. */
    tell<T extends EventType>(type: T, body: BodyOf<T>, { at, device = 'button', touchpoint = 'till-1', id, received = at }: Told): string {
      made += 1;
      const event = { offset: made, id: id ?? `E${String(made).padStart(25, '0')}`, type, site: 'shop', at, received, device, touchpoint, body } as unknown as AnyEvent;
      if (event.type === 'feedback.rated') presses.set(event.id, { id: event.id, offset: made, at, device, touchpoint, rating: event.body });
      const changes = noChanges();
      watchEvent(memory, changes, event, received, {
        site: 'shop', rules: book, groupMs: (options.groupS ?? 300) * 1000, placeOf: (one) => (one === 'lost' ? null : 'till-1'), press: (_device, wanted) => presses.get(wanted),
        usualRatings: () => options.usual ?? { n: 1000, k: 100 }, usualMood: () => options.mood, dayStart: (moment) => dayOf('Europe/Moscow', moment).start,
      });
      tidy(memory, new Set(rules.map((rule) => rule.id)), received);
      opened.push(...changes.opened.values());
      for (const gone of changes.cleared.keys()) { cleared.push(gone); end(memory.book, gone); }
      // What is kept is JSON: nothing may get lost on the way.
      const kept = JSON.parse(JSON.stringify(memory)) as Memory;
      for (const card of opened) if (kept.book.cards[card.id]) Object.assign(card, kept.book.cards[card.id]);
      memory = kept;
      return event.id;
    },
    rate(value: number, told: Told, scale = 4): string { return this.tell('feedback.rated', { value, scale }, told); },
    /** A person ends it. */
    resolve(card: Card): void { end(memory.book, card.id); },
    /** Somebody was told of it. */
    notice(card: Card, at: number): void { notice(memory.book, card.id, at); },
  };
}
