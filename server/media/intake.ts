import { Compile } from 'typebox/compile';
import type { TSchema } from 'typebox';
import { CAMERA_REQUESTS, ERROR_CODES, NODE_EVENTS, type Ack, type ErrorCode } from '../../contract/index.ts';

export type Refusal = Extract<Ack<never>, { ok: false }>;
export const refuse = (code: ErrorCode, message: string): Refusal => ({ ok: false, code, message });

/** The schema's verdict: undefined when the payload fits, else one line for the sender. */
export type Check = (payload: unknown) => string | undefined;

function compile(schema: TSchema): Check {
  const validator = Compile(schema);
  return (payload) => {
    if (validator.Check(payload)) return undefined;
    const [first] = validator.Errors(payload);
    return first ? `${first.instancePath || 'payload'} ${first.message}` : 'the payload does not fit';
  };
}

const compileAll = (schemas: Record<string, TSchema>): ReadonlyMap<string, Check> => new Map(Object.entries(schemas).map(([name, schema]) => [name, compile(schema)]));
export const CAMERA_CHECKS = compileAll(CAMERA_REQUESTS);
export const NODE_CHECKS = compileAll(NODE_EVENTS);

const codes: ReadonlySet<string> = new Set(ERROR_CODES);

/** What a node answered, made safe to hand on: anything that is no acknowledgement becomes `media_failed`. */
export function readAck(answer: unknown): Ack<unknown> {
  if (typeof answer !== 'object' || answer === null) return refuse('media_failed', 'the vision node gave no proper answer');
  const ack = answer as { ok?: unknown; data?: unknown; code?: unknown; message?: unknown };
  if (ack.ok === true) return { ok: true, data: ack.data ?? {} };
  const code = typeof ack.code === 'string' && codes.has(ack.code) ? (ack.code as ErrorCode) : 'media_failed';
  return refuse(code, typeof ack.message === 'string' ? ack.message.slice(0, 300) : 'the vision node could not do it');
}

/** Lets `burst` messages through at once and `perSecond` on average; times are epoch ms. */
export class MessageLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;
  /** Messages refused in a row. */
  refused = 0;

  constructor(perSecond: number, burst: number, now: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  take(now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + (Math.max(0, now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#tokens < 1) { this.refused++; return false; }
    this.#tokens--;
    this.refused = 0;
    return true;
  }
}
