import type { WeekTimes } from '../../../contract/alerts.ts';

/** Times of the week as people say and type them. Days are 1 (Monday) to 7, minutes count from midnight. Pure. */
export type Week = WeekTimes;
export type Span = WeekTimes[number];
export const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;
const DAY_MINUTES = 1440;
/** Any Monday will do: only its weekday is shown. */
const MONDAY = Date.UTC(2024, 0, 1, 12);

/** `09:30`; 1440 is `24:00`. */
export function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** Minutes since midnight of `9:30` or `09:30`, up to `24:00`; null for anything else. */
export function minuteOfClock(text: string): number | null {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text);
  if (!match) return null;
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return Number(match[2]) < 60 && minutes <= DAY_MINUTES ? minutes : null;
}

/** A weekday's name: `Mon`, `Monday`. */
export function dayName(day: number, locale: string, width: 'short' | 'long' = 'short'): string {
  return new Intl.DateTimeFormat(locale, { weekday: width, timeZone: 'UTC' }).format(MONDAY + (day - 1) * 86_400_000);
}

/** Days in the shortest way: `Mon–Fri`, `Sat, Sun`. */
export function daysInWords(days: readonly number[], locale: string): string {
  const runs: number[][] = [];
  for (const day of [...new Set(days)].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && run.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  const name = (day: number) => dayName(day, locale);
  return runs.map((run) => (run.length > 2 ? `${name(run[0]!)}–${name(run.at(-1)!)}` : run.map(name).join(', '))).join(', ');
}

/** `Mon–Fri 09:00–21:00; Sat 10:00–18:00`. */
export function weekInWords(week: Week, locale: string): string {
  return week.map(({ days, from, to }) => `${daysInWords(days, locale)} ${clockOf(from)}–${clockOf(to)}`).join('; ');
}
