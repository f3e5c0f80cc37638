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

/** Milliseconds that local time is ahead of UTC at a moment. */
type OffsetAt = (at: number) => number;

/** Asks for each moment once: the calendar of a zone costs more than all the rest. */
function offsetsOf(timezone: string): OffsetAt {
  const known = new Map<number, number>();
  return (at) => {
    let offset = known.get(at);
    if (offset === undefined) known.set(at, offset = zoneOffsetMs(timezone, at));
    return offset;
  };
}

/** Midnight of the local day that holds `at`, as if local time were UTC. */
const midnightOf = (offsetAt: OffsetAt, at: number): number => Math.floor((at + offsetAt(at)) / DAY) * DAY;

/** 1 is Monday. */
const weekdayOf = (midnight: number): number => ((Math.floor(midnight / DAY) + 3) % 7) + 1;

/**
 * The moment (epoch ms) at which clocks of the zone show `minutes` after a local midnight, at most 48 hours. What they
 * show twice, in autumn, is taken as asked; what they leap over, in spring, is the moment of the leap. No zone changes
 * its clocks twice within four days.
 */
function momentAt(offsetAt: OffsetAt, midnight: number, minutes: number, which: 'first' | 'last'): number {
  const local = midnight + minutes * MINUTE;
  const before = offsetAt(midnight - DAY);
  const after = offsetAt(midnight + 3 * DAY);
  if (before === after) return local - before;
  const shown = [local - before, local - after].filter((at) => at + offsetAt(at) === local);
  if (shown.length > 0) return which === 'first' ? Math.min(...shown) : Math.max(...shown);
  let early = local - Math.max(before, after);
  let late = local - Math.min(before, after);
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (offsetAt(middle) === before) early = middle;
    else late = middle;
  }
  return late;
}

/** The occurrence that begins on a local day; none when the shift is not on it, or its whole time is leapt over. */
function onDay({ days, from, to }: ShiftTimes, offsetAt: OffsetAt, midnight: number): Occurrence | undefined {
  if (!days.includes(weekdayOf(midnight))) return undefined;
  const until = to > from ? to : to + MINUTES_A_DAY;
  // Where the clock shows an hour twice, a shift begins at the first and ends at the second time: nobody is left alone.
  const start = momentAt(offsetAt, midnight, from, 'first');
  const end = momentAt(offsetAt, midnight, until, 'last');
  return end > start ? { start, end } : undefined;
}

/** The running occurrence of a shift at `now` (epoch ms), by the site's clock; undefined while it is not its time. @throws RangeError for an unknown time zone */
export function occurrence(shift: ShiftTimes, timezone: string, now: number): Occurrence | undefined {
  const offsetAt = offsetsOf(timezone);
  const today = midnightOf(offsetAt, now);
  for (let back = 0; back <= DAYS_BACK; back++) {
    const found = onDay(shift, offsetAt, today - back * DAY);
    if (found && found.start <= now && now < found.end) return found;
  }
  return undefined;
}

/** The first occurrence that starts after `now` (epoch ms). @throws RangeError for an unknown time zone */
export function nextOccurrence(shift: ShiftTimes, timezone: string, now: number): Occurrence | undefined {
  const offsetAt = offsetsOf(timezone);
  const today = midnightOf(offsetAt, now);
  for (let ahead = -1; ahead <= DAYS_AHEAD; ahead++) {
    const found = onDay(shift, offsetAt, today + ahead * DAY);
    if (found && found.start > now) return found;
  }
  return undefined;
}

/**
 * For each shift every occurrence that touches `from` … `to` (epoch ms, end exclusive), oldest first.
 * @throws RangeError for an unknown time zone
 */
export function occurrencesBetween(shifts: readonly ShiftTimes[], timezone: string, from: number, to: number): Occurrence[][] {
  const offsetAt = offsetsOf(timezone);
  const last = midnightOf(offsetAt, to);
  const first = midnightOf(offsetAt, from) - DAYS_BACK * DAY;
  return shifts.map((shift) => {
    const found: Occurrence[] = [];
    for (let midnight = first; midnight <= last; midnight += DAY) {
      const one = onDay(shift, offsetAt, midnight);
      if (one && one.start < to && one.end > from) found.push(one);
    }
    return found;
  });
}
