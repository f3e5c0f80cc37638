import { and, asc, desc, eq, gt, gte, inArray, isNull, lt, lte, ne, or } from '../core/store/drizzle.ts';
import { changeAlert, isFinal, KIND_DEFAULTS, LIVE_STATES, openedAlert, type Alert, type AlertChange, type AlertEvent, type AlertKind } from '../../contract/index.ts';
import { LogEvent } from '../core/log/event.ts';
import type { Db, NewEvent, Store, Transaction } from '../core/store/store.ts';
import { settingsReader } from './settings.ts';
import { alertsTable } from './tables.ts';
import { DEFAULT_TIMING, nextAt, type AlertTimes, type Timing } from './timers-due.ts';

/** Alerts of one site that a console is shown; the newest are left out beyond. */
const LIVE_MOST = 1_000;
/** Events of one alert that are found again beside its first and last. */
const STEPS_MOST = 100;

type Row = typeof alertsTable.sqlite.$inferSelect;
type AlertColumns = ReturnType<typeof toRow>;

/** An alert that nobody else changes until this transaction ends. */
export interface HeldAlert { alert: Alert; row: Row }
/** What a report needs to know of an alert. */
export type ReportedAlert = Pick<Row, 'id' | 'kind' | 'rule' | 'state' | 'touchpoint' | 'zone' | 'device' | 'since' | 'openedAt' | 'seenAt' | 'claimedAt' | 'resolvedAt' | 'outcome' | 'ownerId' | 'ownerName'>;

const parsed = <T>(text: string | null): T | null => (text === null ? null : JSON.parse(text) as T);

const toAlert = (row: Row): Alert => ({
  id: row.id, site: row.site, kind: row.kind, severity: row.severity as Alert['severity'], state: row.state as Alert['state'], rule: row.rule,
  touchpoint: row.touchpoint, zone: row.zone, device: row.device, since: row.since, openedAt: row.openedAt, count: row.count,
  rating: parsed(row.rating), message: parsed(row.message), facts: parsed(row.facts),
  tone: (row.tone ?? KIND_DEFAULTS[row.kind as AlertKind].tone) as Alert['tone'], actBy: row.actBy,
  owner: row.ownerId === null ? null : { id: row.ownerId, name: row.ownerName ?? '' }, claimedAt: row.claimedAt, departedAt: row.departedAt, seenAt: row.seenAt,
  step: row.step, snoozedUntil: row.snoozedUntil, resolvedAt: row.resolvedAt, cause: row.cause, outcome: row.outcome as Alert['outcome'], note: row.note,
});

/** The alert's own columns. */
const toRow = (alert: Alert) => {
  const { owner, rating, message, facts, ...rest } = alert;
  const text = (value: object | null): string | null => value && JSON.stringify(value);
  return { ...rest, rating: text(rating), message: text(message), facts: text(facts), ownerId: owner?.id ?? null, ownerName: owner?.name ?? null };
};

const timesOf = (alert: Alert, { timing, quiet, waitingSince }: Pick<Row, 'timing' | 'quiet' | 'waitingSince'>, expireS: number): AlertTimes =>
  ({ ...alert, waitingSince: waitingSince ?? alert.openedAt, quiet: quiet !== 0, timing: parsed<Timing>(timing) ?? { ...DEFAULT_TIMING, expireS } });

/** The offsets of an alert's events with one more; what does not fit is left out from the middle, the newest is always there. */
function stepsWith(steps: string | null, offset: number): string {
  const offsets = parsed<number[]>(steps) ?? [];
  return JSON.stringify([...offsets.slice(0, STEPS_MOST - 1), offset]);
}

