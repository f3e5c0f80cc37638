import { and, asc, desc, eq, gt, isNull, lt, lte, ne, or, sql } from '../core/store/drizzle.ts';
import { ulid } from 'ulid';
import type { Delivery, Locale, NotifyChannel, Severity } from '../../contract/index.ts';
import { newSecret } from '../core/auth/index.ts';
import type { Db, Store } from '../core/store/store.ts';
import type { Reason } from './texts.ts';
import { deliveriesTable } from './tables.ts';

export type DeliveryRow = typeof deliveriesTable.sqlite.$inferSelect;

/**
 * What is to be said. Only what cannot be looked up when it is sent: words about an alert are made from the alert as it
 * stands then, so nothing that a visitor said is kept here.
 */
export type Said =
  | { what: 'alert'; reason: Reason; locale: Locale }
  /** Held back and told together; `more` counts those beyond the listed ones. `reason` holds when only one is left. */
  | { what: 'summary'; alerts: string[]; more: number; reason: Reason; locale: Locale }
  | { what: 'test'; locale: Locale }
  | { what: 'webhook'; event: string; at: number; quiet: boolean };

type Summary = Extract<Said, { what: 'summary' }>;

export interface NewDelivery {
  notice: string; site: string | null; alert: string | null; user: string | null; name: string | null; channel: NotifyChannel; target: string | null; turn: number;
  severity: Severity; said: Said; createdAt: number; nextAt: number; leasedUntil?: number; attempts?: number;
}

/** Alerts that one summary lists; those beyond are only counted. */
const SUMMARY_MOST = 500;
/** Kept for people to look at, ms. */
const KEPT_MS = 30 * 24 * 3_600_000;
const waiting = 'waiting';

export const toDelivery = (row: DeliveryRow, errorText: (kept: string) => string): Delivery => ({
  id: row.id, site: row.site, alert: row.alert, user: row.user, name: row.name, channel: row.channel as Delivery['channel'], state: row.state as Delivery['state'],
  attempts: row.attempts, createdAt: row.createdAt, sentAt: row.sentAt, receivedAt: row.receivedAt, error: row.error === null ? null : errorText(row.error),
});

