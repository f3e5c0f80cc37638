import { countInside, dayOf, MINUTE, NOBODY, type CounterHealth, type TrafficDay } from '../../contract/index.ts';

/** People in and out in one minute at one place; below 0 where discounts came later than their counts. */
export interface MinuteCount { minute: number; in: number; out: number }

/** Days before today that advice may rest on. */
export const HEALTH_DAYS = 7;
const LEAST_DAYS = 4;
/** People, in and out together, below which a day says nothing. */
const LEAST_PEOPLE = 100;
const STEADY = 0.03;

/** Today and the days before it, oldest first, by the site's clocks. */
export function daysOf(timezone: string, now: number): { day: string; start: number; end: number }[] {
  const days = [];
  let { start, end } = dayOf(timezone, now);
  for (let i = 0; i <= HEALTH_DAYS; i++) {
    days.unshift({ day: new Intl.DateTimeFormat('en-CA', { timeZone: timezone }).format(start), start, end });
    ({ start, end } = dayOf(timezone, start - MINUTE));
  }
  return days;
}

/** How a place's counters did. `minutes` of all its counters, oldest first. */
export function healthOf(zone: string | null, minutes: readonly MinuteCount[], timezone: string, now: number): CounterHealth {
  const days = daysOf(timezone, now).map(({ day, start, end }) => foldDay(day, minutes.filter(({ minute }) => minute * MINUTE >= start && minute * MINUTE < end)));
  return { zone, days, ...adviceFor(days.slice(0, -1)) };
}

/** Those who come in within a minute are taken to have come before those who went out in it. */
function foldDay(day: string, minutes: readonly MinuteCount[]): TrafficDay {
  const inside = minutes.reduce((state, { in: came, out }) => countInside(state, { type: 'traffic.counted', body: { in: came, out } }), NOBODY);
  const sum = (key: 'in' | 'out'): number => Math.max(0, minutes.reduce((all, one) => all + one[key], 0));
  return { day, in: sum('in'), out: sum('out'), drift: inside.drift, left: inside.people };
}

/** Everybody goes out again, so over a day in and out are the same but for errors; steady ones have a cause. */
function adviceFor(days: readonly TrafficDay[]): Pick<CounterHealth, 'advice' | 'imbalance'> {
  const shares = days.filter((day) => day.in + day.out >= LEAST_PEOPLE).map((day) => (day.in - day.out) / (day.in + day.out));
  if (shares.length < LEAST_DAYS) return { advice: null, imbalance: null };
  const imbalance = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const steady = Math.abs(imbalance) >= STEADY && shares.every((share) => Math.sign(share) === Math.sign(imbalance));
  return { advice: !steady ? null : imbalance > 0 ? 'more_in' : 'more_out', imbalance };
}
