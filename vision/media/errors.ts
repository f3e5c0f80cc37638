import type { ErrorCode } from '../../contract/index.ts';

/** A request that cannot be done, with the stable code that its sender gets. */
export class RequestError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
