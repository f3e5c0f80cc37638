import { dayOf } from '../../contract/time.ts';

/** Numbers, ages and times as people read them. Pure: locale, zone and moment are arguments. */

const MINUS = '\u2212';
const cache = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>();

function once<T extends Intl.DateTimeFormat | Intl.NumberFormat>(key: string, make: () => T): T {
  const known = cache.get(key) ?? make();
  cache.set(key, known);
  return known as T;
}

/** A length of time as a clock: `0:42`, `4:10`, `1:02:03`. Negative lengths (clocks apart) count as zero. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Hours and minutes on a site's clock, 24 h: `14:02`. @throws RangeError for an unknown time zone. */
export function formatClock(at: number, timezone: string, seconds = false): string {
  const format = once(`clock ${timezone} ${seconds}`, () => new Intl.DateTimeFormat('ru', { timeZone: timezone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' as const } : {}) }));
  return format.format(at);
}

/** Time on a site's clock, with the day unless it is the day of `now`: `14:02`, `21 нояб., 14:02`. */
export function formatMoment(at: number, timezone: string, locale: string, now?: number): string {
  const day = now === undefined ? undefined : dayOf(timezone, now);
  if (day && at >= day.start && at < day.end) return formatClock(at, timezone);
  const format = once(`moment ${timezone} ${locale}`, () => new Intl.DateTimeFormat(locale, { timeZone: timezone, day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }));
  return format.format(at);
}

/** A whole number with the locale's group separators. */
export function formatCount(value: number, locale: string): string {
  return once(`count ${locale}`, () => new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })).format(value);
}

/** A number with at most `digits` decimals. */
export function formatDecimal(value: number, locale: string, digits = 1): string {
  return once(`decimal ${locale} ${digits}`, () => new Intl.NumberFormat(locale, { maximumFractionDigits: digits })).format(value);
}

/** A share 0..1 as percent: `88 %` in Russian, `88%` in English. */
export function formatShare(share: number, locale: string): string {
  return once(`share ${locale}`, () => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })).format(share);
}

/** Mood −1..1 with its sign and two decimals: `+0,21`, `−0,05`; a rounded zero has no sign. */
export function formatMood(mood: number, locale: string): string {
  const text = once(`mood ${locale}`, () => new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 })).format(Math.abs(mood));
  if (Math.abs(mood) < 0.005) return text;
  return (mood > 0 ? '+' : MINUS) + text;
}
