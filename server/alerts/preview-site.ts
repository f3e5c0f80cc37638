import { setImmediate as turn } from 'node:timers/promises';
import { LOUDEST_PER_DAY, zoneOffsetMs, type AlertKind, type Rule, type RuleParams, type RulePreview, type Site } from '../../contract/index.ts';
import { and, desc, eq, gte, sql } from '../core/store/drizzle.ts';
import type { Db, Store } from '../core/store/store.ts';
import { DAY, HOUR, hourOf, USUAL_DAYS, type Metrics, type RatingHour } from '../metrics/index.ts';
import { measureEvents, ratingEvents } from './preview-events.ts';
import { createReplay, usualKey, type HourSums, type Replayed } from './preview.ts';
import { seededPresses } from './preview-estimate.ts';
import { ruleBook } from './rule-match.ts';
import { expectedFalsePerDay, type UsualHour } from './statistics/index.ts';
import { alertsTable } from './tables.ts';

const SHOWN_MOST = 50;
/** Alerts of the past that are counted for kinds of which nothing else is kept. */
const PAST_MOST = 10_000;
/** Less history than this says nothing of a day. */
const LEAST_DAYS = 0.5;

type Source = 'ratings' | 'measures' | 'alerts';
const sourceOf = (kind: AlertKind): Source => {
  if (kind.startsWith('feedback.')) return 'ratings';
  return ['emotion.mood', 'traffic.crowd', 'sales.conversion', 'staff.consultations', 'staff.idle'].includes(kind) ? 'measures' : 'alerts';
};

export interface PreviewDeps { store: Store; metrics: Metrics }
export interface PreviewInput { rule: Rule; site: Site; groupMs: number; now: number }
interface Outcome { count: number; alerts: Replayed[]; days: number }

/**
 * What a rule would have done in the last 28 days. Ratings are played back from their marks, other measures from their
 * minutes. Of episodes, devices and shifts nothing is kept but the alerts that there were: those are counted, at the
 * rule's place. Gives way to other work between hours. Pure reading.
 */
export async function previewRule(deps: PreviewDeps, input: PreviewInput): Promise<RulePreview> {
  const source = sourceOf(input.rule.kind as AlertKind);
  const from = hourOf(input.now - USUAL_DAYS * DAY);
  const ratings = source === 'ratings' ? await readRatings(deps, input, from - USUAL_DAYS * 24) : [];
  const outcome = source === 'ratings' ? await replayRatings(input, ratings, from) : source === 'measures' ? await replayMeasures(deps, input, from) : await countAlerts(deps, input);
  const isKnown = outcome.days >= LEAST_DAYS;
  const perDay = isKnown ? outcome.count / outcome.days : source === 'ratings' ? await estimate(input) : 0;
  const falsePerDay = input.rule.kind === 'feedback.rate' ? falseAlerts(input, ratings.filter(({ hour }) => hour >= from), outcome.days) : null;
  return { days: outcome.days, count: outcome.count, alerts: outcome.alerts, perDay, falsePerDay, tooLoud: perDay > LOUDEST_PER_DAY };
}

const daysSince = (first: number | undefined, now: number): number => (first === undefined ? 0 : Math.max(0, Math.min(USUAL_DAYS, (now - first * HOUR) / DAY)));

async function readRatings({ store, metrics }: PreviewDeps, { site, now }: PreviewInput, from: number): Promise<RatingHour[]> {
  const rows: RatingHour[] = [];
  for (let hour = from; hour <= hourOf(now); hour += 24) {
    rows.push(...await store.read((db) => metrics.ratings(db, site.id, hour, Math.min(hour + 24, hourOf(now) + 1))));
    await turn();
  }
  return rows;
}

function ratingSums(rows: readonly RatingHour[]): HourSums {
  return new Map(rows.map(({ touchpoint, hour, lowest, negative, neutral, positive }) => [usualKey(touchpoint, hour), { all: lowest + negative + neutral + positive, part: lowest + negative }]));
}

const byHour = (rows: readonly RatingHour[]): Map<number, RatingHour[]> => Map.groupBy(rows, ({ hour }) => hour);

async function replayRatings(input: PreviewInput, rows: readonly RatingHour[], from: number): Promise<Outcome> {
  const replay = createReplay({ ...input, ratings: ratingSums(rows), moods: new Map() });
  for (const [, hour] of byHour(rows.filter((row) => row.hour >= from))) {
    for (const event of ratingEvents(hour)) replay.feed(event);
    await turn();
  }
  return { ...replay.result(SHOWN_MOST), days: daysSince(rows[0]?.hour, input.now) };
}

