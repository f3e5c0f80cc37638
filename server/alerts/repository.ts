import { and, asc, desc, eq, gt, isNull, lte, ne, or } from '../core/store/drizzle.ts';
import { changeAlert, openedAlert, type Alert, type AnyEvent, type Rating } from '../../contract/index.ts';
import type { Db, Store } from '../core/store/store.ts';
import { alertsTable } from './tables.ts';

type Row = typeof alertsTable.sqlite.$inferSelect;
export type AlertEvent = Extract<AnyEvent, { type: `alert.${string}` }>;

const toAlert = (row: Row): Alert => ({
  id: row.id, site: row.site, kind: row.kind, severity: row.severity as Alert['severity'], state: row.state as Alert['state'],
  touchpoint: row.touchpoint, since: row.since, openedAt: row.openedAt,
  rating: row.rating === null ? null : JSON.parse(row.rating) as Rating,
  owner: row.ownerId === null ? null : { id: row.ownerId, name: row.ownerName ?? '' }, claimedAt: row.claimedAt,
  resolvedAt: row.resolvedAt, cause: row.cause as Alert['cause'], outcome: row.outcome as Alert['outcome'], note: row.note,
});

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
        .where(and(eq(alerts.site, site), state ? eq(alerts.state, state) : ne(alerts.state, 'resolved')))
        .orderBy(desc(alerts.openedAt)).limit(limit);
      return rows.map(toAlert);
    }),

    /** Unresolved alerts as they stood at `offset` of the site's log, as far as later events do not say more. */
    openAt: (site: string, offset: number): Promise<Alert[]> => store.read(async (db) => {
      const rows = await db.select().from(alerts)
        .where(and(eq(alerts.site, site), lte(alerts.openedOffset, offset), or(isNull(alerts.resolvedOffset), gt(alerts.resolvedOffset, offset))))
        .orderBy(asc(alerts.openedAt)).limit(500);
      return rows.map((row) => {
        const claimed = row.claimedOffset !== null && row.claimedOffset <= offset && row.ownerId !== null;
        return toAlert({
          ...row, state: claimed ? 'claimed' : 'open', ownerId: claimed ? row.ownerId : null, claimedAt: claimed ? row.claimedAt : null,
          resolvedAt: null, cause: null, outcome: null, note: null,
        });
      });
    }),

    /** Writes what an alert event says; to be called in the transaction that appends it. */
    async apply(db: Db, event: AlertEvent): Promise<void> {
      if (event.type === 'alert.opened') {
        const { owner: _owner, rating, ...alert } = openedAlert(event);
        await db.insert(alerts).values({ ...alert, rating: rating && JSON.stringify(rating), ownerId: null, ownerName: null, openedOffset: event.offset, claimedOffset: null, resolvedOffset: null }).onConflictDoNothing();
        return;
      }
      const rows = await db.select().from(alerts).where(eq(alerts.id, event.body.alert)).limit(1);
      if (!rows[0]) return;
      const alert = toAlert(rows[0]);
      changeAlert(alert, event);
      await db.update(alerts).set({
        state: alert.state, ownerId: alert.owner?.id ?? null, ownerName: alert.owner?.name ?? null, claimedAt: alert.claimedAt,
        resolvedAt: alert.resolvedAt, cause: alert.cause, outcome: alert.outcome, note: alert.note,
        ...(event.type === 'alert.resolved' ? { resolvedOffset: event.offset } : { claimedOffset: event.type === 'alert.claimed' ? event.offset : null }),
      }).where(eq(alerts.id, alert.id));
    },
  };
}
export type AlertsRepository = ReturnType<typeof createAlertsRepository>;
