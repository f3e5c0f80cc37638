import { and, desc, eq, gt, inArray, lt, sql } from '../store/drizzle.ts';
import type { Locale, User } from '../../../contract/index.ts';
import type { Db, Store } from '../store/store.ts';
import { SESSION_MS, type Failures } from './rules.ts';
import { sessionsTable, setupTokensTable, signinAttemptsTable, usersTable } from './tables.ts';

interface UserRow { id: string; email: string; name: string; role: string; locale: string; sites: string | null; disabled: number }

/** A stored user as it crosses the wire; the password's hash stays behind. */
export function userOf(row: UserRow): User {
  return {
    id: row.id, email: row.email, name: row.name, role: row.role as User['role'], locale: row.locale as Locale,
    sites: row.sites === null ? null : JSON.parse(row.sites) as string[], disabled: row.disabled !== 0,
  };
}

export interface NewUserRow { id: string; email: string; name: string; role: User['role']; locale: Locale; sites: string[] | null; passwordHash: string; createdAt: number }

/** Ids in one statement. */
const CHUNK = 500;

/** Queries for people, sessions and sign-ins. `db` is a read connection or a transaction's. */
export function authRepository(store: Pick<Store, 'use'>) {
  const users = store.use(usersTable);
  const sessions = store.use(sessionsTable);
  const attempts = store.use(signinAttemptsTable);
  const setups = store.use(setupTokensTable);

  return {
    async userCount(db: Db): Promise<number> {
      return Number((await db.select({ n: sql<number>`count(*)`.mapWith(Number) }).from(users))[0]?.n ?? 0);
    },
    async insertUser(db: Db, row: NewUserRow): Promise<void> {
      await db.insert(users).values({ ...row, sites: row.sites === null ? null : JSON.stringify(row.sites), disabled: 0 });
    },
    async userByEmail(db: Db, email: string): Promise<{ user: User; passwordHash: string } | undefined> {
      const row = (await db.select().from(users).where(eq(users.email, email)).limit(1))[0];
      return row && { user: userOf(row), passwordHash: row.passwordHash };
    },
    async userById(db: Db, id: string): Promise<{ user: User; passwordHash: string } | undefined> {
      const row = (await db.select().from(users).where(eq(users.id, id)).limit(1))[0];
      return row && { user: userOf(row), passwordHash: row.passwordHash };
    },

    async insertSession(db: Db, id: string, user: string, now: number): Promise<void> {
      await db.delete(sessions).where(lt(sessions.expiresAt, now));
      await db.insert(sessions).values({ id, user, createdAt: now, lastSeen: now, expiresAt: now + SESSION_MS });
    },
    /** The session and its user, when the session has not ended and the user is not disabled. */
    async session(db: Db, id: string, now: number): Promise<{ user: User; lastSeen: number } | undefined> {
      const row = (await db.select({ user: users, lastSeen: sessions.lastSeen }).from(sessions).innerJoin(users, eq(users.id, sessions.user))
        .where(and(eq(sessions.id, id), gt(sessions.expiresAt, now), eq(users.disabled, 0))).limit(1))[0];
      return row && { user: userOf(row.user), lastSeen: row.lastSeen };
    },
    /** Users of those of these sessions that have not ended and whose user is not disabled, by session. */
    async usersOfSessions(db: Db, ids: readonly string[], now: number): Promise<Map<string, User>> {
      const found = new Map<string, User>();
      for (let i = 0; i < ids.length; i += CHUNK) {
        const rows = await db.select({ id: sessions.id, user: users }).from(sessions).innerJoin(users, eq(users.id, sessions.user))
          .where(and(inArray(sessions.id, ids.slice(i, i + CHUNK)), gt(sessions.expiresAt, now), eq(users.disabled, 0)));
        for (const { id, user } of rows) found.set(id, userOf(user));
      }
      return found;
    },
    async touchSession(db: Db, id: string, now: number): Promise<void> {
      await db.update(sessions).set({ lastSeen: now, expiresAt: now + SESSION_MS }).where(eq(sessions.id, id));
    },
    async deleteSession(db: Db, id: string): Promise<void> {
      await db.delete(sessions).where(eq(sessions.id, id));
    },
    /** Ends the user's sessions, all or all but one. */
    async deleteSessionsOf(db: Db, user: string): Promise<void> {
      await db.delete(sessions).where(eq(sessions.user, user));
    },

    async failures(db: Db, key: string): Promise<Failures | undefined> {
      return (await db.select({ failures: attempts.failures, failedAt: attempts.failedAt }).from(attempts).where(eq(attempts.key, key)).limit(1))[0];
    },
    async setFailures(db: Db, key: string, { failures, failedAt }: Failures): Promise<void> {
      if (failures <= 0) await db.delete(attempts).where(eq(attempts.key, key));
      else await db.insert(attempts).values({ key, failures, failedAt }).onConflictDoUpdate({ target: attempts.key, set: { failures, failedAt } });
    },
    async forgetFailuresBefore(db: Db, before: number): Promise<void> {
      await db.delete(attempts).where(lt(attempts.failedAt, before));
    },

    async addSetupToken(db: Db, row: { id: string; tokenHash: string; createdAt: number }): Promise<void> {
      await db.insert(setups).values(row);
    },
    /** Newest first. */
    setupTokens: (db: Db): Promise<{ id: string; tokenHash: string; createdAt: number }[]> => db.select().from(setups).orderBy(desc(setups.createdAt), desc(setups.id)),
    async deleteSetupTokens(db: Db, ids: readonly string[]): Promise<void> {
      if (ids.length > 0) await db.delete(setups).where(inArray(setups.id, [...ids]));
    },
  };
}
export type AuthRepository = ReturnType<typeof authRepository>;
