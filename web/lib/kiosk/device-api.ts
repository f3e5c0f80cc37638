import type { ErrorCode } from '../../../contract/errors.ts';

/** What came of one request to the hub. `code` is set when the hub answered with problem details. */
export type Answer =
  | { kind: 'answer'; status: number; body: unknown; code: ErrorCode | null; retryAfterMs: number | null }
  | { kind: 'unreachable' };

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT';
  /** The device's token; sent as a header, never part of an address. */
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Whether the browser's cookies go along: only a wall has one. */
  cookies?: boolean;
  timeoutMs?: number;
}

export type Call = (path: string, options?: CallOptions) => Promise<Answer>;

const TIMEOUT_MS = 10_000;

function textOf(value: unknown, field: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const found = (value as Record<string, unknown>)[field];
  return typeof found === 'string' ? found : null;
}

/** Milliseconds from a `Retry-After` header in seconds, at most an hour; null when it says nothing usable. */
export function retryAfterMs(header: string | null): number | null {
  const seconds = header === null || header.trim() === '' ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : null;
}

/**
 * Calls the hub. Never throws: no network, a time-out and a cut answer are all `unreachable`.
 * Redirects count as unreachable, because a Wi-Fi sign-in page is not the hub.
 */
export function hubCall(fetcher: typeof fetch): Call {
  return async (path, options = {}) => {
    const headers: Record<string, string> = { accept: 'application/json', ...options.headers };
    if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
    if (options.body !== undefined) headers['content-type'] = 'application/json';
    try {
      const response = await fetcher(path, {
        method: options.method ?? 'GET',
        headers,
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        credentials: options.cookies ? 'same-origin' : 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
      });
      const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
      const body: unknown = isJson && response.status !== 204 ? await response.json() : null;
      return {
        kind: 'answer', status: response.status, body,
        code: response.ok ? null : textOf(body, 'code') as ErrorCode | null,
        retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
      };
    } catch (error) {
      if (error instanceof DOMException || error instanceof TypeError || error instanceof SyntaxError) return { kind: 'unreachable' };
      throw error;
    }
  };
}

/** Whether the hub itself (not something in between) says that this token is no longer good. */
export function isRevoked(answer: Answer): boolean {
  return answer.kind === 'answer' && answer.status === 401 && (answer.code === 'device_revoked' || answer.code === 'unauthorised');
}
