/**
 * Why a hub closes a `/ws` connection. `reconnect` is what a client must do:
 * `yes` with backoff and full jitter, `no` because it would only be closed again.
 */
export const CLOSE_CODES = {
  restarting: { code: 4000, reconnect: 'yes', reason: 'the hub is restarting, reconnect' },
  slow: { code: 4008, reconnect: 'yes', reason: 'too much unsent data, resume' },
  badFrame: { code: 4400, reconnect: 'no', reason: 'the frame is not of this protocol' },
  unauthorised: { code: 4401, reconnect: 'no', reason: 'sign in first' },
  helloTimeout: { code: 4408, reconnect: 'yes', reason: 'no hello in time' },
  secondHello: { code: 4409, reconnect: 'no', reason: 'hello was said already' },
  revoked: { code: 4410, reconnect: 'no', reason: 'access was taken back' },
  tooLarge: { code: 4413, reconnect: 'no', reason: 'the frame is too large' },
  protocolVersion: { code: 4426, reconnect: 'no', reason: 'this protocol version is not spoken here, reload' },
  tooMany: { code: 4429, reconnect: 'yes', reason: 'too many messages' },
  internal: { code: 4500, reconnect: 'yes', reason: 'the hub failed, reconnect' },
} as const;

export type CloseReason = keyof typeof CLOSE_CODES;

/** Whether a client should reconnect after this close code. Unknown and standard codes (1006 and so on) mean yes. */
export function shouldReconnect(code: number): boolean {
  const known = Object.values(CLOSE_CODES).find((entry) => entry.code === code);
  return known === undefined || known.reconnect === 'yes';
}
