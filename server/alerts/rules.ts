import { ratingClass, type AnyEvent, type BodyOf } from '../../contract/index.ts';

/** A press older than this is history: the visitor has left, so nobody is called. */
export const FRESH_MS = 30 * 60_000;

/**
 * Whether an event calls for an alert: a rating in the lowest class of its scale that happened within the last
 * half hour. `now` in epoch ms. The alert takes its id from the event, so the same press never opens two.
 */
export function alertFor(event: AnyEvent, now: number): BodyOf<'alert.opened'> | undefined {
  if (event.type !== 'feedback.rated' || now - event.at > FRESH_MS) return undefined;
  if (ratingClass(event.body.value, event.body.scale) !== 'lowest') return undefined;
  return {
    alert: event.id.toLowerCase(), kind: 'feedback.negative', severity: 'high', source: event.id, since: event.at,
    touchpoint: event.touchpoint, rating: event.body,
  };
}
