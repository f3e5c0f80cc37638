import { LogEvent } from '../log/event.ts';

/** Characters of one message; more events go in several, so that a trimmed stream stays within its memory. */
const MESSAGE_MOST = 64 * 1024;

/**
 * Committed events as text, two lines each: `site offset type received`, then the event's JSON, which holds no line
 * break. The receiver need not parse the JSON.
 */
export function packMessages(events: readonly LogEvent[]): string[] {
  const messages: string[] = [];
  let text = '';
  for (const { site, offset, type, received, json } of events) {
    if (text.length > 0 && text.length + json.length > MESSAGE_MOST) { messages.push(text); text = ''; }
    text += `${site} ${offset} ${type} ${received}\n${json}\n`;
  }
  if (text.length > 0) messages.push(text);
  return messages;
}

const HEAD = /^(\S{1,64}) (\d{1,15}) (\S{1,64}) (\d{1,15})$/;

/** The events of a message. What is not of this form ends it: the log has what is missed. */
export function unpackMessage(text: string): LogEvent[] {
  const events: LogEvent[] = [];
  const lines = text.split('\n');
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const head = HEAD.exec(lines[i]!);
    const json = lines[i + 1]!;
    if (!head || !json.startsWith(`{"offset":${head[2]},`) || !json.endsWith('}')) break;
    events.push(new LogEvent({ site: head[1]!, type: head[3]!, json }, Number(head[2]), Number(head[4])));
  }
  return events;
}
