import type { Failure } from '../texts.ts';
import { AddressRefused, type Reply } from '../outbound.ts';

/** What became of one attempt. */
export type Outcome =
  | { sent: true }
  | {
    sent: false;
    /** A `Failure`, and a status where there is one. */
    error: string;
    /** Whether it may work later. */
    again: boolean;
    /** Whether the person's next channel should not wait for its time. */
    onward: boolean;
    /** The target is no more. */
    gone?: true;
    /** How long the other side asked to wait, ms. */
    afterMs?: number | null;
  };

export const SENT: Outcome = { sent: true };
/** It will never work this way: the next channel is tried at once. */
export const refused = (error: Failure, status?: number): Outcome => ({ sent: false, error: status === undefined ? error : `${error} ${status}`, again: false, onward: true });
/** It may work a little later; the next channel waits for its own time. */
export const later = (error: Failure, status?: number, afterMs: number | null = null): Outcome => ({ sent: false, error: status === undefined ? error : `${error} ${status}`, again: true, onward: false, afterMs });
/** Nobody knows whether it arrived, and time was lost: the next channel is tried at once, and this one again. */
export const TIMED_OUT: Outcome = { sent: false, error: 'timeout', again: true, onward: true };

/** What an HTTP status says of a delivery, where the channel has no words of its own. */
export function outcomeOf({ status, retryAfterMs }: Reply): Outcome {
  if (status >= 200 && status < 300) return SENT;
  if (status >= 300 && status < 400) return refused('redirected', status);
  if (status === 408 || status === 425 || status === 429) return later('busy', status, retryAfterMs);
  return status >= 400 && status < 500 ? refused('refused', status) : later('unreachable', status, retryAfterMs);
}

const codeOf = (error: unknown): string => (typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '');

/** Whether an error is one of time running out, whoever noticed it. */
export const isTimeout = (error: unknown): boolean =>
  (error instanceof Error && (error.name === 'TimeoutError' || (error.cause instanceof Error && error.cause.name === 'TimeoutError'))) || codeOf(error) === 'ETIMEDOUT' || codeOf(error) === 'UND_ERR_CONNECT_TIMEOUT';

/** What an error of the connection says of a delivery. */
export function outcomeOfError(error: unknown): Outcome {
  if (error instanceof AddressRefused || (error instanceof Error && error.cause instanceof AddressRefused)) return refused('private_address');
  return isTimeout(error) ? TIMED_OUT : later('unreachable');
}
