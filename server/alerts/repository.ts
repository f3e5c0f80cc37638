import { and, asc, desc, eq, gt, inArray, isNull, lte, or } from '../core/store/drizzle.ts';
import { changeAlert, isFinal, KIND_DEFAULTS, LIVE_STATES, openedAlert, type Alert, type AlertEvent, type AlertKind } from '../../contract/index.ts';
import type { Db, Store } from '../core/store/store.ts';
import { alertsTable } from './tables.ts';

/** Alerts of one site that a console is shown; the newest are left out beyond. */
const LIVE_MOST = 1_000;

type Row = typeof alertsTable.sqlite.$inferSelect;

const parsed = <T>(text: string | null): T | null => (text === null ? null : JSON.parse(text) as T);

const toAlert = (row: Row): Alert => ({
  id: row.id, site: row.site, kind: row.kind, severity: row.severity as Alert['severity'], state: row.state as Alert['state'], rule: row.rule,
  touchpoint: row.touchpoint, zone: row.zone, device: row.device, since: row.since, openedAt: row.openedAt, count: row.count,
  rating: parsed(row.rating), message: parsed(row.message), facts: parsed(row.facts),
  tone: (row.tone ?? KIND_DEFAULTS[row.kind as AlertKind].tone) as Alert['tone'], actBy: row.actBy,
  owner: row.ownerId === null ? null : { id: row.ownerId, name: row.ownerName ?? '' }, claimedAt: row.claimedAt, departedAt: row.departedAt, seenAt: row.seenAt,
  step: row.step, snoozedUntil: row.snoozedUntil, resolvedAt: row.resolvedAt, cause: row.cause, outcome: row.outcome as Alert['outcome'], note: row.note,
});

/** An alert as it is kept, save for the offsets of its events. */
const toRow = (alert: Alert) => {
  const { owner, rating, message, facts, ...rest } = alert;
  const text = (value: object | null): string | null => value && JSON.stringify(value);
  return { ...rest, rating: text(rating), message: text(message), facts: text(facts), ownerId: owner?.id ?? null, ownerName: owner?.name ?? null };
};

export function createAlertsRepository(store: Store) {
  const alerts = store.use(alertsTable);

  return {
    find: async (db: Db, id: string): Promise<Alert | undefined> => {
      const rows = await db.select().from(alerts).where(eq(alerts.id, id)).limit(1);
      return rows[0] && toAlert(rows[0]);
    },

    /** Newest first; open and claimed ones, or those of one state. */
    list: (site: string, state: Alert['state'] | undefined, limit: number): Promise<Alert[]> => store.read(async (db) => {
      const rows = await db.select().from(alerts)
        .where(and(eq(alerts.site, site), state ? eq(alerts.state, state) : inArray(alerts.state, [...LIVE_STATES])))
        .orderBy(desc(alerts.openedAt)).limit(limit);
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

    /** Writes what an alert event says; to be called in the transaction that appends it. */
    async apply(db: Db, event: AlertEvent): Promise<void> {
      if (event.type === 'alert.opened') {
        const { timing, tell, quiet } = event.body;
        await db.insert(alerts).values({
          ...toRow(openedAlert(event)), openedOffset: event.offset, resolvedOffset: null, nextAt: null,
          timing: timing ? JSON.stringify(timing) : null, tell: tell ? JSON.stringify(tell) : null, noticedAt: null, quiet: Number(quiet ?? false),
        }).onConflictDoNothing();
        return;
      }
      const rows = await db.select().from(alerts).where(eq(alerts.id, event.body.alert)).limit(1);
      if (!rows[0] || isFinal(rows[0].state as Alert['state'])) return;
      const alert = toAlert(rows[0]);
      changeAlert(alert, event);
      await db.update(alerts).set({
        ...toRow(alert), ...(isFinal(alert.state) ? { resolvedOffset: event.offset, nextAt: null } : {}),
        ...(event.type === 'alert.noticed' ? { noticedAt: rows[0].noticedAt ?? event.at } : {}),
      }).where(eq(alerts.id, alert.id));
    },
  };
}
export type AlertsRepository = ReturnType<typeof createAlertsRepository>;
