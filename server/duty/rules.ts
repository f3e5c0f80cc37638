import { MINUTE, zoneOffsetMs, type Shift } from '../../contract/index.ts';

/** When a shift is, by the site's clock. */
export type ShiftTimes = Pick<Shift, 'days' | 'from' | 'to'>;
/** One time that a shift is or was: `start` inclusive, `end` exclusive, epoch ms. */
export interface Occurrence { start: number; end: number }

const DAY = 86_400_000;
const MINUTES_A_DAY = 1440;
/** A shift that begins at 24:00 and lasts a day ends two days after the day that it is listed under. */
const DAYS_BACK = 2;
const DAYS_AHEAD = 8;

/** Midnight of the local day that holds `at`, as if local time were UTC. */
function midnightOf(timezone: string, at: number): number {
  return Math.floor((at + zoneOffsetMs(timezone, at)) / DAY) * DAY;
}

/** 1 is Monday. */
const weekdayOf = (midnight: number): number => ((Math.floor(midnight / DAY) + 3) % 7) + 1;

/**
 * The moment (epoch ms) at which clocks of the zone show `local` (epoch ms as if local time were UTC). What they show
 * twice, in autumn, is taken as asked; what they leap over, in spring, is the moment of the leap.
 */
function momentAt(timezone: string, local: number, which: 'first' | 'last'): number {
  const before = zoneOffsetMs(timezone, local - DAY);
  const after = zoneOffsetMs(timezone, local + DAY);
  const shown = [local - before, local - after].filter((at) => at + zoneOffsetMs(timezone, at) === local);
  if (shown.length > 0) return which === 'first' ? Math.min(...shown) : Math.max(...shown);
  let early = local - Math.max(before, after);
  let late = local - Math.min(before, after);
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (zoneOffsetMs(timezone, middle) === before) early = middle;
    else late = middle;
  }
  return late;
}

/** The occurrence that begins on a local day; none when the shift is not on it, or its whole time is leapt over. */
function onDay({ days, from, to }: ShiftTimes, timezone: string, midnight: number): Occurrence | undefined {
  if (!days.includes(weekdayOf(midnight))) return undefined;
  const until = to > from ? to : to + MINUTES_A_DAY;
  // Where the clock shows an hour twice, a shift begins at the first and ends at the second time: nobody is left alone.
  const start = momentAt(timezone, midnight + from * MINUTE, 'first');
  const end = momentAt(timezone, midnight + until * MINUTE, 'last');
  return end > start ? { start, end } : undefined;
}

/** The running occurrence of a shift at `now` (epoch ms), by the site's clock; undefined while it is not its time. @throws RangeError for an unknown time zone */
export function occurrence(shift: ShiftTimes, timezone: string, now: number): Occurrence | undefined {
  const today = midnightOf(timezone, now);
  for (let back = 0; back <= DAYS_BACK; back++) {
    const found = onDay(shift, timezone, today - back * DAY);
    if (found && found.start <= now && now < found.end) return found;
  }
  return undefined;
}

/** The first occurrence that starts after `now` (epoch ms). @throws RangeError for an unknown time zone */
export function nextOccurrence(shift: ShiftTimes, timezone: string, now: number): Occurrence | undefined {
  const today = midnightOf(timezone, now);
  for (let ahead = -1; ahead <= DAYS_AHEAD; ahead++) {
    const found = onDay(shift, timezone, today + ahead * DAY);
    if (found && found.start > now) return found;
  }
  return undefined;
}

/** Every occurrence that touches `from` … `to` (epoch ms, end exclusive), oldest first. @throws RangeError for an unknown time zone */
export function occurrencesBetween(shift: ShiftTimes, timezone: string, from: number, to: number): Occurrence[] {
  const found: Occurrence[] = [];
  const last = midnightOf(timezone, to);
  for (let midnight = midnightOf(timezone, from) - DAYS_BACK * DAY; midnight <= last; midnight += DAY) {
    const one = onDay(shift, timezone, midnight);
    if (one && one.start < to && one.end > from) found.push(one);
  }
  return found;
}
