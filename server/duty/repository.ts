import { and, asc, eq, gt, inArray, lte, sql } from '../core/store/drizzle.ts';
import { ROLE_PERMISSIONS, type DutyRole, type Shift, type User } from '../../contract/index.ts';
import { userOf, usersTable } from '../core/auth/index.ts';
import type { Db, Store } from '../core/store/store.ts';
import type { Duty, KeptShift, Word } from './roster.ts';
import { consolesTable, dutyTable, dutyTimesTable, dutyWordsTable, shiftsTable } from './tables.ts';

/** Ids in one statement. */
const CHUNK = 500;

type ShiftRow = typeof shiftsTable.sqlite.$inferSelect;
const parsed = <T>(text: string | null): T | null => (text === null ? null : JSON.parse(text) as T);

const shiftOf = (row: ShiftRow): KeptShift => ({
  id: row.id, site: row.site, name: row.name, days: JSON.parse(row.days) as number[], from: row.fromMinute, to: row.toMinute,
  people: JSON.parse(row.people) as Shift['people'], createdAt: row.createdAt, checkedFor: row.checkedFor, unreachable: row.unreachable !== 0,
});
const shiftColumns = ({ name, days, from, to, people }: Omit<Shift, 'id' | 'site'>) => ({ name, days: JSON.stringify(days), fromMinute: from, toMinute: to, people: JSON.stringify(people) });

/** Whether a person may be on duty at a site: they see it, and may take alerts there. */
export const mayWatch = (user: User, site: string): boolean =>
  !user.disabled && ROLE_PERMISSIONS[user.role].includes('alerts.handle') && (user.sites === null || user.sites.includes(site));

