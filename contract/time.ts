/** Days and minutes in a site's own time zone. Pure: the moment is always an argument. */

const formats = new Map<string, Intl.DateTimeFormat>();
function format(timezone: string): Intl.DateTimeFormat {
  let known = formats.get(timezone);
  if (!known) {
    known = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' });
    formats.set(timezone, known);
  }
  return known;
}

/** Milliseconds that local time is ahead of UTC at this moment. @throws RangeError for an unknown time zone. */
export function zoneOffsetMs(timezone: string, at: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format(timezone).formatToParts(at)) parts[type] = Number(value);
  const local = Date.UTC(parts['year']!, parts['month']! - 1, parts['day']!, parts['hour']!, parts['minute']!, parts['second']!);
  return local - Math.floor(at / 1000) * 1000;
}

export interface Day { start: number; end: number }

/**
 * The local calendar day that holds `at`: start inclusive, end exclusive, epoch ms. 23, 24 or 25 hours long
 * where clocks change.
 */
export function dayOf(timezone: string, at: number): Day {
  const local = at + zoneOffsetMs(timezone, at);
  const midnight = Math.floor(local / 86_400_000) * 86_400_000;
  return { start: localToUtc(timezone, midnight), end: localToUtc(timezone, midnight + 86_400_000) };
}

/** The moment at which clocks of the zone show `local` (epoch ms as if local time were UTC). */
export function localToUtc(timezone: string, local: number): number {
  const guess = local - zoneOffsetMs(timezone, local);
  return local - zoneOffsetMs(timezone, guess);
}

export const MINUTE = 60_000;
/** Index of the minute since the epoch. */
export const minuteOf = (at: number): number => Math.floor(at / MINUTE);

export function isTimezone(name: string): boolean {
  try { format(name); return true; } catch { return false; }
}