async function replayMeasures({ store, metrics }: PreviewDeps, input: PreviewInput, from: number): Promise<Outcome> {
  const { site, now, rule } = input;
  const moods = new Map<string, { all: number; part: number }>();
  const until = hourOf(now) + 1;
  if (rule.kind === 'emotion.mood') {
    for (let hour = from - USUAL_DAYS * 24; hour < until; hour += 24) {
      for (const one of await store.read((db) => metrics.moodHours(db, site.id, hour, Math.min(hour + 24, until)))) moods.set(usualKey(one.touchpoint, one.hour), { all: one.faces, part: one.mood });
      await turn();
    }
  }
  const replay = createReplay({ ...input, ratings: new Map(), moods });
  for (let hour = from; hour < until; hour += 6) {
    for (const minute of await store.read((db) => metrics.measures(db, site.id, hour * 60, Math.min(hour + 6, until) * 60))) {
      for (const event of measureEvents(minute, site)) replay.feed(event);
    }
    await turn();
  }
  return { ...replay.result(SHOWN_MOST), days: daysSince(await store.read((db) => metrics.firstHour(db, site.id)), now) };
}

async function countAlerts({ store, metrics }: PreviewDeps, { rule, site, now }: PreviewInput): Promise<Outcome> {
  const alerts = store.use(alertsTable);
  const rows = await store.read((db: Db) => db.select({ at: alerts.openedAt, touchpoint: alerts.touchpoint, zone: alerts.zone, device: alerts.device, count: alerts.count, facts: alerts.facts })
    .from(alerts).where(and(eq(alerts.site, site.id), eq(alerts.kind, rule.kind), gte(alerts.openedAt, now - USUAL_DAYS * DAY))).orderBy(desc(alerts.openedAt)).limit(PAST_MOST));
  const book = ruleBook([{ ...rule, enabled: true }], site);
  const raised = rows.filter(({ touchpoint, at }) => book.holds(rule, touchpoint) && book.isActive(rule, at)).map((row) => ({ ...row, facts: row.facts === null ? null : JSON.parse(row.facts) as Replayed['facts'] }));
  const first = await store.read(async (db) => (await db.select({ at: sql<number>`min(${alerts.openedAt})`.mapWith(Number) }).from(alerts).where(eq(alerts.site, site.id)))[0]?.at);
  const counted = await store.read((db) => metrics.firstHour(db, site.id));
  const known = [...(first ? [hourOf(first)] : []), ...(counted === undefined ? [] : [counted])];
  return { count: raised.length, alerts: raised.slice(0, SHOWN_MOST), days: daysSince(known.length === 0 ? undefined : Math.min(...known), now) };
}

/** Alerts a day at a shop nobody knows yet: 60 presses an hour at each touchpoint. */
async function estimate(input: PreviewInput): Promise<number> {
  const touchpoints = input.site.touchpoints.map(({ id }) => id).filter((id) => ruleBook([{ ...input.rule, enabled: true }], input.site).holds(input.rule, id));
  const { rows, days } = seededPresses(touchpoints.length === 0 ? [input.rule.place.touchpoint ?? ''] : touchpoints, input.now, input.site.timezone);
  const { count } = await replayRatings(input, rows, 0);
  return count / days;
}

/** Alerts a day that come by chance alone. All touchpoints are taken as one that is as busy as they are on average. */
function falseAlerts({ rule, site }: PreviewInput, rows: readonly RatingHour[], days: number): number {
  const { sensitivity, minimum } = rule.params as RuleParams<'feedback.rate'>;
  const book = ruleBook([{ ...rule, enabled: true }], site);
  const held = rows.filter(({ touchpoint }) => book.holds(rule, touchpoint === '' ? null : touchpoint));
  const places = new Set(held.map(({ touchpoint }) => touchpoint)).size;
  if (places === 0 || days < LEAST_DAYS) {
    const usual = Array.from({ length: 24 }, (_, hour): UsualHour => (hour >= 10 && hour < 20 ? { perHour: 60, share: 0.15, n: 0 } : { perHour: 0, share: 0, n: 0 }));
    const some = Math.max(1, site.touchpoints.filter(({ id }) => book.holds(rule, id)).length);
    return some * expectedFalsePerDay({ hours: usual, cooldownS: rule.cooldownS, sensitivity, minimum });
  }
  const sums = Array.from({ length: 24 }, () => ({ n: 0, k: 0 }));
  for (const { hour, lowest, negative, neutral, positive } of held) {
    const local = sums[(((hour + Math.round(zoneOffsetMs(site.timezone, hour * HOUR) / HOUR)) % 24) + 24) % 24]!;
    local.n += lowest + negative + neutral + positive;
    local.k += lowest + negative;
  }
  const hours = sums.map(({ n, k }): UsualHour => ({ perHour: n / places / Math.max(1, days), share: n === 0 ? 0 : k / n, n: Math.round(n / places) }));
  return places * expectedFalsePerDay({ hours, cooldownS: rule.cooldownS, sensitivity, minimum });
}
