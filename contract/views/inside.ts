import type { AnyEvent } from '../events.ts';

/** Whom counters and cameras say to be inside, from the start of the site's day on. */
export interface Inside {
  /** Never below 0. */
  people: number;
  /** People who went out though nobody was inside: so many were missed coming in, or counted twice going out. */
  drift: number;
  /** Discounted people whom nobody has counted yet: they are taken from the next ones. */
  owed: number;
}

export const NOBODY: Inside = { people: 0, drift: 0, owed: 0 };

/**
 * Counts somebody in or out. Counters miss people, so more may go out than came in: that is remembered as drift and
 * does not weigh on those who come afterwards. A discount may come before the count that it is about.
 */
export function countInside({ people, drift, owed }: Inside, { type, body }: Pick<AnyEvent<'traffic.counted' | 'traffic.discounted'>, 'type' | 'body'>): Inside {
  const more = body.in - body.out;
  if (type === 'traffic.discounted') return settle(people - more, drift, owed);
  const now = people + more;
  return settle(Math.max(0, now), drift + Math.max(0, -now), owed);
}

/** `people` below 0 is owed. */
function settle(people: number, drift: number, owed: number): Inside {
  const due = owed + Math.max(0, -people);
  const there = Math.max(0, people);
  const paid = Math.min(there, due);
  return { people: there - paid, drift, owed: due - paid };
}
