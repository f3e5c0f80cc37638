import { and, asc, eq } from '../core/store/drizzle.ts';
import type { Webhook } from '../../contract/index.ts';
import type { Db, Store } from '../core/store/store.ts';
import { webhooksTable } from './tables.ts';

export const MOST_WEBHOOKS = 10;

export type WebhookRow = typeof webhooksTable.sqlite.$inferSelect;

export const toWebhook = ({ id, site, url, enabled, createdAt }: WebhookRow): Webhook => ({ id, site, url, enabled: enabled !== 0, createdAt });

/** Queries for webhooks. `db` is a read connection or a transaction's. */
export function createWebhooks(store: Pick<Store, 'use'>) {
  const webhooks = store.use(webhooksTable);
  return {
    ofSite: (db: Db, site: string): Promise<WebhookRow[]> => db.select().from(webhooks).where(eq(webhooks.site, site)).orderBy(asc(webhooks.createdAt), asc(webhooks.id)),
    enabledOf: (db: Db, site: string): Promise<WebhookRow[]> => db.select().from(webhooks).where(and(eq(webhooks.site, site), eq(webhooks.enabled, 1))).orderBy(asc(webhooks.createdAt), asc(webhooks.id)),
    get: async (db: Db, id: string): Promise<WebhookRow | undefined> => (await db.select().from(webhooks).where(eq(webhooks.id, id)).limit(1))[0],
    async insert(db: Db, row: WebhookRow): Promise<void> { await db.insert(webhooks).values(row); },
    async update(db: Db, id: string, { url, enabled }: { url: string; enabled: boolean }): Promise<void> { await db.update(webhooks).set({ url, enabled: Number(enabled) }).where(eq(webhooks.id, id)); },
    async remove(db: Db, id: string): Promise<void> { await db.delete(webhooks).where(eq(webhooks.id, id)); },
  };
}
export type Webhooks = ReturnType<typeof createWebhooks>;