/** Alerts as they stand. Whoever changes one holds it first (`hold`), then appends: so no two wait for each other. */
export function createAlertsRepository(store: Store) {
  const alerts = store.use(alertsTable);
  const settingsOf = settingsReader(store);
  const live = inArray(alerts.state, [...LIVE_STATES]);

  /** Only alerts from before there were rules need the site's settings here. */
  async function timesIn(db: Db, alert: Alert, row: Pick<Row, 'timing' | 'quiet' | 'waitingSince'>): Promise<AlertTimes> {
    return timesOf(alert, row, row.timing === null ? (await settingsOf(db, alert.site)).expireS : 0);
  }

  /** The alert, and nobody else's until the transaction ends: an update locks the row on every store. */
  async function hold(db: Db, id: string): Promise<HeldAlert | undefined> {
    const rows = await db.update(alerts).set({ id }).where(eq(alerts.id, id)).returning();
    return rows[0] && { alert: toAlert(rows[0]), row: rows[0] };
  }

  /** Those of the alerts that are still due at `now`, held. For transactions without a scope: others may hold them in another order. */
  async function holdDue(db: Db, ids: readonly string[], now: number): Promise<HeldAlert[]> {
    const rows = await db.update(alerts).set({ nextAt: alerts.nextAt }).where(and(inArray(alerts.id, [...ids]), lte(alerts.nextAt, now))).returning();
    return rows.map((row) => ({ alert: toAlert(row), row }));
  }

  async function insert(db: Db, event: Extract<AlertEvent, { type: 'alert.opened' }>): Promise<Alert> {
    const { timing, tell, quiet } = event.body;
    const alert = openedAlert(event);
    const own = { timing: timing ? JSON.stringify(timing) : null, quiet: Number(quiet ?? false), waitingSince: event.at };
    await db.insert(alerts).values({
      ...toRow(alert), ...own, tell: tell ? JSON.stringify(tell) : null, noticedAt: null, openedOffset: event.offset, resolvedOffset: null, steps: null,
      nextAt: nextAt(await timesIn(db, alert, own)),
    }).onConflictDoNothing();
    return alert;
  }

  /** Writes what an event says onto a held alert that is not over, and resolves to how it stands then. */
  async function change(db: Db, { alert: before, row }: HeldAlert, event: AlertChange): Promise<Alert> {
    const alert = { ...before };
    changeAlert(alert, event);
    const waits = event.type === 'alert.released' || event.type === 'alert.returned' || event.type === 'alert.snoozed';
    await write(db, row, alert, {
      ...(waits ? { waitingSince: event.at } : {}),
      ...(event.type === 'alert.grown' ? {} : { steps: stepsWith(row.steps, event.offset) }),
      ...(event.type === 'alert.noticed' ? { noticedAt: row.noticedAt ?? event.at } : {}),
      ...(isFinal(alert.state) ? { resolvedOffset: event.offset } : {}),
    });
    return alert;
  }

  async function write(db: Db, row: Row, alert: Alert, more: Partial<Omit<Row, keyof AlertColumns>>): Promise<void> {
    // What has become urgent is no longer held back.
    const own = { timing: row.timing, waitingSince: more.waitingSince ?? row.waitingSince, quiet: alert.severity === 'urgent' ? 0 : row.quiet };
    await db.update(alerts).set({ ...toRow(alert), ...more, ...own, nextAt: nextAt(await timesIn(db, alert, own)) }).where(eq(alerts.id, alert.id));
  }

  return {
    settingsOf, hold, holdDue, insert, change,

    find: async (db: Db, id: string): Promise<Alert | undefined> => {
      const rows = await db.select().from(alerts).where(eq(alerts.id, id)).limit(1);
      return rows[0] && toAlert(rows[0]);
    },

    /** Whom the alert's rule names, whether its notices are held back, and whether one has gone out. */
    noticeOf: async (db: Db, id: string): Promise<{ tell: string[] | null; quiet: boolean; noticed: boolean } | undefined> => {
      const row = (await db.select({ tell: alerts.tell, quiet: alerts.quiet, noticedAt: alerts.noticedAt }).from(alerts).where(eq(alerts.id, id)).limit(1))[0];
      return row && { tell: parsed<string[]>(row.tell), quiet: row.quiet !== 0, noticed: row.noticedAt !== null };
    },

    /** Newest first; live ones, or those of one state; those before alert `before` when given (none when there is no such). */
    list: (site: string, { state, limit, before }: { state?: Alert['state'] | undefined; limit: number; before?: string | undefined }): Promise<Alert[]> => store.read(async (db) => {
      const place = before === undefined ? undefined : (await db.select({ openedAt: alerts.openedAt }).from(alerts).where(and(eq(alerts.site, site), eq(alerts.id, before))).limit(1))[0];
      if (before !== undefined && !place) return [];
      const older = place && or(lt(alerts.openedAt, place.openedAt), and(eq(alerts.openedAt, place.openedAt), lt(alerts.id, before!)));
      const rows = await db.select().from(alerts).where(and(eq(alerts.site, site), state ? eq(alerts.state, state) : live, older))
        .orderBy(desc(alerts.openedAt), desc(alerts.id)).limit(limit);
      return rows.map(toAlert);
    }),

    /**
     * Alerts that were not over at `offset` of the site's log, as they stand now. Folding what came after the offset
     * onto them ends in the state of the last event, for every event sets how things stand after it.
     */
    liveSince: (site: string, offset: number): Promise<Alert[]> => store.read(async (db) => {
      const rows = await db.select().from(alerts)
        .where(and(eq(alerts.site, site), lte(alerts.openedOffset, offset), or(isNull(alerts.resolvedOffset), gt(alerts.resolvedOffset, offset))))
        .orderBy(asc(alerts.openedAt)).limit(LIVE_MOST);
      return rows.map(toAlert);
    }),

    /** Alerts of the same kind at the same place that were raised no later, newest first. */
    similar: ({ id, site, kind, touchpoint, zone, openedAt }: Alert, limit: number): Promise<Alert[]> => store.read(async (db) => {
      const place = touchpoint !== null ? eq(alerts.touchpoint, touchpoint) : zone !== null ? eq(alerts.zone, zone) : and(isNull(alerts.touchpoint), isNull(alerts.zone));
      const rows = await db.select().from(alerts).where(and(eq(alerts.site, site), eq(alerts.kind, kind), place, lte(alerts.openedAt, openedAt), ne(alerts.id, id)))
        .orderBy(desc(alerts.openedAt)).limit(limit);
      return rows.map(toAlert);
    }),

    /** Offsets in the site's log of what happened to an alert, save its growth; ascending. */
    offsetsOf: (id: string): Promise<number[]> => store.read(async (db) => {
      const row = (await db.select({ opened: alerts.openedOffset, resolved: alerts.resolvedOffset, steps: alerts.steps }).from(alerts).where(eq(alerts.id, id)).limit(1))[0];
      if (!row) return [];
      return [...new Set([row.opened, ...parsed<number[]>(row.steps) ?? [], ...(row.resolved === null ? [] : [row.resolved])])].sort((a, b) => a - b);
    }),

    /** Writes what an alert event says; to be called in the transaction that appends it. */
    async apply(db: Db, event: AlertEvent): Promise<void> {
      if (event.type === 'alert.opened') { await insert(db, event); return; }
      const held = await hold(db, event.body.alert);
      if (held && !isFinal(held.alert.state)) await change(db, held, event);
    },

    /** Alerts that were raised from `from` until before `to` (epoch ms), oldest first, as reports need them: without what visitors said. */
    between: (site: string, from: number, to: number, limit: number): Promise<ReportedAlert[]> => store.read((db) => {
      const { id, kind, rule, state, touchpoint, zone, device, since, openedAt, seenAt, claimedAt, resolvedAt, outcome, ownerId, ownerName } = alerts;
      return db.select({ id, kind, rule, state, touchpoint, zone, device, since, openedAt, seenAt, claimedAt, resolvedAt, outcome, ownerId, ownerName }).from(alerts)
        .where(and(eq(alerts.site, site), gte(openedAt, from), lt(openedAt, to))).orderBy(asc(openedAt), asc(id)).limit(limit);
    }),

    /** Alerts about which the hub has something to do by itself at `now`, the longest due first. */
    due: (now: number, limit: number): Promise<string[]> => store.read(async (db) => {
      const rows = await db.select({ id: alerts.id }).from(alerts).where(lte(alerts.nextAt, now)).orderBy(asc(alerts.nextAt)).limit(limit);
      return rows.map(({ id }) => id);
    }),

    /** Live alerts that the hub would never come back to: from before it did anything by itself. */
    forgotten: (limit: number): Promise<string[]> => store.read(async (db) => {
      const rows = await db.select({ id: alerts.id }).from(alerts).where(and(live, isNull(alerts.waitingSince))).limit(limit);
      return rows.map(({ id }) => id);
    }),

    timesOf: (db: Db, { alert, row }: HeldAlert): Promise<AlertTimes> => timesIn(db, alert, row),

    /** Sets when the hub comes back to an alert, from the alert itself. */
    schedule: (db: Db, { alert, row }: HeldAlert): Promise<void> => write(db, row, alert, { waitingSince: row.waitingSince ?? alert.openedAt }),
  };
}
export type AlertsRepository = ReturnType<typeof createAlertsRepository>;