/** Queries for deliveries. Rows change only from `waiting` by conditions in the statement itself, so hubs cannot undo each other's. */
export function createDeliveries(store: Pick<Store, 'use'>) {
  const rows = store.use(deliveriesTable);
  const done = { nextAt: null, leasedUntil: null };
  const free = (now: number) => or(isNull(rows.leasedUntil), lte(rows.leasedUntil, now));

  return {
    async insert(db: Db, deliveries: readonly NewDelivery[]): Promise<string[]> {
      if (deliveries.length === 0) return [];
      const made = deliveries.map(({ said, leasedUntil = null, attempts = 0, ...rest }) => ({
        ...rest, leasedUntil, attempts, id: ulid().toLowerCase(), state: waiting, body: JSON.stringify(said), receipt: newSecret(), sentAt: null, receivedAt: null, error: null,
      }));
      await db.insert(rows).values(made);
      return made.map(({ id }) => id);
    },
    get: async (db: Db, id: string): Promise<DeliveryRow | undefined> => (await db.select().from(rows).where(eq(rows.id, id)).limit(1))[0],
    byReceipt: async (db: Db, receipt: string): Promise<DeliveryRow | undefined> => (await db.select().from(rows).where(eq(rows.receipt, receipt)).limit(1))[0],
    ofSite: (db: Db, site: string, limit: number): Promise<DeliveryRow[]> => db.select().from(rows).where(eq(rows.site, site)).orderBy(desc(rows.createdAt), desc(rows.notice), desc(rows.turn), desc(rows.id)).limit(limit),

    /** Whether anything may be tried at `now`. */
    anyDue: async (db: Db, now: number): Promise<boolean> => (await db.select({ id: rows.id }).from(rows).where(and(lte(rows.nextAt, now), eq(rows.state, waiting), free(now))).limit(1)).length > 0,
    /** What may be tried by a channel at `now`, the longest due first, save for these targets. */
    due: (db: Db, channel: NotifyChannel, now: number, limit: number, busy: readonly string[] = []): Promise<Pick<DeliveryRow, 'id' | 'channel' | 'target'>[]> => db.select({ id: rows.id, channel: rows.channel, target: rows.target }).from(rows)
      .where(and(lte(rows.nextAt, now), eq(rows.channel, channel), eq(rows.state, waiting), free(now), ...busy.map((target) => ne(rows.target, target))))
      .orderBy(asc(rows.nextAt), asc(rows.id)).limit(limit),

    /** Takes a due row for this hub until `until`; undefined when it is not to be had. */
    async lease(db: Db, id: string, now: number, until: number): Promise<DeliveryRow | undefined> {
      return (await db.update(rows).set({ leasedUntil: until, attempts: sql`${rows.attempts} + 1` })
        .where(and(eq(rows.id, id), eq(rows.state, waiting), lte(rows.nextAt, now), free(now))).returning())[0];
    },
    /** Gives an untried row back. */
    async giveBack(db: Db, { id, leasedUntil }: Pick<DeliveryRow, 'id' | 'leasedUntil'>, now: number): Promise<void> {
      await db.update(rows).set({ leasedUntil: null, nextAt: now, attempts: sql`${rows.attempts} - 1` }).where(and(eq(rows.id, id), eq(rows.state, waiting), eq(rows.leasedUntil, leasedUntil ?? 0)));
    },

    /** True when it was still waiting; a row that was stopped meanwhile only learns that it went out. */
    async sent(db: Db, id: string, now: number): Promise<boolean> {
      const changed = await db.update(rows).set({ state: 'sent', sentAt: now, error: null, ...done }).where(and(eq(rows.id, id), eq(rows.state, waiting))).returning({ id: rows.id });
      if (changed.length === 0) await db.update(rows).set({ sentAt: now }).where(and(eq(rows.id, id), isNull(rows.sentAt)));
      return changed.length > 0;
    },
    async failed(db: Db, id: string, error: string): Promise<void> {
      await db.update(rows).set({ state: 'failed', error, ...done }).where(and(eq(rows.id, id), eq(rows.state, waiting)));
    },
    async retry(db: Db, id: string, error: string, at: number): Promise<void> {
      await db.update(rows).set({ error, nextAt: at, leasedUntil: null }).where(and(eq(rows.id, id), eq(rows.state, waiting)));
    },
    async cancel(db: Db, id: string): Promise<void> {
      await db.update(rows).set({ state: 'cancelled', ...done }).where(and(eq(rows.id, id), eq(rows.state, waiting)));
    },
    /** Stops whatever else waits of a notice. */
    async cancelOthers(db: Db, notice: string, except: string): Promise<void> {
      await db.update(rows).set({ state: 'cancelled', ...done }).where(and(eq(rows.notice, notice), eq(rows.state, waiting), ne(rows.id, except)));
    },
    /** Stops whatever waits about an alert. */
    async cancelAlert(db: Db, alert: string, user?: string): Promise<void> {
      await db.update(rows).set({ state: 'cancelled', ...done }).where(and(eq(rows.alert, alert), eq(rows.state, waiting), user === undefined ? undefined : eq(rows.user, user)));
    },
    async received(db: Db, id: string, now: number): Promise<void> {
      await db.update(rows).set({ state: 'received', receivedAt: now, sentAt: sql`coalesce(${rows.sentAt}, ${now})`, error: null, ...done }).where(and(eq(rows.id, id), isNull(rows.receivedAt)));
    },

    /** The rows of one notice, in turn. */
    ofNotice: (db: Db, notice: string): Promise<DeliveryRow[]> => db.select().from(rows).where(eq(rows.notice, notice)).orderBy(asc(rows.turn), asc(rows.id)),
    /** Sets when the next turns are due, those that wait untried. */
    async schedule(db: Db, notice: string, turn: number, at: number): Promise<void> {
      await db.update(rows).set({ nextAt: at }).where(and(eq(rows.notice, notice), eq(rows.turn, turn), eq(rows.state, waiting), eq(rows.attempts, 0)));
    },

    /** When notices to this person went out or are planned since `since`, urgent ones and tests left out; epoch ms. */
    async timesOf(db: Db, user: string, since: number): Promise<number[]> {
      const found = await db.select({ at: sql<number>`min(${rows.createdAt})`.mapWith(Number) }).from(rows)
        .where(and(eq(rows.user, user), gt(rows.createdAt, since), ne(rows.severity, 'urgent'), sql`${rows.site} is not null`, or(ne(rows.state, 'cancelled'), sql`${rows.sentAt} is not null`)))
        .groupBy(rows.notice);
      return found.map(({ at }) => at);
    },
    /** This person's summary at a site that nobody has begun to send, if there is one. */
    async openSummary(db: Db, user: string, site: string): Promise<{ notice: string; said: Summary } | undefined> {
      const newest = (await db.select({ notice: rows.notice }).from(rows).where(and(eq(rows.user, user), eq(rows.site, site), isNull(rows.alert), eq(rows.state, waiting))).orderBy(desc(rows.createdAt)).limit(1))[0];
      if (!newest) return undefined;
      const all = await db.select().from(rows).where(eq(rows.notice, newest.notice));
      if (all.some(({ attempts, state }) => attempts > 0 || state !== waiting)) return undefined;
      return { notice: newest.notice, said: JSON.parse(all[0]!.body) as Summary };
    },
    /** False when somebody has begun to send it meanwhile. */
    async rewrite(db: Db, notice: string, said: Said): Promise<boolean> {
      const changed = await db.update(rows).set({ body: JSON.stringify(said) }).where(and(eq(rows.notice, notice), eq(rows.state, waiting), eq(rows.attempts, 0))).returning({ turn: rows.turn });
      return changed.some(({ turn }) => turn === 0);
    },
    /** Summaries of a site that wait and list this alert. */
    async summariesOf(db: Db, site: string, alert: string): Promise<{ notice: string; said: Summary }[]> {
      const found = await db.select({ notice: rows.notice, body: rows.body }).from(rows).where(and(eq(rows.site, site), isNull(rows.alert), eq(rows.state, waiting), gt(rows.nextAt, 0)));
      const known = new Map(found.map(({ notice, body }) => [notice, JSON.parse(body) as Said]));
      return [...known].flatMap(([notice, said]) => (said.what === 'summary' && said.alerts.includes(alert) ? [{ notice, said }] : []));
    },
    async cancelNotice(db: Db, notice: string): Promise<void> {
      await db.update(rows).set({ state: 'cancelled', ...done }).where(and(eq(rows.notice, notice), eq(rows.state, waiting)));
    },
    /** Whether somebody was told of this alert as urgent already. */
    async toldUrgently(db: Db, alert: string): Promise<boolean> {
      return (await db.select({ id: rows.id }).from(rows).where(and(eq(rows.alert, alert), eq(rows.severity, 'urgent'), ne(rows.channel, 'webhook'))).limit(1)).length > 0;
    },

    /** Removes what nobody needs to look at any more. */
    async purge(db: Db, now: number): Promise<void> {
      await db.delete(rows).where(and(lt(rows.createdAt, now - KEPT_MS), or(ne(rows.state, waiting), lt(rows.nextAt, now - KEPT_MS))));
    },
    /** Stops whatever waits for a webhook. */
    async cancelTarget(db: Db, webhook: string): Promise<void> {
      await db.update(rows).set({ state: 'cancelled', ...done }).where(and(eq(rows.target, webhook), eq(rows.state, waiting), gt(rows.nextAt, 0)));
    },
  };
}
export type Deliveries = ReturnType<typeof createDeliveries>;

/** The summary with one alert more. */
export function summaryWith(said: Summary, alert: string): Summary {
  if (said.alerts.includes(alert)) return said;
  return said.alerts.length < SUMMARY_MOST ? { ...said, alerts: [...said.alerts, alert] } : { ...said, more: said.more + 1 };
}
