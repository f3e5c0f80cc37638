import { and, asc, eq, gte, inArray, lt, or, sql } from '../core/store/drizzle.ts';
import type { AnyEvent } from '../../contract/index.ts';
import type { Db, Store, Transaction } from '../core/store/store.ts';
import { addAll, MARKS_MOST, sameHours, type MeasureCounts, type RatingCounts } from './rules.ts';
import { measureMinutesTable, ratingHoursTable } from './tables.ts';

/** Rows in one statement: below every database's limit of parameters. */
const ROWS_MOST = 500;
const MARKS_LENGTH = MARKS_MOST * 3;

export interface RatingHour extends RatingCounts { touchpoint: string; hour: number }
/** `people` null: nobody counted them then. */
export interface MeasureMinute extends Omit<MeasureCounts, 'people'> { touchpoint: string; minute: number; people: number | null }
/** Ratings at the same local hour of the last 28 days, and the negative ones (lowest and negative) among them. */
export interface UsualRatings { n: number; k: number }
/** Mean mood at the same local hour of the last 28 days, −1..1, and the face observations that it rests on. */
export interface UsualMood { mood: number; faces: number }

export type Metrics = ReturnType<typeof createMetrics>;

/** Counts by the hour and by the minute. `touchpoint` is '' for what belongs to none. */
export function createMetrics(store: Pick<Store, 'use'>) {
  const hours = store.use(ratingHoursTable);
  const minutes = store.use(measureMinutesTable);
  const number = (text: ReturnType<typeof sql>) => sql<number>`coalesce(${text}, 0)`.mapWith(Number);

  async function addHours(db: Db, rows: (RatingHour & { site: string })[]): Promise<void> {
    await db.insert(hours).values(rows).onConflictDoUpdate({
      target: [hours.site, hours.touchpoint, hours.hour],
      set: {
        lowest: sql`${hours.lowest} + excluded.lowest`, negative: sql`${hours.negative} + excluded.negative`, neutral: sql`${hours.neutral} + excluded.neutral`,
        positive: sql`${hours.positive} + excluded.positive`, marks: sql`substr(${hours.marks} || excluded.marks, 1, ${sql.raw(String(MARKS_LENGTH))})`,
      },
    });
  }

  async function addMinutes(db: Db, rows: (MeasureMinute & { site: string })[]): Promise<void> {
    await db.insert(minutes).values(rows).onConflictDoUpdate({
      target: [minutes.site, minutes.touchpoint, minutes.minute],
      set: {
        in: sql`${minutes.in} + excluded."in"`, out: sql`${minutes.out} + excluded."out"`, receipts: sql`${minutes.receipts} + excluded.receipts`,
        consultations: sql`${minutes.consultations} + excluded.consultations`, lost: sql`${minutes.lost} + excluded.lost`,
        faces: sql`${minutes.faces} + excluded.faces`, mood: sql`${minutes.mood} + excluded.mood`, people: sql`coalesce(${minutes.people}, 0) + excluded.people`,
      },
    });
  }

  return {
    /** Counts a page of events of one site; to be called once for each event, in the transaction that says so. */
    async record(tx: Transaction, site: string, events: readonly AnyEvent[]): Promise<void> {
      const added = addAll(events);
      // In one order on all hubs, as rows are locked.
      const rows = <T extends object>(map: Map<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, counts]) => {
        const cut = key.lastIndexOf('\n');
        return { site, touchpoint: key.slice(0, cut), bucket: Number(key.slice(cut + 1)), counts };
      });
      const rated = rows(added.hours).map(({ bucket, counts, ...rest }) => ({ ...rest, hour: bucket, ...counts }));
      const measured = rows(added.minutes).map(({ bucket, counts, ...rest }) => ({ ...rest, minute: bucket, ...counts }));
      for (let i = 0; i < rated.length; i += ROWS_MOST) await addHours(tx.db, rated.slice(i, i + ROWS_MOST));
      for (let i = 0; i < measured.length; i += ROWS_MOST) await addMinutes(tx.db, measured.slice(i, i + ROWS_MOST));
    },

    /** Hours from `fromHour` (inclusive) to `toHour` (exclusive), oldest first. */
    ratings: async (db: Db, site: string, fromHour: number, toHour: number): Promise<RatingHour[]> => db.select({
      touchpoint: hours.touchpoint, hour: hours.hour, lowest: hours.lowest, negative: hours.negative, neutral: hours.neutral, positive: hours.positive, marks: hours.marks,
    }).from(hours).where(and(eq(hours.site, site), gte(hours.hour, fromHour), lt(hours.hour, toHour))).orderBy(asc(hours.hour), asc(hours.touchpoint)),

    /** Minutes from `fromMinute` (inclusive) to `toMinute` (exclusive), oldest first. */
    measures: async (db: Db, site: string, fromMinute: number, toMinute: number): Promise<MeasureMinute[]> => db.select({
      touchpoint: minutes.touchpoint, minute: minutes.minute, in: minutes.in, out: minutes.out, receipts: minutes.receipts, consultations: minutes.consultations,
      lost: minutes.lost, faces: minutes.faces, mood: minutes.mood, people: minutes.people,
    }).from(minutes).where(and(eq(minutes.site, site), gte(minutes.minute, fromMinute), lt(minutes.minute, toMinute))).orderBy(asc(minutes.minute), asc(minutes.touchpoint)),

    /** Hours of faces and the sum of their moods in thousandths, from `fromHour` (inclusive) to `toHour` (exclusive). */
    moodHours: async (db: Db, site: string, fromHour: number, toHour: number): Promise<{ touchpoint: string; hour: number; faces: number; mood: number }[]> => {
      const hour = sql<number>`${minutes.minute} / 60`.mapWith(Number);
      return db.select({ touchpoint: minutes.touchpoint, hour, faces: number(sql`sum(${minutes.faces})`), mood: number(sql`sum(${minutes.mood})`) })
        .from(minutes).where(and(eq(minutes.site, site), gte(minutes.minute, fromHour * 60), lt(minutes.minute, toHour * 60))).groupBy(minutes.touchpoint, hour);
    },
    /** People in and out and receipts of the whole site, from `fromHour` (inclusive) to `toHour` (exclusive); hours without any are left out. */
    countedHours: async (db: Db, site: string, fromHour: number, toHour: number): Promise<{ hour: number; in: number; out: number; receipts: number }[]> => {
      const hour = sql<number>`${minutes.minute} / 60`.mapWith(Number);
      return db.select({ hour, in: number(sql`sum(${minutes.in})`), out: number(sql`sum(${minutes.out})`), receipts: number(sql`sum(${minutes.receipts})`) })
        .from(minutes).where(and(eq(minutes.site, site), gte(minutes.minute, fromHour * 60), lt(minutes.minute, toHour * 60))).groupBy(hour);
    },
    /** Ratings of the whole site by class, without their marks; from `fromHour` (inclusive) to `toHour` (exclusive). */
    ratedHours: async (db: Db, site: string, fromHour: number, toHour: number): Promise<{ hour: number; lowest: number; negative: number; neutral: number; positive: number }[]> => db.select({
      hour: hours.hour, lowest: number(sql`sum(${hours.lowest})`), negative: number(sql`sum(${hours.negative})`), neutral: number(sql`sum(${hours.neutral})`), positive: number(sql`sum(${hours.positive})`),
    }).from(hours).where(and(eq(hours.site, site), gte(hours.hour, fromHour), lt(hours.hour, toHour))).groupBy(hours.hour),
    /** The first hour in which anything was counted at the site; undefined when nothing ever was. */
    async firstHour(db: Db, site: string): Promise<number | undefined> {
      const rated = (await db.select({ hour: hours.hour }).from(hours).where(eq(hours.site, site)).orderBy(asc(hours.hour)).limit(1))[0];
      const measured = (await db.select({ minute: minutes.minute }).from(minutes).where(eq(minutes.site, site)).orderBy(asc(minutes.minute)).limit(1))[0];
      const known = [...(rated ? [rated.hour] : []), ...(measured ? [Math.floor(measured.minute / 60)] : [])];
      return known.length === 0 ? undefined : Math.min(...known);
    },

    /** What is usual at this local hour, for every touchpoint that was rated at it. */
    async baselines(db: Db, site: string, timezone: string, now: number): Promise<Map<string, UsualRatings>> {
      const rows = await db.select({
        touchpoint: hours.touchpoint, k: number(sql`sum(${hours.lowest} + ${hours.negative})`), n: number(sql`sum(${hours.lowest} + ${hours.negative} + ${hours.neutral} + ${hours.positive})`),
      }).from(hours).where(and(eq(hours.site, site), inArray(hours.hour, sameHours(timezone, now)))).groupBy(hours.touchpoint);
      return new Map(rows.map(({ touchpoint, n, k }) => [touchpoint, { n, k }]));
    },
    /** What is usual at one touchpoint at this local hour; nothing at all is { n: 0, k: 0 }. */
    async baseline(db: Db, site: string, touchpoint: string, timezone: string, now: number): Promise<UsualRatings> {
      return (await this.baselines(db, site, timezone, now)).get(touchpoint) ?? { n: 0, k: 0 };
    },
    /** The usual mood at this local hour, for every touchpoint where faces were seen at it. */
    async usualMoods(db: Db, site: string, timezone: string, now: number): Promise<Map<string, UsualMood>> {
      const spans = sameHours(timezone, now).map((hour) => and(gte(minutes.minute, hour * 60), lt(minutes.minute, hour * 60 + 60)));
      const rows = await db.select({ touchpoint: minutes.touchpoint, faces: number(sql`sum(${minutes.faces})`), mood: number(sql`sum(${minutes.mood})`) })
        .from(minutes).where(and(eq(minutes.site, site), or(...spans))).groupBy(minutes.touchpoint);
      return new Map(rows.filter(({ faces }) => faces > 0).map(({ touchpoint, faces, mood }) => [touchpoint, { faces, mood: mood / faces / 1000 }]));
    },
  };
}
