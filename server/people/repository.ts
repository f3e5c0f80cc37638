import { asc, eq } from '../core/store/drizzle.ts';
import type { User } from '../../contract/index.ts';
import { userOf, usersTable } from '../core/auth/index.ts';
import type { Db, Store } from '../core/store/store.ts';

/** Queries for managing users; signing in has its own in core. */
export function peopleRepository(store: Pick<Store, 'use'>) {
  const users = store.use(usersTable);
  return {
    list: async (db: Db): Promise<User[]> => (await db.select().from(users).orderBy(asc(users.name), asc(users.id))).map(userOf),
    async update(db: Db, user: User, passwordHash: string | undefined): Promise<void> {
      await db.update(users).set({
        name: user.name, role: user.role, locale: user.locale, sites: user.sites === null ? null : JSON.stringify(user.sites),
        disabled: user.disabled ? 1 : 0, ...(passwordHash === undefined ? {} : { passwordHash }),
      }).where(eq(users.id, user.id));
    },
    async setPassword(db: Db, id: string, passwordHash: string): Promise<void> {
      await db.update(users).set({ passwordHash }).where(eq(users.id, id));
    },
  };
}
