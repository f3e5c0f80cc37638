import { Compile } from 'typebox/compile';
import { DEVICE_KINDS, EVENT_BODIES, EventEnvelope, LIMITS, type AnyEvent, type DeviceKind, type ErrorCode, type EventType } from '../../contract/index.ts';

/** Who sends: what decides what it may say. `site` null is a vision node of every site. */
export interface Sender { id: string; kind: DeviceKind; site: string | null; touchpoint: string | null }

/** An event that may be appended, its time corrected; `skew` is what was added to the sender's time, ms. */
export interface Candidate { id: string; type: EventType; site: string; at: number; touchpoint: string | null; skew: number; body: string; parsed: object; camera: string | null }
export interface Refusal { id: string | null; code: ErrorCode; message: string }

/** Longest interval of an `emotion.windowed`, and how far its end may be from the event's time, ms. */
const WINDOW_MOST_MS = 3600_000;

const checkEnvelope = Compile(EventEnvelope);
const checkBody = new Map(Object.entries(EVENT_BODIES).map(([type, schema]) => [type, Compile(schema)]));

/**
 * Judges one event as it came from outside. `now` is the hub's clock and `offset` the device's measured clock offset,
 * both ms; the event's time becomes `at + offset`. Never throws, whatever `raw` is.
 */
export function judge(raw: unknown, sender: Sender, now: number, offset: number): Candidate | Refusal {
  const given = (raw as { id?: unknown } | null)?.id;
  const id = typeof given === 'string' ? given.slice(0, 64) : null;
  const refuse = (code: ErrorCode, message: string): Refusal => ({ id, code, message });

  if (!checkEnvelope.Check(raw)) return refuse('invalid', firstError(checkEnvelope.Errors(raw)));
  const event = raw as EventEnvelope;
  const check = checkBody.get(event.type);
  if (!check) return refuse('unknown_type', `"${event.type}" is no event type`);
  if (!(DEVICE_KINDS[sender.kind] as readonly string[]).includes(event.type)) return refuse('forbidden_type', `a ${sender.kind} may not send ${event.type}`);
  if (sender.site !== null && event.site !== sender.site) return refuse('forbidden_site', `this device belongs to site ${sender.site}`);
  if (!check.Check(event.body)) return refuse('invalid', `body${firstError(check.Errors(event.body))}`);
  // What a vision node says is about a camera, and the event gets the camera's place; nobody else speaks for one.
  if (sender.kind === 'vision' && cameraIn(event.body) === undefined) return refuse('invalid', 'body/camera: name the camera that this is about');
  if (sender.kind !== 'vision' && cameraIn(event.body) !== undefined) return refuse('invalid', 'body/camera: only a vision node speaks for a camera; leave it out');
  const contradiction = contradictionIn(event.type as EventType, event.body as AnyEvent['body'], event.at);
  if (contradiction) return refuse('invalid', contradiction);
  const body = JSON.stringify(event.body);
  if (Buffer.byteLength(body) > LIMITS.eventBodyBytes) return refuse('body_too_large', `a body may have ${LIMITS.eventBodyBytes} bytes`);

  const at = event.at + offset;
  if (at < now - LIMITS.eventMaxAgeMs) return refuse('too_old', 'the event is more than 14 days old; check the device\'s clock');
  if (at > now + LIMITS.eventMaxFutureMs) return refuse('in_future', 'the event lies in the future; set the device\'s clock, or send the otklik-sent-at header so that it is corrected');
  return {
    id: event.id, type: event.type as EventType, site: event.site, at, touchpoint: event.touchpoint ?? sender.touchpoint, skew: offset, body, parsed: event.body,
    camera: sender.kind === 'vision' ? cameraIn(event.body) ?? null : null,
  };
}

const cameraIn = (body: object): string | undefined => ('camera' in body && typeof body.camera === 'string' ? body.camera : undefined);

export const isRefusal = (judged: Candidate | Refusal): judged is Refusal => 'code' in judged;

/** What a schema alone cannot say. */
function contradictionIn(type: EventType, body: AnyEvent['body'], at: number): string | undefined {
  if (type === 'feedback.rated') {
    const { value, scale } = body as AnyEvent<'feedback.rated'>['body'];
    if (value > scale) return `body/value: ${value} is beyond the scale of ${scale}`;
  }
  if (type === 'emotion.windowed') {
    const { from, to, faces, mood } = body as AnyEvent<'emotion.windowed'>['body'];
    if (to <= from) return 'body/to: must come after from';
    // Minutes are kept by the window's own time: one far ahead would push all the others out of the floor's chart.
    if (to - from > WINDOW_MOST_MS || Math.abs(at - to) > WINDOW_MOST_MS) return 'body/to: must lie within an hour of from and of the event\'s time';
    if ((faces === 0) !== (mood === null)) return 'body/mood: null exactly when there are no faces';
  }
  if (type === 'emotion.episode' || type === 'camera.frozen') {
    const told = body as AnyEvent<'emotion.episode' | 'camera.frozen'>['body'];
    // Alerts count from this time. An end is taken however long it lasted: nothing else would clear its alert.
    const over = 'state' in told ? told.state === 'ended' : !told.frozen;
    if (told.since > at || (!over && at - told.since > LIMITS.eventMaxAgeMs)) return 'body/since: must come before the event\'s time, by 14 days at most';
  }
  return undefined;
}

function firstError(errors: Iterable<{ instancePath: string; message: string }>): string {
  for (const { instancePath, message } of errors) return `${instancePath}: ${message}`.slice(0, 300);
  return ': not of the expected form';
}
