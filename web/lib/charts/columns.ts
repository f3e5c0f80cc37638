import { MINUTE, minuteOf } from '../../../contract/time.ts';
import type { FloorMinute } from '../../../contract/views/floor.ts';

/** What uPlot draws: the first column is time in epoch seconds, ascending; the rest have its length; null is a gap. */
export type Columns = [number[], ...(number | null)[][]];

function span(now: number, minutes: number): number[] {
  const last = minuteOf(now);
  return Array.from({ length: minutes }, (_, index) => last - minutes + 1 + index);
}

function byMinute(minutes: readonly FloorMinute[]): Map<number, FloorMinute> {
  return new Map(minutes.map((entry) => [entry.minute, entry]));
}

const seconds = (minute: number) => (minute * MINUTE) / 1000;

/**
 * Ratings per minute over the last `count` minutes up to `now`: positive ones upwards, negative ones downwards (as
 * numbers ≤ 0), so that they are told apart by place and not by colour alone. Minutes without any are 0.
 */
export function ratingColumns(minutes: readonly FloorMinute[], now: number, count: number): Columns {
  const known = byMinute(minutes);
  const range = span(now, count);
  return [
    range.map(seconds),
    range.map((minute) => known.get(minute)?.positive ?? 0),
    range.map((minute) => 0 - (known.get(minute)?.negative ?? 0) - (known.get(minute)?.lowest ?? 0)),
  ];
}

/** Visitors counted in per minute over the last `count` minutes. */
export function footfallColumns(minutes: readonly FloorMinute[], now: number, count: number): Columns {
  const known = byMinute(minutes);
  const range = span(now, count);
  return [range.map(seconds), range.map((minute) => known.get(minute)?.in ?? 0)];
}

/** A sample older than this is not "now". */
export const SAMPLE_FRESH_MS = 5_000;

/**
 * Mood of the whole site: one point for each minute in which the hub told of it, the mean over the people told of. Never
 * of one camera: that would be one person's.
 */
export function moodColumns(minutes: readonly FloorMinute[], now: number, count: number): Columns {
  const from = minuteOf(now) - count + 1;
  const told = minutes.filter(({ minute, mood }) => minute >= from && mood.people > 0);
  return [told.map(({ minute }) => seconds(minute) + 30), told.map(({ mood }) => mood.mood / mood.people)];
}

export interface MoodNow {
  /** Mean mood −1..1 of the people told of over the last `count` minutes; null without any. */
  mood: number | null;
  people: number;
}

/** What to write beside the site's line. */
export function moodNow(minutes: readonly FloorMinute[], now: number, count: number): MoodNow {
  const from = minuteOf(now) - count + 1;
  let people = 0;
  let mood = 0;
  for (const entry of minutes) {
    if (entry.minute < from) continue;
    people += entry.mood.people;
    mood += entry.mood.mood;
  }
  return { mood: people === 0 ? null : mood / people, people };
}
