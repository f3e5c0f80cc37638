import { createHash } from 'node:crypto';
import { and, asc, eq, inArray, ne, sql } from '../core/store/drizzle.ts';
import { ulid } from 'ulid';
import type { Locale, NotifySettings, PushSubscription } from '../../contract/index.ts';
import { usersTable } from '../core/auth/index.ts';
import type { Db, Store } from '../core/store/store.ts';
import type { PersonChannel } from './rules.ts';
import { notifySettingsTable, pushSubscriptionsTable } from './tables.ts';

/** Browsers that one person is told on; the one that was heard least is forgotten for a further one. */
export const MOST_DEVICES = 10;
/** Ids in one statement. */
const CHUNK = 500;

export interface StoredSubscription { id: string; user: string; endpoint: string; p256dh: string; auth: string; label: string; createdAt: number; lastOkAt: number | null }
/** How one person can be told now. */
export interface Contact { user: string; email: string; locale: Locale; disabled: boolean; order: PersonChannel[] | null; telegramChat: string | null; devices: string[] }

const hashOf = (endpoint: string): string => createHash('sha256').update(endpoint).digest('base64url');

/** People's browsers and wishes. `db` is a read connection or a transaction's. */
export function createContacts(store: Pick<Store, 'use'>) {
  const subscriptions = store.use(pushSubscriptionsTable);
  const settings = store.use(notifySettingsTable);
  const users = store.use(usersTable);

  return {
    devicesOf: (db: Db, user: string): Promise<StoredSubscription[]> => db.select().from(subscriptions).where(eq(subscriptions.user, user)).orderBy(asc(subscriptions.createdAt), asc(subscriptions.id)),
    device: async (db: Db, id: string): Promise<StoredSubscription | undefined> => (await db.select().from(subscriptions).where(eq(subscriptions.id, id)).limit(1))[0],

    /** Keeps a browser for this person, whoever it was kept for before, and forgets what is too many. */
    async subscribe(db: Db, user: string, { endpoint, keys }: PushSubscription, label: string, now: number): Promise<StoredSubscription> {
      const endpointHash = hashOf(endpoint);
      const own = { user, endpoint, p256dh: keys.p256dh, auth: keys.auth, label };
      const rows = await db.insert(subscriptions).values({ id: ulid().toLowerCase(), endpointHash, createdAt: now, lastOkAt: null, ...own })
        .onConflictDoUpdate({ target: subscriptions.endpointHash, set: own }).returning();
      const kept = rows[0]!;
      const others = await db.select({ id: subscriptions.id }).from(subscriptions).where(and(eq(subscriptions.user, user), ne(subscriptions.id, kept.id)))
        .orderBy(sql`coalesce(${subscriptions.lastOkAt}, ${subscriptions.createdAt}) desc`, asc(subscriptions.id));
      const beyond = others.slice(MOST_DEVICES - 1).map(({ id }) => id);
      if (beyond.length > 0) await db.delete(subscriptions).where(inArray(subscriptions.id, beyond));
      return kept;
    },
    /** False when the person has no such browser. */
    async unsubscribe(db: Db, user: string, id: string): Promise<boolean> {
      return (await db.delete(subscriptions).where(and(eq(subscriptions.id, id), eq(subscriptions.user, user))).returning({ id: subscriptions.id })).length > 0;
    },
    /** Forgets a browser that its push service knows no more, unless it was renewed since. */
    async forget(db: Db, { id, endpoint }: Pick<StoredSubscription, 'id' | 'endpoint'>): Promise<void> {
      await db.delete(subscriptions).where(and(eq(subscriptions.id, id), eq(subscriptions.endpoint, endpoint)));
    },
    async worked(db: Db, id: string, now: number): Promise<void> {
      await db.update(subscriptions).set({ lastOkAt: now }).where(eq(subscriptions.id, id));
    },

    async settingsOf(db: Db, user: string): Promise<NotifySettings | null> {
      const row = (await db.select().from(settings).where(eq(settings.user, user)).limit(1))[0];
      return row ? { order: JSON.parse(row.channels) as PersonChannel[], telegramChat: row.telegramChat } : null;
    },
    async saveSettings(db: Db, user: string, { order, telegramChat }: NotifySettings): Promise<void> {
      const row = { user, channels: JSON.stringify(order), telegramChat };
      await db.insert(settings).values(row).onConflictDoUpdate({ target: settings.user, set: row });
    },

    /** How these people can be told; those that there are not are left out. */
    async of(db: Db, ids: readonly string[]): Promise<Map<string, Contact>> {
      const found = new Map<string, Contact>();
      for (let i = 0; i < ids.length; i += CHUNK) {
        const part = ids.slice(i, i + CHUNK);
        for (const { id, email, locale, disabled } of await db.select().from(users).where(inArray(users.id, part))) found.set(id, { user: id, email, locale: locale as Locale, disabled: disabled !== 0, order: null, telegramChat: null, devices: [] });
        for (const row of await db.select().from(settings).where(inArray(settings.user, part))) {
          const contact = found.get(row.user);
          if (contact) Object.assign(contact, { order: JSON.parse(row.channels) as PersonChannel[], telegramChat: row.telegramChat });
        }
        for (const { id, user } of await db.select({ id: subscriptions.id, user: subscriptions.user }).from(subscriptions).where(inArray(subscriptions.user, part)).orderBy(asc(subscriptions.createdAt))) found.get(user)?.devices.push(id);
      }
      return found;
    },
  };
}
export type Contacts = ReturnType<typeof createContacts>;

export type Available = Record<PersonChannel, boolean>;

/** Channels by which this person can be told, of those that the operator has set up. */
export function reachable({ email, devices, telegramChat }: Pick<Contact, 'email' | 'devices' | 'telegramChat'>, available: Available): Set<PersonChannel> {
  const there = new Set<PersonChannel>();
  if (available.push && devices.length > 0) there.add('push');
  if (available.email && email !== '') there.add('email');
  if (available.telegram && telegramChat !== null) there.add('telegram');
  return there;
}
