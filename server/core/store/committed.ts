import { LogEvent } from '../log/event.ts';
import type { NewEvent } from './store.ts';

/** Adds the events that are new (offset above 0), as the log now has them, to `into`. `received` is epoch ms. */
export function collectCommitted(events: readonly NewEvent[], offsets: readonly number[], received: number, into: LogEvent[]): void {
  for (let i = 0; i < events.length; i++) if (offsets[i]! > 0) into.push(new LogEvent(events[i]!, offsets[i]!, received));
}
