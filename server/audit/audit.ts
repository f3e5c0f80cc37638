import { desc, lt, sql } from '../core/store/drizzle.ts';
import type { AuditEntry } from '../../contract/index.ts';
import { actorName, actorOf, type Principal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Store, Transaction } from '../core/store/store.ts';
import { auditEntriesTable } from './tables.ts';

/** Who did it: somebody who signed in, or the named part of the hub itself. */
export type AuditActor = Principal | 'hub' | 'anonymous';

/** The hub's journal of changes. */
export interface Audit {
  /**
   * Writes an entry within the transaction of the change itself. `target` is e.g. `device:<id>`; no secrets in `detail`.
   *
   * The transaction must be one without a scope: entries are numbered by the newest one, so whoever records must be alone
   * among all hubs. Changes that are worth an entry are rare enough for that. With a scope, two hubs could take one
   * number; the primary key would then undo the later change rather than let the journal be wrong.
   */
  record(tx: Transaction, actor: AuditActor, action: string, target: string, detail?: Record<string, unknown>): Promise<void>;
  /** Newest first; those before entry `before` when given. */
  list(limit: number, before?: number): Promise<AuditEntry[]>;
}

export function createAudit({ store, clock }: { store: Store; clock: Clock }): Audit {
  const entries = store.use(auditEntriesTable);
  return {
    async record(tx, actor, action, target, detail = {}) {
      const newest = (await tx.db.select({ id: sql<number>`coalesce(max(${entries.id}), 0)`.mapWith(Number) }).from(entries))[0]?.id ?? 0;
      const who = typeof actor === 'string' ? { actor, actorName: actor } : { actor: actorOf(actor), actorName: actorName(actor) };
      await tx.db.insert(entries).values({ id: newest + 1, at: clock(), ...who, action, target, detail: JSON.stringify(detail) });
    },
    async list(limit, before) {
      const rows = await store.read((db) => db.select().from(entries).where(before === undefined ? undefined : lt(entries.id, before)).orderBy(desc(entries.id)).limit(limit));
      return rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) as Record<string, unknown> }));
    },
  };
}
