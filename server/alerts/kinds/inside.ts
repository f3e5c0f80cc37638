import type { AnyEvent } from '../../../contract/index.ts';

/** People who are at a place: in minus out since the start of the site's day. */
export interface Inside { day: number; people: number }

/**
 * Counts a `traffic.counted` in. A new day begins with nobody; what is left of an older day is no longer of use. Never
 * below zero: a counter that missed somebody coming must not owe people for the rest of the day.
 */
export function inside(before: Inside | undefined, event: AnyEvent<'traffic.counted'>, day: number, today: number): Inside {
  const state = before?.day === today ? before : { day: today, people: 0 };
  if (day !== today) return state;
  return { day: today, people: Math.max(0, state.people + event.body.in - event.body.out) };
}
