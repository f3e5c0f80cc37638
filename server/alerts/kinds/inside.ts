import { countInside, NOBODY, type AnyEvent } from '../../../contract/index.ts';

/** People who are at a place: in minus out since the start of the site's day. `owed`: discounted before they were counted. */
export interface Inside { day: number; people: number; owed?: number }

/** What counts people in and out. */
export const INSIDE_TYPES = ['traffic.counted', 'traffic.discounted'] as const;
type Counting = AnyEvent<(typeof INSIDE_TYPES)[number]>;
export const countsPeople = (event: AnyEvent): event is Counting => event.type === 'traffic.counted' || event.type === 'traffic.discounted';

/**
 * Counts people in and out. A new day begins with nobody; what is left of an older day is no longer of use. Never below
 * zero: a counter that missed somebody coming must not owe people for the rest of the day.
 */
export function inside(before: Inside | undefined, event: Counting, day: number, today: number): Inside {
  const state: Inside = before?.day === today ? before : { day: today, people: 0 };
  if (day !== today) return state;
  const { people, owed } = countInside({ ...NOBODY, people: state.people, owed: state.owed ?? 0 }, event);
  return { day: today, people, ...(owed > 0 ? { owed } : {}) };
}
