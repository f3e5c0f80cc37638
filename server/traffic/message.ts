import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { EpochMs, Ulid } from '../../contract/index.ts';
import { timeOf } from './csv.ts';
import { stableUlid } from './identity.ts';
import type { Counted } from './intake.ts';

/** What counters publish to: `otklik/<device>/traffic` JSON, `…/in` and `…/out` a number alone. */
export const TOPICS = ['otklik/+/traffic', 'otklik/+/traffic/in', 'otklik/+/traffic/out'] as const;
export const MESSAGE_BYTES = 2_048;
const TOPIC = /^otklik\/([a-z0-9][a-z0-9-]{0,63})\/traffic(?:\/(in|out))?$/;

const Count = Type.Integer({ minimum: 0, maximum: 100_000 });
const Message = Type.Object({
  in: Count, out: Count,
  at: Type.Optional(Type.Union([EpochMs, Type.String({ maxLength: 40 })])),
  seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400 })),
  id: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Integer({ minimum: 0 })])),
}, { additionalProperties: false });
const check = Compile(Message);
const checkUlid = Compile(Ulid);

export interface Published { topic: string; payload: Uint8Array; retain: boolean; messageId: number | undefined }
export interface ReadMessage { device: string; counted: Counted }

/**
 * Reads what a counter published. @returns what is wrong with it, in words, when something is; null when there is
 * nothing to count.
 * @param arrived the hub's clock, epoch ms: the time of a message that has none.
 */
export function readMessage({ topic, payload, retain, messageId }: Published, arrived: number): ReadMessage | string | null {
  const match = TOPIC.exec(topic);
  if (!match) return 'the topic must be otklik/<device>/traffic, with the device\'s id as the hub gave it';
  if (retain) return 'retained messages are old ones and are not counted; publish without retain';
  if (payload.length > MESSAGE_BYTES) return `a message has at most ${MESSAGE_BYTES} bytes`;
  const device = match[1]!;
  const text = Buffer.from(payload).toString('utf8').trim();
  const value = match[2] === undefined ? parsed(text) : /^\d{1,6}$/.test(text) ? { in: 0, out: 0, [match[2]]: Number(text) } : undefined;
  if (value === undefined || !check.Check(value)) return match[2] === undefined ? 'the message must be JSON like {"in":1,"out":0,"at":1790000000000}' : 'the message must be a whole number';
  const at = value.at === undefined ? arrived : typeof value.at === 'number' ? value.at : timeOf(value.at, 'UTC');
  if (at === undefined) return '"at" must be epoch milliseconds or like 2026-05-04T09:30:00Z';
  if (value.in === 0 && value.out === 0) return null;
  const { seconds } = value;
  return { device, counted: { id: idOf(device, at, value, messageId), at, in: value.in, out: value.out, ...(seconds === undefined ? {} : { seconds }) } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The same message gets the same id, on every hub: by its own id, else by its time and what it says. Of one without
 * either only the broker's number of the message is known, beside when it arrived.
 */
function idOf(device: string, at: number, value: { id?: string | number; at?: unknown; in: number; out: number; seconds?: number }, messageId: number | undefined): string {
  if (typeof value.id === 'string' && checkUlid.Check(value.id)) return value.id;
  // Times are not part of a sender's own id: it may be sent again with another.
  if (value.id !== undefined) return stableUlid(0, 'mqtt', device, value.id);
  return value.at === undefined ? stableUlid(at, 'mqtt', device, value.in, value.out, messageId ?? '') : stableUlid(at, 'mqtt', device, value.in, value.out, value.seconds ?? '');
}
