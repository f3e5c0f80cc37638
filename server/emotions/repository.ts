import { and, asc, desc, eq, gt, gte, inArray, isNull, lt, or } from '../core/store/drizzle.ts';
import type { Db, Store } from '../core/store/store.ts';
import type { NamesFrom, StreamNames } from './streams.ts';
import { addSums, emptySums, packed, unpacked, valueOf, type Sums } from './sums.ts';
import { emotionDutyTable, emotionQuartersTable, emotionStreamsTable, emotionSummedTable } from './tables.ts';

/** One stream in one quarter. `area` '' is the whole picture. */
export interface Cell { quarter: number; camera: string; area: string; staff: number; sums: Sums }
export interface PeopleCell { quarter: number; camera: string; area: string; people: number }
/** People of the whole site, told of together. */
export interface Summed { from: number; to: number; people: number; sums: Sums }
export interface DutySpan { user: string; since: number; until: number | null }

/** Rows in one statement: below every database's limit of parameters. */
const ROWS_MOST = 500;
/** Where the people of a site wait who have not been told of. */
const PENDING = 0;

export type EmotionsRepository = ReturnType<typeof createEmotionsRepository>;

/** Rollups of what cameras saw. One reactor at a time writes those of a site. */
export function createEmotionsRepository(store: Pick<Store, 'use'>) {
  const quarters = store.use(emotionQuartersTable);
  const streams = store.use(emotionStreamsTable);
  const summed = store.use(emotionSummedTable);
  const duty = store.use(emotionDutyTable);

  return {
    /** Adds to what stands in the rows of the same quarter and stream. */
    async add(db: Db, site: string, cells: readonly Cell[]): Promise<void> {
      for (let i = 0; i < cells.length; i += ROWS_MOST) {
        const part = cells.slice(i, i + ROWS_MOST);
        const key = ({ quarter, camera, area, staff }: Omit<Cell, 'sums'>) => `${quarter}\n${camera}\n${area}\n${staff}`;
        const known = new Map((await db.select().from(quarters).where(and(
          eq(quarters.site, site), inArray(quarters.quarter, [...new Set(part.map(({ quarter }) => quarter))]), inArray(quarters.camera, [...new Set(part.map(({ camera }) => camera))]),
        ))).map((row) => [key(row), unpacked(row.sums)]));
        for (const { sums, ...at } of part) {
          const total = known.get(key(at)) ?? emptySums();
          addSums(total, sums);
          const row = { people: valueOf(total, 'people'), sums: packed(total) };
          await db.insert(quarters).values({ site, ...at, ...row }).onConflictDoUpdate({ target: [quarters.site, quarters.quarter, quarters.camera, quarters.area, quarters.staff], set: row });
        }
      }
    },

    /** Quarters from `from` (inclusive) to `to` (exclusive), oldest first. */
    async cells(db: Db, site: string, from: number, to: number): Promise<Cell[]> {
      const rows = await db.select({ quarter: quarters.quarter, camera: quarters.camera, area: quarters.area, staff: quarters.staff, sums: quarters.sums })
        .from(quarters).where(and(eq(quarters.site, site), gte(quarters.quarter, from), lt(quarters.quarter, to))).orderBy(asc(quarters.quarter), asc(quarters.camera), asc(quarters.area));
      return rows.map(({ quarter, camera, area, staff, sums }) => ({ quarter, camera, area, staff, sums: unpacked(sums) }));
    },
    /** The same without the numbers, visitors only or staff only. */
    people: async (db: Db, site: string, from: number, to: number, staff: 0 | 1): Promise<PeopleCell[]> => db.select({ quarter: quarters.quarter, camera: quarters.camera, area: quarters.area, people: quarters.people })
      .from(quarters).where(and(eq(quarters.site, site), gte(quarters.quarter, from), lt(quarters.quarter, to), eq(quarters.staff, staff), gt(quarters.people, 0))).orderBy(asc(quarters.quarter), asc(quarters.camera), asc(quarters.area)),

    /** What every stream of a site was ever called, by camera and area, oldest first. */
    async names(db: Db, site: string): Promise<Map<string, NamesFrom[]>> {
      const found = new Map<string, NamesFrom[]>();
      for (const { camera, area, quarter, names } of await db.select().from(streams).where(eq(streams.site, site)).orderBy(asc(streams.quarter))) {
        const key = `${camera}\n${area}`;
        found.set(key, [...found.get(key) ?? [], { quarter, names: JSON.parse(names) as StreamNames }]);
      }
      return found;
    },
    async name(db: Db, site: string, camera: string, area: string, quarter: number, names: StreamNames): Promise<void> {
      const text = JSON.stringify(names);
      await db.insert(streams).values({ site, camera, area, quarter, names: text }).onConflictDoUpdate({ target: [streams.site, streams.camera, streams.area, streams.quarter], set: { names: text } });
    },

    /** People of the site who have not been told of, and when the latest group was, epoch ms. */
    async pending(db: Db, site: string): Promise<{ waiting: Summed | undefined; statedTo: number }> {
      const waiting = (await db.select().from(summed).where(and(eq(summed.site, site), eq(summed.to, PENDING))).limit(1))[0];
      const latest = (await db.select({ to: summed.to }).from(summed).where(eq(summed.site, site)).orderBy(desc(summed.to)).limit(1))[0];
      return { waiting: waiting && waiting.people > 0 ? { ...waiting, sums: unpacked(waiting.sums) } : undefined, statedTo: latest?.to ?? 0 };
    },
    async keepPending(db: Db, site: string, waiting: Omit<Summed, 'to'>): Promise<void> {
      const row = { from: waiting.from, people: waiting.people, sums: packed(waiting.sums) };
      await db.insert(summed).values({ site, to: PENDING, ...row }).onConflictDoUpdate({ target: [summed.site, summed.to], set: row });
    },
    /** Keeps a group that was told of, and forgets those that ended before `oldest`. */
    async keepSummed(db: Db, site: string, { sums, ...group }: Summed, oldest: number): Promise<void> {
      await db.insert(summed).values({ site, ...group, sums: packed(sums) }).onConflictDoUpdate({ target: [summed.site, summed.to], set: { from: group.from, people: group.people, sums: packed(sums) } });
      await db.delete(summed).where(and(eq(summed.site, site), gt(summed.to, PENDING), lt(summed.to, oldest)));
    },
    /** Groups that ended after `after` (epoch ms) and no later than `until`. */
    async summedAfter(db: Db, site: string, after: number, until: number): Promise<Summed[]> {
      const rows = await db.select().from(summed).where(and(eq(summed.site, site), gt(summed.to, Math.max(PENDING, after)), lt(summed.to, until + 1))).orderBy(asc(summed.to));
      return rows.map(({ from, to, people, sums }) => ({ from, to, people, sums: unpacked(sums) }));
    },

    /** Somebody came on duty; said again, nothing changes. */
    async dutyStarted(db: Db, site: string, user: string, since: number): Promise<void> {
      const open = await db.select({ since: duty.since }).from(duty).where(and(eq(duty.site, site), eq(duty.user, user), isNull(duty.until))).limit(1);
      if (open.length === 0) await db.insert(duty).values({ site, user, since, until: null }).onConflictDoNothing();
    },
    async dutyEnded(db: Db, site: string, user: string, until: number): Promise<void> {
      await db.update(duty).set({ until }).where(and(eq(duty.site, site), eq(duty.user, user), isNull(duty.until)));
    },
    /** When people were on duty, as far as it touches a period, epoch ms. */
    dutySpans: async (db: Db, site: string, from: number, to: number): Promise<DutySpan[]> => db.select({ user: duty.user, since: duty.since, until: duty.until })
      .from(duty).where(and(eq(duty.site, site), lt(duty.since, to), or(isNull(duty.until), gt(duty.until, from)))),
  };
}
