import type { AlertFacts } from '../../../contract/facts.ts';
import type { Alert } from '../../../contract/alerts.ts';
import type { FloorState } from '../../../contract/views/floor.ts';
import { own } from '../../../contract/views/own.ts';
import { formatClock, formatCount, formatMood, formatShare } from '../format.ts';
import { m } from '../paraglide/messages.js';
import { kindWord } from '../alert-terms.ts';
import { zoneOf } from './inbox.ts';

/** How numbers and times are written: the language on screen and the site's clock. */
export interface Ways {
  locale: string;
  timezone: string;
}

type Names = Pick<FloorState, 'places' | 'devices' | 'cameras' | 'zones' | 'zoneOf'>;

/** Where to walk: the device for what is wrong with equipment, else the touchpoint, else the zone. */
export function placeOf(alert: Pick<Alert, 'device' | 'touchpoint' | 'zone'>, names: Names): string {
  const device = alert.device === null ? undefined : own(names.devices, alert.device) ?? own(names.cameras, alert.device);
  if (device) return device.name;
  const touchpoint = alert.touchpoint === null ? undefined : own(names.places, alert.touchpoint);
  const zone = alert.zone === null ? undefined : own(names.zones, alert.zone);
  return touchpoint ?? zone ?? m.place_unknown();
}

/** What is around it, for finding the way: the device's touchpoint and the zone, as far as they are not said already. */
export function aroundOf(alert: Pick<Alert, 'device' | 'touchpoint' | 'zone'>, names: Names): string {
  const said = placeOf(alert, names);
  const zone = zoneOf(alert, names);
  const touchpoint = alert.touchpoint === null ? undefined : own(names.places, alert.touchpoint);
  const parts = [touchpoint, zone === null ? undefined : own(names.zones, zone)];
  return parts.filter((part) => part !== undefined && part !== said).join(' · ');
}

/** What is the matter, with the numbers behind it; null for single ratings, which are shown as a face. */
export function whatOf(alert: Pick<Alert, 'kind' | 'facts' | 'rating'>, ways: Ways): string | null {
  if (alert.rating !== null && alert.kind === 'feedback.negative') return null;
  const numbers = alert.facts === null ? null : factsText(alert.kind, alert.facts, ways);
  return numbers ?? kindWord(alert.kind);
}

function factsText(kind: string, facts: AlertFacts, { locale, timezone }: Ways): string | null {
  const { n, k, minutes, people, share, plan, mood, moodBefore, percent, lastSeen } = facts;
  const span = minutes === undefined ? null : Math.round(minutes);
  const percentOf = (value: number) => formatShare(value, locale);
  switch (kind) {
    case 'feedback.rate': {
      if (n === undefined || k === undefined) return null;
      const rate = span === null ? m.floor_fact_rate({ k, n }) : m.floor_fact_rate_minutes({ k, n, minutes: span });
      return facts.baseline === undefined ? rate : `${rate}, ${m.floor_usual({ value: percentOf(facts.baseline) })}`;
    }
    case 'feedback.run':
      if (k === undefined) return null;
      return span === null ? m.floor_fact_run({ k }) : m.floor_fact_run_minutes({ k, minutes: span });
    case 'feedback.praise':
      if (k === undefined) return null;
      return span === null ? m.floor_fact_praise({ k }) : m.floor_fact_praise_minutes({ k, minutes: span });
    case 'emotion.episode': return span === null ? m.floor_fact_episode() : m.floor_fact_episode_minutes({ minutes: span });
    case 'emotion.mood':
      if (mood === undefined || moodBefore === undefined) return null;
      return m.floor_fact_mood({ mood: formatMood(mood, locale), before: formatMood(moodBefore, locale) });
    case 'traffic.crowd': return people === undefined ? null : m.floor_fact_crowd({ people });
    case 'sales.conversion': return share === undefined || plan === undefined ? null : m.floor_fact_conversion({ share: percentOf(share), plan: percentOf(plan) });
    case 'staff.consultations': return share === undefined || plan === undefined ? null : m.floor_fact_consultations({ share: percentOf(share), plan: percentOf(plan) });
    case 'staff.idle': {
      if (span === null) return null;
      const idle = m.floor_fact_idle({ minutes: span });
      return people === undefined ? idle : `${idle}, ${m.floor_fact_inside({ people: formatCount(people, locale) })}`;
    }
    case 'device.silent': return lastSeen ? m.floor_fact_silent({ time: formatClock(lastSeen, timezone) }) : null;
    case 'device.battery': return percent === undefined ? null : m.floor_fact_battery({ percent });
    case 'camera.frozen': return lastSeen ? m.floor_fact_frozen({ time: formatClock(lastSeen, timezone) }) : null;
    case 'camera.stopped': return m.floor_fact_stopped();
    case 'duty.unreachable': return m.floor_fact_unreachable();
    default: return null;
  }
}

/** In whose hands it is and since when; empty while nobody has it. */
export function ownerText(alert: Alert, mine: boolean, timezone: string): string {
  if (alert.owner === null) return '';
  const { name } = alert.owner;
  if (alert.state === 'on_the_way') {
    const time = formatClock(alert.departedAt ?? alert.claimedAt ?? alert.openedAt, timezone);
    return mine ? m.floor_way_mine({ time }) : m.floor_way_owner({ name, time });
  }
  const time = formatClock(alert.claimedAt ?? alert.openedAt, timezone);
  return mine ? m.floor_mine_since({ time }) : m.floor_owner_since({ name, time });
}
