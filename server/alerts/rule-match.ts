import type { AlertKind, Rule, Site } from '../../contract/index.ts';
import { inWeekTimes } from './rule-hours.ts';

/** Rules of a site as they apply at one place and time. Remembers what it worked out: make a new one when rules or places change. */
export interface RuleBook {
  /** Enabled rules of a kind, the nearest place first. */
  of(kind: AlertKind): readonly Rule[];
  /** Whether the rule's place holds the touchpoint. The whole site holds everything, also what stands at no touchpoint. */
  holds(rule: Rule, touchpoint: string | null): boolean;
  /** The rule that answers for a touchpoint now: that of the touchpoint before that of its zone before that of the site. */
  nearest(kind: AlertKind, touchpoint: string | null, now: number): Rule | undefined;
  isActive(rule: Rule, now: number): boolean;
  zoneOf(touchpoint: string | null): string | null;
}

const MINUTE = 60_000;
/** A rule of one's own goes before the built-in one of the same reach. */
const reach = ({ place, builtIn }: Rule): number => (place.touchpoint !== null ? 0 : place.zone !== null ? 2 : 4) + (builtIn ? 1 : 0);

export function ruleBook(rules: readonly Rule[], { timezone, touchpoints }: Pick<Site, 'timezone' | 'touchpoints'>): RuleBook {
  const zones = new Map(touchpoints.map(({ id, zone }) => [id, zone]));
  const byKind = new Map<AlertKind, Rule[]>();
  for (const rule of [...rules].sort((a, b) => reach(a) - reach(b) || (a.id < b.id ? -1 : 1))) {
    if (rule.enabled) byKind.set(rule.kind as AlertKind, [...byKind.get(rule.kind as AlertKind) ?? [], rule]);
  }
  const zoneOf = (touchpoint: string | null): string | null => (touchpoint === null ? null : zones.get(touchpoint) ?? null);
  const of = (kind: AlertKind): readonly Rule[] => byKind.get(kind) ?? [];
  const holds = ({ place }: Rule, touchpoint: string | null): boolean => {
    if (place.touchpoint !== null) return touchpoint === place.touchpoint;
    return place.zone === null || zoneOf(touchpoint) === place.zone;
  };
  const active = new Map<string, { minute: number; is: boolean }>();
  const isActive = (rule: Rule, now: number): boolean => {
    if (rule.hours === null) return true;
    const minute = Math.floor(now / MINUTE);
    const known = active.get(rule.id);
    if (known?.minute === minute) return known.is;
    const is = inWeekTimes(rule.hours, timezone, now);
    active.set(rule.id, { minute, is });
    return is;
  };
  return { of, holds, isActive, zoneOf, nearest: (kind, touchpoint, now) => of(kind).find((rule) => holds(rule, touchpoint) && isActive(rule, now)) };
}
