import { dayOf } from '../../../contract/time.ts';
import { periodOf, type Period } from '../report/period.ts';

export type EmotionPeriod = 'today' | 'week' | 'month' | 'own';
/** Days as date fields give them: `2026-03-01`. */
export interface OwnDays { from: string; to: string }

/** The hub reports on no more, and a field may hold nonsense while it is typed. */
export const MOST_DAYS = 92;
const DAY_MS = 86_400_000;
const NOON_MS = DAY_MS / 2;

/** The day of the site's clock as a date field has it. */
export const dateOf = (timezone: string, at: number): string => new Intl.DateTimeFormat('sv', { timeZone: timezone, dateStyle: 'short' }).format(at);

/** The period by the site's clock, epoch ms, end exclusive and not after `now`; null for days that make none. Pure. */
export function rangeOf(choice: EmotionPeriod, now: number, timezone: string, own: OwnDays): Period | null {
  if (choice !== 'own') return periodOf(choice, now, timezone);
  // Noon in UTC may be the next day far in the east; that day's own noon by the site's clock is not.
  const [from, to] = [midnight(own.from, timezone), midnight(own.to, timezone)];
  if (from === null || to === null || to < from || from >= now) return null;
  const end = Math.min(now, dayOf(timezone, to + NOON_MS).end);
  return end - from > MOST_DAYS * DAY_MS + NOON_MS ? null : { from, to: end };
}

/** When a day begins by the site's clock. */
function midnight(date: string, timezone: string): number | null {
  const noon = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T12:00:00Z`) : Number.NaN;
  if (Number.isNaN(noon)) return null;
  const day = [noon, noon - DAY_MS, noon + DAY_MS].find((at) => dateOf(timezone, at) === date);
  return day === undefined ? null : dayOf(timezone, day).start;
}