/** Queries for shifts, duty, people's own words and consoles. `db` is a read connection or a transaction's. */
export function dutyRepository(store: Pick<Store, 'use'>) {
  const shifts = store.use(shiftsTable);
  const duty = store.use(dutyTable);
  const words = store.use(dutyWordsTable);
  const times = store.use(dutyTimesTable);
  const consoles = store.use(consolesTable);
  const users = store.use(usersTable);

  return {
    shiftsOf: async (db: Db, site: string): Promise<KeptShift[]> => (await db.select().from(shifts).where(eq(shifts.site, site)).orderBy(asc(shifts.fromMinute), asc(shifts.name), asc(shifts.id))).map(shiftOf),
    async shift(db: Db, id: string): Promise<KeptShift | undefined> {
      const row = (await db.select().from(shifts).where(eq(shifts.id, id)).limit(1))[0];
      return row && shiftOf(row);
    },
    async insertShift(db: Db, shift: Shift, createdAt: number): Promise<void> {
      await db.insert(shifts).values({ id: shift.id, site: shift.site, ...shiftColumns(shift), createdAt, checkedFor: null, unreachable: 0 });
    },
    async updateShift(db: Db, shift: Shift): Promise<void> { await db.update(shifts).set(shiftColumns(shift)).where(eq(shifts.id, shift.id)); },
    async deleteShift(db: Db, id: string): Promise<void> { await db.delete(shifts).where(eq(shifts.id, id)); },
    async markChecked(db: Db, id: string, checkedFor: number, unreachable: boolean): Promise<void> {
      await db.update(shifts).set({ checkedFor, unreachable: Number(unreachable) }).where(eq(shifts.id, id));
    },

    async onDuty(db: Db, site: string): Promise<(Duty & { since: number })[]> {
      const rows = await db.select().from(duty).where(eq(duty.site, site)).orderBy(asc(duty.name), asc(duty.user));
      return rows.map(({ user, name, role, zones, shift, until, byHand, since }) => ({ user, name, role: role as DutyRole, zones: parsed<string[]>(zones), shift, until, byHand: byHand !== 0, since }));
    },
    async start(db: Db, site: string, { user, name, role, zones, shift, until, byHand }: Duty, since: number): Promise<void> {
      const row = { name, role, zones: zones && JSON.stringify(zones), shift, until, byHand: Number(byHand) };
      await db.insert(duty).values({ site, user, since, ...row }).onConflictDoUpdate({ target: [duty.site, duty.user], set: row });
    },
    async end(db: Db, site: string, user: string): Promise<void> { await db.delete(duty).where(and(eq(duty.site, site), eq(duty.user, user))); },

    async words(db: Db, site: string): Promise<Word[]> {
      const rows = await db.select().from(words).where(eq(words.site, site));
      return rows.map(({ user, present, zones, until }) => ({ user, present: present !== 0, zones: zones === null ? undefined : JSON.parse(zones) as string[] | null, until }));
    },
    async sayWord(db: Db, site: string, { user, present, zones, until }: Word): Promise<void> {
      const row = { present: Number(present), zones: zones === undefined ? null : JSON.stringify(zones), until };
      await db.insert(words).values({ site, user, ...row }).onConflictDoUpdate({ target: [words.site, words.user], set: row });
    },
    async dropWord(db: Db, site: string, user: string): Promise<void> { await db.delete(words).where(and(eq(words.site, site), eq(words.user, user))); },
    async dropWordsUntil(db: Db, site: string, now: number): Promise<void> { await db.delete(words).where(and(eq(words.site, site), lte(words.until, now))); },

    /** When people's consoles were last in sight here, of those that were after `since`. */
    async consoles(db: Db, site: string, since: number): Promise<Map<string, number>> {
      const rows = await db.select().from(consoles).where(and(eq(consoles.site, site), gt(consoles.seenAt, since)));
      return new Map(rows.map(({ user, seenAt }) => [user, seenAt]));
    },
    async consoleSeen(db: Db, site: string, user: string, seenAt: number): Promise<void> {
      await db.insert(consoles).values({ site, user, seenAt }).onConflictDoUpdate({ target: [consoles.site, consoles.user], set: { seenAt } });
    },

    /** Those of these people who may be on duty at the site. */
    async watchers(db: Db, site: string, ids: readonly string[]): Promise<User[]> {
      const found: User[] = [];
      for (let i = 0; i < ids.length; i += CHUNK) found.push(...(await db.select().from(users).where(inArray(users.id, ids.slice(i, i + CHUNK)))).map(userOf));
      return found.filter((user) => mayWatch(user, site));
    },
    /** Everybody who may be on duty at the site. */
    async allWatchers(db: Db, site: string): Promise<User[]> {
      const rows = await db.select().from(users).where(and(eq(users.disabled, 0), sql`(${users.sites} is null or ${users.sites} like ${`%"${site}"%`})`)).orderBy(asc(users.name), asc(users.id));
      return rows.map(userOf).filter((user) => mayWatch(user, site));
    },
    /** Sites whose duty this person may change by becoming another, or by ceasing to be. */
    async sitesOf(db: Db, user: string): Promise<string[]> {
      const rows = [
        ...await db.select({ site: duty.site }).from(duty).where(eq(duty.user, user)),
        ...await db.select({ site: shifts.site }).from(shifts).where(sql`${shifts.people} like ${`%"user":"${user}"%`}`),
      ];
      return [...new Set(rows.map(({ site }) => site))];
    },

    due: async (db: Db, now: number, limit: number): Promise<string[]> => (await db.select({ site: times.site }).from(times).where(lte(times.nextAt, now)).orderBy(asc(times.nextAt)).limit(limit)).map(({ site }) => site),
    /** When to look at the site next, epoch ms; null: not any more. */
    async lookAt(db: Db, site: string, nextAt: number | null): Promise<void> {
      if (nextAt === null) await db.delete(times).where(eq(times.site, site));
      else await db.insert(times).values({ site, nextAt }).onConflictDoUpdate({ target: times.site, set: { nextAt } });
    },
    isWatched: async (db: Db, site: string): Promise<boolean> => (await db.select({ site: times.site }).from(times).where(eq(times.site, site)).limit(1)).length > 0,
    watched: async (db: Db): Promise<string[]> => (await db.select({ site: times.site }).from(times)).map(({ site }) => site),
  };
}
export type DutyRepository = ReturnType<typeof dutyRepository>;
