import { dayOf, type AlertFacts, type AnyEvent, type Rule, type Site } from '../../contract/index.ts';
import { HOUR, sameHours } from '../metrics/index.ts';
import { ruleBook } from './rule-match.ts';
import { end, noChanges, notice, type Card } from './watch-cards.ts';
import { emptyMemory, tidy, watchEvent, type Surroundings } from './watch.ts';

/** What a rule would have raised. The numbers are those of the cards when the replay ended. */
export interface Replayed { at: number; touchpoint: string | null; zone: string | null; device: string | null; count: number; facts: AlertFacts | null }

/** Sums of an hour by touchpoint: what usual values are made of. Key: see `usualKey`. */
export type HourSums = ReadonlyMap<string, { all: number; part: number }>;
export const usualKey = (touchpoint: string, hour: number): string => `${touchpoint}\n${hour}`;

export interface ReplayInput {
  rule: Rule;
  site: Site;
  groupMs: number;
  /** Ratings and negative ones; faces and the sum of their moods in thousandths. Older hours than the replay's are needed too. */
  ratings: HourSums;
  moods: HourSums;
}

/**
 * Plays events back through the very functions that watch the log, with grouping and cooldown, as if somebody was told of
 * each alert at once and had dealt with what does not end by itself in the time that the rule gives. Feed it in the order
 * of time.
 */
export function createReplay({ rule, site, groupMs, ratings, moods }: ReplayInput) {
  const memory = emptyMemory();
  const rules = ruleBook([{ ...rule, enabled: true }], site);
  const opened: { at: number; card: Card }[] = [];
  const dealtWith: { at: number; card: string }[] = [];
  const ids = new Set([rule.id]);
  let now = 0;
  let day = { start: 0, end: 0 };
  let same: { hour: number; hours: number[] } = { hour: -1, hours: [] };
  let sums = new Map<string, { all: number; part: number }>();

  /** Sums of the same local hour of the 28 days before the hour that is being replayed. */
  function usual(of: HourSums, touchpoint: string | null): { all: number; part: number } {
    const hour = Math.floor(now / HOUR);
    if (same.hour !== hour) { same = { hour, hours: sameHours(site.timezone, now) }; sums = new Map(); }
    const key = touchpoint ?? '';
    let known = sums.get(key);
    if (!known) {
      known = { all: 0, part: 0 };
      for (const one of same.hours) {
        const sum = of.get(usualKey(key, one));
        if (sum) { known.all += sum.all; known.part += sum.part; }
      }
      sums.set(key, known);
    }
    return known;
  }

  const around: Surroundings = {
    site: site.id, rules, groupMs, placeOf: () => null, press: () => undefined,
    usualRatings(touchpoint) { const { all, part } = usual(ratings, touchpoint); return { n: all, k: part }; },
    usualMood(touchpoint) { const { all, part } = usual(moods, touchpoint); return all === 0 ? undefined : { faces: all, mood: part / all / 1000 }; },
    dayStart(at) {
      if (at < day.start || at >= day.end) day = dayOf(site.timezone, at);
      return day.start;
    },
  };

  let changes = noChanges();
  let tidiedAt = 0;
  return {
    feed(event: AnyEvent): void {
      now = event.at;
      while (dealtWith[0] && dealtWith[0].at <= now) end(memory.book, dealtWith.shift()!.card);
      watchEvent(memory, changes, event, now, around);
      if (changes.opened.size + changes.grown.size + changes.cleared.size === 0) return;
      for (const card of changes.opened.values()) {
        opened.push({ at: now, card });
        notice(memory.book, card.id, now);
        if (rule.kind.startsWith('feedback.')) dealtWith.push({ at: now + rule.actWithinS * 1000, card: card.id });
      }
      for (const id of changes.cleared.keys()) end(memory.book, id);
      changes = noChanges();
      if (now - tidiedAt > HOUR) { tidy(memory, ids, now); tidiedAt = now; }
    },
    /** How many alerts that makes, and the newest of them first. */
    result(most: number): { count: number; alerts: Replayed[] } {
      const alerts = opened.slice(-most).reverse().map(({ at, card }) => ({ at, touchpoint: card.touchpoint, zone: card.zone, device: card.device, count: card.count, facts: card.facts ?? null }));
      return { count: opened.length, alerts };
    },
  };
}
