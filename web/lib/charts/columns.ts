import type { EmotionSample } from '../../../contract/emotions.ts';
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

/** A moment's mood of one camera. `at` epoch ms, `mood` −1..1. */
export interface MoodPoint {
  at: number;
  mood: number;
}

/**
 * Mood per camera: one point a minute, the mean over that minute's face observations, then the live points of the
 * last minute. A camera that saw nobody in a minute has a gap there.
 */
export function moodColumns(minutes: readonly FloorMinute[], cameras: readonly string[], trails: ReadonlyMap<string, readonly MoodPoint[]>, now: number, count: number): Columns {
  const from = minuteOf(now) - count + 1;
  const times = new Map<number, Map<string, number>>();
  const put = (second: number, camera: string, mood: number) => {
    const row = times.get(second) ?? new Map<string, number>();
    times.set(second, row.set(camera, mood));
  };
  const wanted = new Set(cameras);
  const current = minuteOf(now);
  for (const entry of minutes) {
    if (entry.minute < from || entry.minute >= current) continue;
    for (const [camera, sums] of Object.entries(entry.mood)) {
      if (wanted.has(camera) && sums.faces > 0) put(seconds(entry.minute) + 30, camera, sums.mood / sums.faces);
    }
  }
  for (const camera of cameras) {
    for (const point of trails.get(camera) ?? []) if (minuteOf(point.at) >= current - 1) put(Math.floor(point.at / 1000), camera, point.mood);
  }
  const x = [...times.keys()].sort((a, b) => a - b);
  return [x, ...cameras.map((camera) => x.map((second) => times.get(second)?.get(camera) ?? null))];
}

export interface MoodNow {
  /** Latest mood −1..1: live if the camera sees somebody now, else of the last minute with faces; null without either. */
  mood: number | null;
  live: boolean;
  /** Face observations over the last `count` minutes. */
  faces: number;
}

/** A sample older than this is not "now". */
export const SAMPLE_FRESH_MS = 5_000;

/** What to write beside a camera's line. */
export function moodNow(minutes: readonly FloorMinute[], camera: string, sample: EmotionSample | undefined, now: number, count: number): MoodNow {
  const from = minuteOf(now) - count + 1;
  let faces = 0;
  let last: number | null = null;
  for (const entry of minutes) {
    const sums = entry.mood[camera];
    if (!sums || sums.faces === 0 || entry.minute < from) continue;
    faces += sums.faces;
    last = sums.mood / sums.faces;
  }
  if (sample && sample.mood !== null && sample.faces > 0 && now - sample.at < SAMPLE_FRESH_MS) return { mood: sample.mood, live: true, faces };
  return { mood: last, live: false, faces };
}

const TRAIL_MS = 2 * MINUTE;

/**
 * Adds a sample to a camera's trail: at most one point a second, smoothed with the last (a face turned away for one
 * frame is no change of mood), the last two minutes. @returns a new trail, or the old one when nothing changed.
 */
export function extendTrail(trail: readonly MoodPoint[], sample: EmotionSample): readonly MoodPoint[] {
  if (sample.mood === null || sample.faces === 0) return trail;
  const last = trail.at(-1);
  if (last && sample.at - last.at < 1000) return trail;
  const near = last && sample.at - last.at < SAMPLE_FRESH_MS;
  const mood = near ? last.mood * 0.5 + sample.mood * 0.5 : sample.mood;
  return [...trail.filter((point) => point.at > sample.at - TRAIL_MS), { at: sample.at, mood }];
}
