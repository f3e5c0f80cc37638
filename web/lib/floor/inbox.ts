import { SEVERITIES } from '../../../contract/alert-words.ts';
import type { Alert } from '../../../contract/alerts.ts';
import type { Actor } from '../../../contract/events.ts';
import type { FloorState } from '../../../contract/views/floor.ts';
import type { Departure } from './departures.ts';
import { passes, type Filter } from './filter.ts';
import type { ShownAlert } from './pending.ts';

/** Whose turn it is. Good news waits for nobody and has its own short place. */
export const GROUPS = ['waiting', 'mine', 'others', 'good', 'snoozed'] as const;
export type Group = (typeof GROUPS)[number];

/** A card of the inbox: an alert, or for a moment one that is over. */
export interface Row extends ShownAlert {
  gone: Departure | null;
}

export interface Inbox {
  groups: Record<Group, Row[]>;
  /** What the filter holds back, of those that wait for somebody. */
  hidden: { count: number; urgent: number };
  /** Zones and kinds among all alerts, for the filter's chips. */
  zones: string[];
  kinds: string[];
}

type Places = Pick<FloorState, 'zoneOf' | 'devices'>;

/** The zone that an alert belongs to, by itself, its touchpoint or its device's touchpoint; null without one. */
export function zoneOf(alert: Pick<Alert, 'zone' | 'touchpoint' | 'device'>, places: Places): string | null {
  if (alert.zone !== null) return alert.zone;
  const touchpoint = alert.touchpoint ?? (alert.device === null ? null : places.devices[alert.device]?.touchpoint ?? null);
  return touchpoint === null ? null : places.zoneOf[touchpoint] ?? null;
}

export const isSnoozed = (alert: Alert, now: number): boolean => alert.state === 'open' && alert.snoozedUntil !== null && alert.snoozedUntil > now;

/** Whether it waits for anybody to take it, now. */
export const isWaiting = (alert: Alert, now: number): boolean => alert.state === 'open' && !isSnoozed(alert, now);

export function groupOf(alert: Alert, me: Actor, now: number): Group {
  if (alert.owner !== null) return alert.owner.id === me.id ? 'mine' : 'others';
  if (isSnoozed(alert, now)) return 'snoozed';
  return alert.tone === 'praise' ? 'good' : 'waiting';
}

export const rankOf = (severity: Alert['severity']): number => SEVERITIES.indexOf(severity);

/** The most urgent first, then what waits longest; ids decide among equals so that nothing swaps places. */
export function byUrgency(a: Alert, b: Alert): number {
  return rankOf(a.severity) - rankOf(b.severity) || a.since - b.since || (a.id < b.id ? -1 : 1);
}

/** Sorts and groups the cards. Rows keep their identity as long as nothing about them changed (see `Steady`). */
export function arrange(rows: readonly Row[], places: Places, filter: Filter, me: Actor, now: number): Inbox {
  const groups: Inbox['groups'] = { waiting: [], mine: [], others: [], good: [], snoozed: [] };
  const hidden = { count: 0, urgent: 0 };
  const zones = new Set<string>();
  const kinds = new Set<string>();
  for (const row of rows) {
    const zone = zoneOf(row.alert, places);
    if (zone !== null) zones.add(zone);
    kinds.add(row.alert.kind);
    const group = groupOf(row.alert, me, now);
    // What a person has taken stays before their eyes, whatever they filter.
    if (group === 'mine' || passes(filter, zone, row.alert.kind)) groups[group].push(row);
    else if (group === 'waiting') {
      hidden.count += 1;
      if (row.alert.severity === 'urgent') hidden.urgent += 1;
    }
  }
  for (const group of GROUPS) groups[group].sort((a, b) => byUrgency(a.alert, b.alert));
  return { groups, hidden, zones: [...zones].sort(), kinds: [...kinds].sort() };
}
