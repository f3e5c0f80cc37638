import { LogEvent } from '../log/event.ts';
import type { AppendedOffset, NewEvent } from './store.ts';

/** Somebody who waits for a group commit. */
export interface PendingAppend { events: readonly NewEvent[]; resolve(offsets: AppendedOffset[]): void; reject(error: unknown): void }

/** Adds the events that are new (offset above 0), as the log now has them, to `into`. `received` is epoch ms. */
export function collectCommitted(events: readonly NewEvent[], offsets: readonly number[], received: number, into: LogEvent[]): void {
  for (let i = 0; i < events.length; i++) if (offsets[i]! > 0) into.push(new LogEvent(events[i]!, offsets[i]!, received));
}

/** Answers everybody in a group that was committed; `offsets` are those of all their events in order. Returns the new events. */
export function settleGroup(group: readonly PendingAppend[], offsets: readonly number[], received: number): LogEvent[] {
  const committed: LogEvent[] = [];
  let at = 0;
  for (const { events, resolve } of group) {
    const own = offsets.slice(at, (at += events.length));
    collectCommitted(events, own, received, committed);
    resolve(own);
  }
  return committed;
}