/**
 * Appends an alert event and writes its row, in one transaction. Resolves to how the alert stands then; undefined, and
 * nothing written, when the event is in the log already or the alert is over. Pass `held` when it is held already.
 */
export async function stateAlert(tx: Transaction, repository: AlertsRepository, event: NewEvent, held?: HeldAlert): Promise<Alert | undefined> {
  const opening = event.type === 'alert.opened';
  const mine = opening ? undefined : held ?? await repository.hold(tx.db, (JSON.parse(event.body) as { alert: string }).alert);
  if (!opening && (!mine || isFinal(mine.alert.state))) return undefined;
  const [offset] = await tx.append([event]);
  if (!offset) return undefined;
  const stated = new LogEvent(event, offset, event.at).event as AlertEvent;
  return stated.type === 'alert.opened' ? repository.insert(tx.db, stated) : repository.change(tx.db, mine!, stated);
}

/** Appends one event for each of several held alerts that are not over, together, and writes their rows. */
export async function stateHeld(tx: Transaction, repository: AlertsRepository, stated: readonly { held: HeldAlert; event: NewEvent }[]): Promise<void> {
  const offsets = await tx.append(stated.map(({ event }) => event));
  // Not one after another: each would wait for the database's answer to the one before.
  await Promise.all(stated.map(async ({ held, event }, i) => {
    const offset = offsets[i]!;
    if (offset > 0) await repository.change(tx.db, held, new LogEvent(event, offset, event.at).event as AlertChange);
  }));
}
