import { percentile, wilson } from '../../contract/statistics.ts';
import type { Percentiles, ResponseReport, ResponseRow, Shift, ShareWithInterval } from '../../contract/index.ts';
import type { ReportedAlert } from '../alerts/index.ts';
import { occurrencesBetween, type Occurrence } from '../duty/index.ts';

/** Names that a report gives to what alerts only know by id. */
export interface ReportNames {
  timezone: string;
  shifts: readonly Shift[];
  zones: ReadonlyMap<string, string>;
  /** By rule; null: named by its kind. */
  rules: ReadonlyMap<string, string | null>;
}

/** An alert of the same kind at the same place this soon after one was resolved is the same trouble again. */
export const REPEAT_MS = 3600_000;
/** Kinds that are about one visitor, who may leave before anybody comes. */
const VISITOR_KINDS: ReadonlySet<string> = new Set(['feedback.negative', 'emotion.episode']);
/** How people end alerts. */
const BY_PEOPLE: ReadonlySet<string> = new Set(['resolved', 'unreachable', 'false']);
/** A rule is noisy when even the lower bound of its share of false alerts is above this, with so many judged. */
const NOISY = { share: 0.2, judged: 10 };

/** Which alert, by its place in the list, and how many seconds after its cause. */
interface StepTaken { alert: number; seconds: number }
/** A period's alerts and the steps that they came to, quickest first: sorted once, every group of them is sorted too. */
interface Prepared { alerts: readonly ReportedAlert[]; seen: StepTaken[]; claimed: StepTaken[]; resolved: StepTaken[] }
interface Group { alerts: number; seen: number[]; claimed: number[]; resolved: number[]; expired: number; cleared: number; newest: ReportedAlert }
const STEPS = ['seen', 'claimed', 'resolved'] as const;

function prepared(alerts: readonly ReportedAlert[]): Prepared {
  const taken = (at: (alert: ReportedAlert) => number | null): StepTaken[] => alerts.flatMap((alert, i) => {
    const moment = at(alert);
    return moment === null ? [] : [{ alert: i, seconds: Math.max(0, moment - alert.since) / 1000 }];
  }).sort((a, b) => a.seconds - b.seconds);
  return { alerts, seen: taken(({ seenAt }) => seenAt), claimed: taken(({ claimedAt }) => claimedAt), resolved: taken(({ state, resolvedAt }) => (BY_PEOPLE.has(state) ? resolvedAt : null)) };
}

const percentilesOf = (sorted: readonly number[]): Percentiles =>
  (sorted.length === 0 ? { n: 0, p50: null, p90: null } : { n: sorted.length, p50: percentile(sorted, 50), p90: percentile(sorted, 90) });

function groupsBy(period: Prepared, keysOf: (alert: ReportedAlert) => readonly (string | null)[]): Map<string | null, Group> {
  const groups = new Map<string | null, Group>();
  const groupsOf = period.alerts.map((alert) => keysOf(alert).map((key) => {
    let group = groups.get(key);
    if (!group) groups.set(key, group = { alerts: 0, seen: [], claimed: [], resolved: [], expired: 0, cleared: 0, newest: alert });
    group.alerts += 1;
    if (alert.state === 'expired') group.expired += 1;
    if (alert.state === 'cleared') group.cleared += 1;
    group.newest = alert;
    return group;
  }));
  for (const step of STEPS) for (const { alert, seconds } of period[step]) for (const group of groupsOf[alert]!) group[step].push(seconds);
  return groups;
}

const NOTHING: Omit<Group, 'newest'> = { alerts: 0, seen: [], claimed: [], resolved: [], expired: 0, cleared: 0 };
function rowOf(key: string | null, name: string | null, { alerts, seen, claimed, resolved, expired, cleared }: Omit<Group, 'newest'>): ResponseRow {
  return { key, name, alerts, seen: percentilesOf(seen), claimed: percentilesOf(claimed), resolved: percentilesOf(resolved), byPeople: resolved.length, expired, cleared };
}

/** One row for each key, most alerts first; those without a key come last. */
function rowsBy(period: Prepared, keysOf: (alert: ReportedAlert) => readonly (string | null)[], nameOf: (key: string, newest: ReportedAlert) => string | null): ResponseRow[] {
  const rows = [...groupsBy(period, keysOf)].map(([key, group]) => rowOf(key, key === null ? null : nameOf(key, group.newest), group));
  return rows.sort((a, b) => Number(a.key === null) - Number(b.key === null) || b.alerts - a.alerts || (a.key! < b.key! ? -1 : 1));
}

function shareOf(k: number, n: number): ShareWithInterval {
  return n === 0 ? { k, n, share: null, low: null, high: null } : { k, n, ...wilson(k, n) };
}

