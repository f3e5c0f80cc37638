import { CAUSES, type AlertSettings, type AnyEvent } from '../../../contract/index.ts';

export interface Called { status: number; code: string; retryAfter: number | null; body: Record<string, unknown> }

interface Call { cookie?: string; token?: string; key?: string; body?: object; headers?: Record<string, string> }

const PATIENCE_MS = 30_000;

/**
 * One request as a page (`cookie`) or a device (`token`) makes it; `key` is its Idempotency-Key. `code` is that of the
 * problem details, else empty. @throws when no answer came
 */
export async function call(origin: string, method: string, route: string, { cookie, token, key, body, headers = {} }: Call = {}): Promise<Called> {
  const response = await fetch(origin + route, {
    method, signal: AbortSignal.timeout(PATIENCE_MS),
    headers: {
      ...(cookie === undefined ? {} : { cookie, origin }), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const retryAfter = response.headers.get('retry-after');
  const parsed = (text.startsWith('{') ? JSON.parse(text) : { text }) as Record<string, unknown>;
  return { status: response.status, code: response.ok ? '' : String(parsed['code'] ?? ''), retryAfter: retryAfter === null ? null : Number(retryAfter), body: parsed };
}

/** @throws when the answer is no success */
export async function succeed(origin: string, method: string, route: string, options: Call = {}): Promise<Record<string, unknown>> {
  const answer = await call(origin, method, route, options);
  if (answer.status >= 300) throw new Error(`${method} ${route}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

export interface Signed { cookie: string; user: string }

/** Signs in; the cookie holds at every hub of the store. @throws when it is refused */
export async function signIn(origin: string, email: string, password: string): Promise<Signed> {
  const response = await fetch(`${origin}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', origin }, body: JSON.stringify({ email, password }) });
  const me = await response.json() as { user?: { id: string } };
  if (!me.user) throw new Error(`signing in: ${JSON.stringify(me)}`);
  return { cookie: response.headers.getSetCookie().map((one) => one.split(';')[0]).join('; '), user: me.user.id };
}

/** Every press is a card of its own: so that it can be counted which press has none and which has two. */
const UNGROUPED: AlertSettings = { causes: CAUSES.map((id) => ({ id, name: null })), quiet: null, hourlyCap: 20, groupS: 0, expireS: 14_400 };

/** Makes a site where alerts are not grouped and a device there; resolves to the device's token and id. */
export async function makeShop(origin: string, cookie: string, site: string): Promise<{ token: string; device: string }> {
  await succeed(origin, 'POST', '/api/v1/sites', { cookie, body: { id: site, name: 'Shop', timezone: 'UTC' } });
  await succeed(origin, 'PUT', `/api/v1/sites/${site}/alert-settings`, { cookie, body: UNGROUPED });
  return makeButton(origin, cookie, site);
}

export async function makeButton(origin: string, cookie: string, site: string): Promise<{ token: string; device: string }> {
  const made = await succeed(origin, 'POST', `/api/v1/sites/${site}/devices`, { cookie, body: { kind: 'button', name: 'Button' } });
  return { token: made['token'] as string, device: (made['device'] as { id: string }).id };
}

/** The whole log of a site, read through a hub. */
export async function readLog(origin: string, cookie: string, site: string): Promise<AnyEvent[]> {
  const all: AnyEvent[] = [];
  for (;;) {
    const { events } = await succeed(origin, 'GET', `/api/v1/sites/${site}/events?after=${all.at(-1)?.offset ?? 0}&limit=1000`, { cookie }) as { events: AnyEvent[] };
    if (events.length === 0) return all;
    all.push(...events);
  }
}
