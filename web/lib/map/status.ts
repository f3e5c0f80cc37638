import { formatAge, formatShare } from '../format.ts';
import { m } from '../paraglide/messages.js';
import type { PlaceState } from './states.ts';

/** What a place's mark says, in words. */
export function statusText(state: PlaceState, now: number, locale: string): string {
  const age = state.since === null ? '' : formatAge(now - state.since);
  switch (state.mark) {
    case 'open': return m.map_open({ count: state.waiting, age });
    case 'trouble': return m.map_trouble({ count: state.waiting, age });
    case 'taken': return state.walking ? m.map_walking({ name: state.owner?.name ?? '' }) : m.map_taken({ name: state.owner?.name ?? '' });
    case 'snoozed': return m.map_snoozed();
    case 'good': return m.map_good();
    case 'lively': case 'quiet': return todayText(state, locale);
  }
}

/** Today's ratings of a place. */
export const todayText = ({ today }: PlaceState, locale: string): string =>
  (today.total === 0 ? m.map_today_none() : m.map_today({ share: formatShare(today.positive / today.total, locale), count: today.total }));
