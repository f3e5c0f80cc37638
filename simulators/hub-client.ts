import { SENT_AT_HEADER, type Me } from '../contract/index.ts';

const TIMEOUT_MS = 15_000;

/** What the hub said. `status` 0 means that it could not be reached; `retryAfterMs` only when it asked for patience. */
export interface HubAnswer { status: number; body: unknown; retryAfterMs: number | undefined }

/** The hub refused in a way that repeating does not mend. The message is for the person who started the simulator. */
export class HubRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'HubRefusal';
    this.status = status;
  }
}

/** Bytes as they are, instead of JSON. */
interface Raw { bytes: Buffer; type: string }
interface Call { method: string; path: string; body?: unknown; raw?: Raw; headers: Record<string, string> }

/** One HTTP request to the hub; never throws for what the hub or the network does. */
async function call(hub: string, { method, path, body, raw, headers }: Call): Promise<HubAnswer & { cookie?: string }> {
  try {
    const response = await fetch(`${hub}${path}`, {
      method,
      headers: { ...headers, ...(raw ? { 'content-type': raw.type } : body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(raw ? { body: new Uint8Array(raw.bytes) } : body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    const cookie = response.headers.getSetCookie().map((one) => one.split(';', 1)[0]).join('; ');
    return { status: response.status, body: parse(text), retryAfterMs: retryAfter(response.headers.get('retry-after')), cookie };
  } catch (error) {
    return { status: 0, body: { detail: reasonOf(error) }, retryAfterMs: undefined };
  }
}

function parse(text: string): unknown {
  try { return JSON.parse(text); } catch { return undefined; }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function retryAfter(header: string | null): number | undefined {
  const seconds = Number(header);
  return header !== null && Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3_600) * 1_000 : undefined;
}

/** What a problem answer says, or its status. */
export function problemText({ status, body }: HubAnswer): string {
  const problem = body as { detail?: unknown; title?: unknown } | undefined;
  const text = typeof problem?.detail === 'string' ? problem.detail : typeof problem?.title === 'string' ? problem.title : 'no explanation';
  return status === 0 ? `cannot reach the hub: ${text}` : `${status}: ${text}`;
}

/** A device's requests, with its token. */
export class DeviceClient {
  readonly #hub: string;
  readonly #token: string;

  constructor(hub: string, token: string) {
    this.#hub = hub;
    this.#token = token;
  }

  get(path: string): Promise<HubAnswer> {
    return this.#call('GET', path);
  }

  post(path: string, body: unknown): Promise<HubAnswer> {
    return this.#call('POST', path, body);
  }

  upload(path: string, bytes: Buffer, type: string): Promise<HubAnswer> {
    return this.#call('POST', path, undefined, { bytes, type });
  }

  #call(method: string, path: string, body?: unknown, raw?: Raw): Promise<HubAnswer> {
    return call(this.#hub, { method, path, body, ...(raw && { raw }), headers: { authorization: `Bearer ${this.#token}`, [SENT_AT_HEADER]: String(Date.now()) } });
  }
}

/** A signed-in administrator. */
export class AdminClient {
  readonly #hub: string;
  #cookie = '';

  constructor(hub: string) {
    this.#hub = hub;
  }

  /** Who it is. @throws HubRefusal when the hub does not take the e-mail and password. */
  async signIn(email: string, password: string): Promise<Me> {
    const answer = await this.#call('POST', '/api/v1/session', { email, password });
    if (answer.status !== 200) throw new HubRefusal(answer.status, `Signing in as ${email} failed: ${problemText(answer)}`);
    this.#cookie = answer.cookie ?? '';
    return answer.body as Me;
  }

  /** The body of a 2xx answer, or undefined for 404. @throws HubRefusal for every other answer. */
  async get<T>(path: string): Promise<T | undefined> {
    return this.#ask<T>('GET', path, undefined, 404);
  }

  /** @throws HubRefusal unless the answer is 2xx. */
  async post<T>(path: string, body: unknown): Promise<T> {
    return (await this.#ask<T>('POST', path, body)) as T;
  }

  /** @throws HubRefusal unless the answer is 2xx. */
  async put<T>(path: string, body: unknown): Promise<T> {
    return (await this.#ask<T>('PUT', path, body)) as T;
  }

  /** Puts bytes at an address. @throws HubRefusal unless the answer is 2xx. */
  async upload<T>(path: string, bytes: Buffer, type: string): Promise<T> {
    return (await this.#ask<T>('PUT', path, undefined, undefined, { bytes, type })) as T;
  }

  async #ask<T>(method: string, path: string, body?: unknown, missing?: number, raw?: Raw): Promise<T | undefined> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#call(method, path, body, raw);
      if (answer.status >= 200 && answer.status < 300) return answer.body as T;
      if (answer.status === missing) return undefined;
      if (attempt >= 5 || ![0, 429, 503].includes(answer.status)) throw new HubRefusal(answer.status, `${method} ${path} failed: ${problemText(answer)}`);
      await new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs ?? 500 * 2 ** attempt));
    }
  }

  #call(method: string, path: string, body?: unknown, raw?: Raw): Promise<HubAnswer & { cookie?: string }> {
    // The hub believes a cookie only together with where the request comes from.
    return call(this.#hub, { method, path, body, ...(raw && { raw }), headers: { origin: new URL(this.#hub).origin, ...(this.#cookie === '' ? {} : { cookie: this.#cookie }) } });
  }
}
