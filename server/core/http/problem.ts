import type { ErrorCode, Problem } from '../../../contract/index.ts';
import { StoreUnavailable } from '../store/store.ts';

export interface FieldError { path: string; message: string }

interface ProblemExtra {
  /** Seconds for `Retry-After`. */
  retryAfter?: number;
  errors?: FieldError[];
  /** Methods for `Allow`. */
  allow?: string[];
}

/** An answer other than success. `detail` is read by people: it says what to do next, and holds no secret. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly extra: ProblemExtra;
  constructor(code: ErrorCode, status: number, detail: string, extra: ProblemExtra = {}) {
    super(detail);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.extra = extra;
  }
}

export const notFound = (what: string): ApiError => new ApiError('not_found', 404, `There is no such ${what}, or you may not see it.`);
export const invalid = (path: string, message: string): ApiError => new ApiError('invalid', 422, `${path}: ${message}`, { errors: [{ path, message }] });
export const conflict = (detail: string): ApiError => new ApiError('conflict', 409, detail);
export const rateLimited = (retryAfter: number): ApiError => new ApiError('rate_limited', 429, `Too many requests. Try again in ${retryAfter} s.`, { retryAfter });

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Problem details (RFC 9457) of an error; `retryAfter` in seconds travels as a header. */
export function problem(error: ApiError): Problem {
  return {
    type: `urn:otklik:problem:${error.code}`,
    title: error.code.replaceAll('_', ' '),
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(error.extra.errors === undefined ? {} : { errors: error.extra.errors }),
  };
}

interface FrameworkError { code?: unknown; statusCode?: unknown; message?: unknown; validation?: unknown }
interface SchemaError { instancePath?: unknown; message?: unknown; params?: unknown }

const MAX_FIELD_ERRORS = 10;

function fieldErrors(validation: readonly SchemaError[]): FieldError[] {
  return validation.slice(0, MAX_FIELD_ERRORS).map(({ instancePath, message, params }) => {
    const unknown = (params as { additionalProperties?: unknown } | undefined)?.additionalProperties;
    const names = Array.isArray(unknown) ? `: ${unknown.map((name) => JSON.stringify(String(name).slice(0, 40))).join(', ')}` : '';
    return { path: typeof instancePath === 'string' && instancePath !== '' ? instancePath : '/', message: `${String(message)}${names}`.slice(0, 300) };
  });
}

/** The store's own refusal, also from inside the error that the query builder wraps around it. */
function storeRefusal(error: unknown): StoreUnavailable | undefined {
  for (let one = error, depth = 0; one instanceof Error && depth < 4; one = one.cause, depth++) if (one instanceof StoreUnavailable) return one;
  return undefined;
}

const RETRY_STORE_S = { storage_full: 60, store_busy: 2, store_unreachable: 2 } as const;

/** A whole number of the 400s: errors of libraries carry all sorts of things in this field. */
const isClientStatus = (status: unknown): status is number => Number.isInteger(status) && (status as number) >= 400 && (status as number) < 500;

/** Whatever was thrown, as an answer. What nobody foresaw is `internal`, without details. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const refusal = storeRefusal(error);
  if (refusal) return new ApiError(refusal.code, 503, refusal.message, { retryAfter: RETRY_STORE_S[refusal.code] });
  const { code, statusCode, validation } = (typeof error === 'object' && error !== null ? error : {}) as FrameworkError;
  if (Array.isArray(validation)) {
    const errors = fieldErrors(validation as SchemaError[]);
    return new ApiError('invalid', 422, `The request does not fit: ${errors.map(({ path, message }) => `${path} ${message}`).join('; ')}`.slice(0, 1000), { errors });
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new ApiError('too_large', 413, 'The request body is too large. Send less at once.');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new ApiError('malformed', 415, 'Send the body as application/json.');
  if (isClientStatus(statusCode)) return new ApiError('malformed', statusCode === 404 ? 400 : statusCode, 'The request could not be read. Check that it is valid HTTP with a valid JSON body.');
  return new ApiError('internal', 500, 'The hub failed to do this. The failure is in its log; try again.');
}

/** An error as the log may have it: the parameters of a failed query can hold personal data and stay out. */
export function loggable(error: unknown): { type: string; message: string; stack?: string } {
  if (!(error instanceof Error)) return { type: typeof error, message: 'something that is no Error was thrown' };
  const withoutParameters = (text: string): string => text.replace(/\nparams:[\s\S]*?(?=\n {4}at |$)/g, '');
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return { type: error.name, message: withoutParameters(error.message) + cause, ...(error.stack === undefined ? {} : { stack: withoutParameters(error.stack) }) };
}
