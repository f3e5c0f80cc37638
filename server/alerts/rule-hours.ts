import { zoneOffsetMs, type WeekTimes } from '../../contract/index.ts';

const MINUTE = 60_000;
const DAY_MINUTES = 1440;
/** 1 January 1970 was a Thursday: day 4 of the week. */
const FIRST_DAY = 3;

/**
 * Whether a moment lies within these times of the week by the site's clock: `from` inclusive, `to` exclusive. Times that
 * go past midnight belong to the day on which they begin; `from` equal to `to` is the whole day.
 * @throws RangeError for an unknown time zone
 */
export function inWeekTimes(times: WeekTimes, timezone: string, at: number): boolean {
  const local = at + zoneOffsetMs(timezone, at);
  const day = Math.floor(local / (DAY_MINUTES * MINUTE));
  const minute = Math.floor(local / MINUTE) - day * DAY_MINUTES;
  const weekday = (back: number): number => (((day - back + FIRST_DAY) % 7) + 7) % 7 + 1;
  return times.some(({ days, from, to }) => {
    if (to > from) return days.includes(weekday(0)) && minute >= from && minute < to;
    return (days.includes(weekday(0)) && minute >= from) || (days.includes(weekday(1)) && minute < to);
  });
}
