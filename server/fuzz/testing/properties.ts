import { expect } from 'vitest';
import { ERROR_CODES } from '../../../contract/index.ts';

const codes: ReadonlySet<string> = new Set(ERROR_CODES);

/** Longest message that goes out to a sender. */
export const MOST_MESSAGE = 400;

/** @throws Error unless it is a refusal with a code of the contract and words of bounded length. */
export function demandRefusal({ code, message }: { code: string; message: string }): void {
  if (!codes.has(code)) throw new Error(`"${code}" is no code of the contract`);
  if (typeof message !== 'string' || message.length === 0 || message.length > MOST_MESSAGE) throw new Error(`a message of ${String(message).length} characters`);
}

/** @throws Error when a number in the value is not finite, with the way to it. */
export function demandFinite(value: unknown, way = ''): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${way} is ${value}`);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) demandFinite(inner, `${way}/${key}`);
}

/** @throws when something was added to the prototypes that all objects share. */
export function demandCleanPrototypes(): void {
  expect([Object.prototype, Array.prototype, Function.prototype, String.prototype].map((one) => Object.keys(one))).toEqual([[], [], [], []]);
}

/** Runs one input; a failure says what the input was, so that it can become a test of its own. */
export function attempt(input: unknown, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new Error(`failed for ${describeInput(input)}`, { cause: error });
  }
}

export function describeInput(input: unknown): string {
  if (input instanceof Uint8Array) return `bytes ${Buffer.from(input).toString('hex').slice(0, 2_000)}`;
  return (JSON.stringify(input) ?? String(input)).slice(0, 2_000);
}