/** Whether a moment lies in one of these times, which are sorted and do not overlap by more than an hour. */
function within(times: readonly Occurrence[], at: number): boolean {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]!.start <= at) low = middle + 1;
    else high = middle;
  }
  return (times[low - 1]?.end ?? 0) > at || (times[low - 2]?.end ?? 0) > at;
}

/** The shifts that ran when an alert's cause happened; none: outside all of them. */
function shiftsAt({ shifts, timezone }: ReportNames, alerts: readonly ReportedAlert[]): (alert: ReportedAlert) => (string | null)[] {
  let first = Infinity;
  let last = -Infinity;
  for (const { since } of alerts) { first = Math.min(first, since); last = Math.max(last, since); }
  const times = alerts.length === 0 ? [] : occurrencesBetween(shifts, timezone, first, last + 1);
  return ({ since }) => {
    const running = shifts.filter((_shift, i) => within(times[i]!, since)).map(({ id }) => id);
    return running.length === 0 ? [null] : running;
  };
}

const placeOf = ({ kind, touchpoint, device, zone }: ReportedAlert): string => JSON.stringify([kind, touchpoint ?? [device, zone]]);

/** Of the resolved ones among `alerts`: after how many the same came again. `all` goes on beyond the period by an hour. */
function repeatsOf(alerts: readonly ReportedAlert[], all: readonly ReportedAlert[]): ShareWithInterval {
  const opened = new Map<string, number[]>();
  for (const alert of all) {
    const place = placeOf(alert);
    const times = opened.get(place);
    if (times) times.push(alert.openedAt);
    else opened.set(place, [alert.openedAt]);
  }
  let n = 0;
  let k = 0;
  for (const alert of alerts) {
    const { state, resolvedAt } = alert;
    if (state !== 'resolved' || resolvedAt === null) continue;
    n += 1;
    // Oldest first, so the next one after the end decides.
    const times = opened.get(placeOf(alert))!;
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle]! <= resolvedAt) low = middle + 1;
      else high = middle;
    }
    const next = times[low];
    if (next !== undefined && next <= resolvedAt + REPEAT_MS) k += 1;
  }
  return shareOf(k, n);
}

function caughtOf(alerts: readonly ReportedAlert[]): ShareWithInterval {
  const told = alerts.filter(({ kind, outcome }) => outcome !== null && VISITOR_KINDS.has(kind));
  return shareOf(told.filter(({ outcome }) => outcome === 'helped').length, told.length);
}

/** Per rule: of the alerts that people ended, how many they called false. */
function falseShares(alerts: readonly ReportedAlert[], names: ReportNames['rules']): ResponseReport['rules'] {
  const rules = new Map<string, { kind: string; judged: number; wrong: number }>();
  for (const { rule, kind, state } of alerts) {
    if (rule === null) continue;
    const counts = rules.get(rule) ?? { kind, judged: 0, wrong: 0 };
    rules.set(rule, counts);
    if (BY_PEOPLE.has(state)) counts.judged += 1;
    if (state === 'false') counts.wrong += 1;
  }
  return [...rules].map(([rule, { kind, judged, wrong }]) => {
    const falseShare = shareOf(wrong, judged);
    return { rule, kind, name: names.get(rule) ?? null, falseShare, noisy: judged >= NOISY.judged && falseShare.low! > NOISY.share };
  }).sort((a, b) => (b.falseShare.low ?? 0) - (a.falseShare.low ?? 0) || (a.rule < b.rule ? -1 : 1));
}

/**
 * How fast a site's team was with the alerts that were raised from `from` until before `to` (epoch ms). Times are seconds
 * since what caused the alert. `alerts` are sorted by when they were raised and go on for `REPEAT_MS` after `to`, so that
 * repeats of the last ones are found. An alert counts for every shift that ran when it happened.
 */
export function responseReport(all: readonly ReportedAlert[], names: ReportNames, { from, to }: { from: number; to: number }): ResponseReport {
  const alerts = all.filter(({ openedAt }) => openedAt >= from && openedAt < to);
  const period = prepared(alerts);
  const shiftNames = new Map(names.shifts.map(({ id, name }) => [id, name]));
  return {
    from, to, total: rowOf(null, null, groupsBy(period, () => [null]).get(null) ?? NOTHING),
    byShift: rowsBy(period, shiftsAt(names, alerts), (key) => shiftNames.get(key) ?? null),
    byZone: rowsBy(period, ({ zone }) => [zone], (key) => names.zones.get(key) ?? null),
    byKind: rowsBy(period, ({ kind }) => [kind], () => null),
    // As they were called when they last ended one.
    byPerson: rowsBy(period, ({ ownerId }) => [ownerId], (_key, newest) => newest.ownerName),
    caught: caughtOf(alerts), repeats: repeatsOf(alerts, all), rules: falseShares(alerts, names.rules),
  };
}
