import { withheldWindow, type AnyEvent } from '../../contract/index.ts';
import { LogEvent } from '../core/log/event.ts';

/** What is said of one person or of a few, as it may be told; undefined for what may be told as it is. */
function bodyOf(event: AnyEvent): object | undefined {
  if (event.type === 'emotion.windowed') return withheldWindow(event.body);
  if (event.type !== 'emotion.episode') return undefined;
  // That an unhappy visitor was there is what alerts are for; how unhappy is nobody's who reads the log.
  const { mood: _mood, ...rest } = event.body;
  return rest;
}

/** Channels and readers of the log ask for the same events again and again. */
const made = new WeakMap<LogEvent, LogEvent>();

/** An event of the log as people and programs may read it: without the mood of ten seconds of one camera, or of one visitor. */
export function withheld(event: LogEvent): LogEvent {
  if (event.type !== 'emotion.windowed' && event.type !== 'emotion.episode') return event;
  let shown = made.get(event);
  if (!shown) {
    const body = bodyOf(event.event);
    shown = body === undefined ? event : new LogEvent({ site: event.site, type: event.type, json: JSON.stringify({ ...event.event, body }) }, event.offset, event.received);
    made.set(event, shown);
  }
  return shown;
}
