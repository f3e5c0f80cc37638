import { randomBytes } from 'node:crypto';
import { and, asc, eq } from '../core/store/drizzle.ts';
import { checkpointsTable, logsTable } from '../core/log/tables.ts';
import type { Store } from '../core/store/store.ts';

/**
 * Gives every log a new epoch, as it must have after its database was restored: offsets after the restored end are
 * given out a second time, so whoever remembers one of the old epoch takes a snapshot instead of a delta. Reactors keep
 * their places, since the events up to there are the same. All in one transaction of its own.
 * @returns how many logs there are
 */
export async function newEpochs(store: Store): Promise<number> {
  const logs = store.use(logsTable);
  const checkpoints = store.use(checkpointsTable);
  return store.transaction(async ({ db }) => {
    // In the order in which appending locks the rows.
    const rows = await db.select({ site: logs.site, epoch: logs.epoch }).from(logs).orderBy(asc(logs.site));
    for (const { site, epoch } of rows) {
      const fresh = randomBytes(9).toString('base64url');
      await db.update(logs).set({ epoch: fresh }).where(eq(logs.site, site));
      await db.update(checkpoints).set({ epoch: fresh }).where(and(eq(checkpoints.site, site), eq(checkpoints.epoch, epoch)));
    }
    return rows.length;
  });
}
