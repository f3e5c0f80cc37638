import type { Shift } from '../../../contract/duty.ts';
import { dayOf, zoneOffsetMs } from '../../../contract/time.ts';
import { lengthOf } from '../shifts/coverage.ts';

/** What a report can be about. `shift:<id>` is the latest time that a shift ran, or the one that is running. */
export type PeriodChoice = 'today' | 'yesterday' | 'week' | 'month' | `shift:${string}`;
export interface Period { from: number; to: number }

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const DAYS: Partial<Record<PeriodChoice, number>> = { week: 7, month: 28 };

/** The period by the site's clock, start inclusive, end exclusive, epoch ms; it never ends after `now`. Null for a shift that has not run within a week. Pure. */
export function periodOf(choice: PeriodChoice, now: number, timezone: string, shifts: readonly Shift[] = []): Period | null {
  const today = dayOf(timezone, now);
  if (choice === 'today') return { from: today.start, to: now };
  if (choice === 'yesterday') return { from: dayOf(timezone, today.start - 1).start, to: today.start };
  const days = DAYS[choice];
  if (days !== undefined) return { from: daysBefore(timezone, today.start, days - 1), to: now };
  const shift = shifts.find(({ id }) => choice === `shift:${id}`);
  return shift ? latestRun(shift, now, timezone) : null;
}

/** Midnight so many days before. Noon is on the same day whatever clocks do. */
const daysBefore = (timezone: string, midnight: number, days: number): number => dayOf(timezone, midnight + DAY_MS / 2 - days * DAY_MS).start;

function latestRun(shift: Pick<Shift, 'days' | 'from' | 'to'>, now: number, timezone: string): Period | null {
  const today = dayOf(timezone, now).start;
  for (let back = 0; back <= 7; back++) {
    const midnight = daysBefore(timezone, today, back);
    const from = atMinute(timezone, midnight, shift.from);
    if (!shift.days.includes(weekday(timezone, midnight)) || from >= now) continue;
    return { from, to: Math.min(now, atMinute(timezone, midnight, shift.from + lengthOf(shift))) };
  }
  return null;
}

/** 1 is Monday. The first day of the epoch was a Thursday. */
function weekday(timezone: string, midnight: number): number {
  const days = Math.round((midnight + zoneOffsetMs(timezone, midnight)) / DAY_MS);
  return ((days + 3) % 7) + 1;
}

/** When the site's clock shows so many minutes after that midnight, also on days when clocks change. */
function atMinute(timezone: string, midnight: number, minutes: number): number {
  const local = midnight + zoneOffsetMs(timezone, midnight) + minutes * MINUTE_MS;
  const guess = local - zoneOffsetMs(timezone, midnight);
  return local - zoneOffsetMs(timezone, guess);
}
