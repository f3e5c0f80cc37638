import { dayOf } from '../contract/time.ts';

const HOUR = 3_600_000;

/** Opening hours, whole hours of the day: 0 ≤ open < close ≤ 24. */
export interface Hours { open: number; close: number }

/** One shop day as it is played. */
export interface ShopDay {
  /** Names the day in seeds and ids; the same moment always belongs to the same key. */
  key: string;
  /** Real time of opening and closing, epoch ms; closing is exclusive. */
  start: number;
  end: number;
}

/** @throws RangeError when the hours are not such. */
export function readHours(text: string): Hours {
  const match = /^(\d{1,2})-(\d{1,2})$/.exec(text);
  const [open, close] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || open >= close || close > 24) throw new RangeError(`opening hours look like 9-21, not "${text}"`);
  return { open, close };
}

/**
 * The shop day that is played at `now`. Within opening hours that is the day itself; after closing the shop opens
 * again at once and plays another day, so that a demonstration in the evening or at night is alive too. Pure: a
 * restart finds the same day.
 */
export function shopDayAt(timezone: string, hours: Hours, now: number): ShopDay {
  const length = (hours.close - hours.open) * HOUR;
  let opening = openingOf(timezone, hours, now);
  if (now < opening) opening = openingOf(timezone, hours, dayOf(timezone, now).start - 1);
  const round = Math.floor((now - opening) / length);
  const start = opening + round * length;
  const nextOpening = openingOf(timezone, hours, dayOf(timezone, opening).end + 1);
  return { key: `${opening}.${round}`, start, end: Math.min(start + length, Math.max(nextOpening, start + 1)) };
}

/** The shop days that reach into the calendar day of `now` and have begun, oldest first; the last is being played. */
export function shopDaysUntil(timezone: string, hours: Hours, now: number): ShopDay[] {
  const midnight = dayOf(timezone, now).start;
  const days = [shopDayAt(timezone, hours, now)];
  // In opening hours the natural day is the whole story; at night the day before it belongs to it too.
  while (days[0]!.start > midnight && !days[0]!.key.endsWith('.0')) days.unshift(shopDayAt(timezone, hours, days[0]!.start - 1));
  return days;
}

function openingOf(timezone: string, hours: Hours, at: number): number {
  return dayOf(timezone, at).start + hours.open * HOUR;
}
