import type { ErrorCode } from '../../contract/errors.ts';

/** What can go wrong with a request: the hub's codes, or no answer at all. */
export type ProblemCode = ErrorCode | 'offline';

/** A request that did not succeed. `code` is stable; `status` is 0 when there was no answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: ProblemCode;
  /** Seconds that the hub asked to wait; null if it did not. */
  readonly retryAfter: number | null;
  /** Who holds what was asked for, where the hub tells. */
  readonly owner: string | null;
  /** Fields that were wrong, as JSON pointers. */
  readonly fields: readonly { path: string; message: string }[];
  /** What the hub said beside the standard fields, as it came; for what only one page understands. */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(status: number, code: ProblemCode, detail: Partial<Pick<ApiError, 'retryAfter' | 'owner' | 'fields' | 'problem' | 'message'>> = {}) {
    super(detail.message ?? code);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.retryAfter = detail.retryAfter ?? null;
    this.owner = detail.owner ?? null;
    this.fields = detail.fields ?? [];
    this.problem = detail.problem ?? {};
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export interface RequestOptions {
  body?: unknown;
  /** A table to send in place of a body. */
  csv?: string;
  /** Sent with commands, so that a repeat gets the first answer. */
  idempotencyKey?: string;
  /** The version that a change was made from, as an entity tag. */
  ifMatch?: string;
  signal?: AbortSignal;
}

const REQUEST_TIMEOUT_MS = 15_000;
const unauthorisedListeners = new Set<() => void>();

/** Calls back whenever the hub says that nobody is signed in. @returns a function that stops it. */
export function onUnauthorised(listener: () => void): () => void {
  unauthorisedListeners.add(listener);
  return () => unauthorisedListeners.delete(listener);
}

/**
 * Sends one request to the hub and returns the parsed answer; `undefined` for 204.
 * @throws ApiError for every answer that is not 2xx, and with code `offline` when there was no answer.
 */
export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  const body = options.csv ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  if (body !== undefined) headers['content-type'] = options.csv === undefined ? 'application/json' : 'text/csv';
  if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey;
  if (options.ifMatch) headers['if-match'] = options.ifMatch;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      credentials: 'same-origin',
      signal: options.signal ?? AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    throw new ApiError(0, 'offline', { message: String(error) });
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw new ApiError(0, 'offline', { message: `the answer broke off: ${String(error)}` });
  }
}

export const get = <T>(path: string): Promise<T> => request<T>('GET', path);
export const post = <T>(path: string, body?: unknown): Promise<T> => request<T>('POST', path, body === undefined ? {} : { body });
export const put = <T>(path: string, body: unknown): Promise<T> => request<T>('PUT', path, { body });
export const patch = <T>(path: string, body: unknown): Promise<T> => request<T>('PATCH', path, { body });
export const remove = (path: string): Promise<void> => request<void>('DELETE', path);

/** A fresh idempotency key: 32 hexadecimal digits. Works without a secure context, which `crypto.randomUUID` does not. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface LooseProblem {
  code?: unknown;
  detail?: unknown;
  title?: unknown;
  owner?: unknown;
  errors?: unknown;
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem = await readProblem(response);
  const code = typeof problem.code === 'string' ? (problem.code as ErrorCode) : codeOfStatus(response.status);
  if (response.status === 401 && code === 'unauthorised') for (const listener of unauthorisedListeners) listener();
  const seconds = Number(response.headers.get('retry-after'));
  return new ApiError(response.status, code, {
    message: [problem.detail, problem.title].find((text) => typeof text === 'string') ?? code,
    retryAfter: Number.isFinite(seconds) && seconds > 0 ? seconds : null,
    owner: ownerName(problem.owner),
    fields: Array.isArray(problem.errors) ? (problem.errors as ApiError['fields']) : [],
    problem: { ...problem },
  });
}

/** A proxy before the hub may answer in HTML; then only the status is left to go by. */
async function readProblem(response: Response): Promise<LooseProblem> {
  if (!/json/.test(response.headers.get('content-type') ?? '')) return {};
  try {
    const parsed: unknown = await response.json();
    return parsed !== null && typeof parsed === 'object' ? parsed : {};
  } catch (error) {
    console.warn('the hub sent a problem that is no JSON', error);
    return {};
  }
}

function ownerName(owner: unknown): string | null {
  if (typeof owner === 'string') return owner;
  const name = owner !== null && typeof owner === 'object' ? (owner as { name?: unknown }).name : undefined;
  return typeof name === 'string' ? name : null;
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'unauthorised';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'unavailable' : 'invalid';
}
