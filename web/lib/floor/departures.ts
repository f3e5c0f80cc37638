import type { Alert } from '../../../contract/alerts.ts';
import type { FeedItem } from '../../../contract/views/floor.ts';

/** How an alert left the floor: by itself, too late, or by a person's word. */
export interface Departure {
  what: 'cleared' | 'expired' | 'resolved';
  by: string | null;
  cause: string | null;
}
export interface Departed {
  alert: Alert;
  gone: Departure;
}

/** How long a card that is over stays, pale: long enough to be read, short enough not to be in the way. */
export const PALE_MS = 6_000;
/** More than this many at once (a network came back) are not shown off one by one. */
const MOST = 20;

const isEnd = (what: string): what is Departure['what'] => what === 'cleared' || what === 'expired' || what === 'resolved';

/**
 * Alerts of the last look that are gone now, with how they ended by the feed. Those whose end the feed does not tell
 * (a snapshot came instead of events) are left out: nothing is said of what is not known.
 */
export function departures(before: readonly Alert[], now: readonly Alert[], feed: readonly FeedItem[]): Departed[] {
  const present = new Set(now.map((alert) => alert.id));
  const missing = before.filter((alert) => !present.has(alert.id));
  if (missing.length === 0) return [];
  const ends = new Map<string, Departure>();
  for (const { text } of feed) if (text.kind === 'alert' && isEnd(text.what)) ends.set(text.alert, { what: text.what, by: text.by, cause: text.cause });
  return missing.flatMap((alert) => {
    const gone = ends.get(alert.id);
    return gone ? [{ alert, gone }] : [];
  }).slice(0, MOST);
}
