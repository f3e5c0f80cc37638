import http from 'node:http';
import { ERROR_CODES } from '../../../contract/index.ts';
import { mutateBytes, mutateJson, mutateText, pick, rubbish, type Random } from './mutate.ts';
import { eventOf, REST_BODIES } from './samples.ts';

/** Who attacks: cookies and tokens that are real, but not for everything. */
export interface Attacker { cookies: readonly string[]; tokens: readonly string[]; sites: readonly string[]; ids: readonly string[] }
export interface Answer { status: number; type: string; body: string; what: string }
interface Route { method: string; path: string; body: string | undefined }

const codes: ReadonlySet<string> = new Set(ERROR_CODES);
const BODIES: Record<string, string> = {
  'POST /api/v1/setup': 'Setup', 'POST /api/v1/session': 'SignIn', 'POST /api/v1/session/password': 'PasswordChange', 'POST /api/v1/users': 'NewUser', 'PATCH /api/v1/users/{user}': 'UserPatch',
  'POST /api/v1/sites': 'NewSite', 'PATCH /api/v1/sites/{site}': 'SitePatch', 'POST /api/v1/sites/{site}/zones': 'NewZone', 'POST /api/v1/sites/{site}/touchpoints': 'NewTouchpoint',
  'PATCH /api/v1/sites/{site}/touchpoints/{touchpoint}': 'TouchpointPatch', 'POST /api/v1/sites/{site}/devices': 'NewDevice', 'PATCH /api/v1/devices/{device}': 'DevicePatch', 'POST /api/v1/devices/me/heartbeat': 'Heartbeat',
  'POST /api/v1/pairings': 'NewPairing', 'POST /api/v1/pairings/{code}/confirm': 'PairingConfirm', 'POST /api/v1/pairings/{code}/token': 'PairingClaim', 'POST /api/v1/sites/{site}/walls': 'NewWall',
  'PUT /api/v1/cameras/{camera}/setup': 'CameraChoices', 'PUT /api/v1/device/camera-setup': 'CameraChoices', 'PUT /api/v1/cameras/{camera}/source': 'NewCameraSource', 'PUT /api/v1/cameras/{camera}/staff-analysis': 'StaffAnalysis',
  'POST /api/v1/vision/sync': 'VisionSync', 'POST /api/v1/vision/cameras/{camera}/scene': 'SceneReport',
  'POST /api/v1/walls/{wall}/session': 'WallSignIn', 'POST /api/v1/alerts/{alert}/resolve': 'ResolveAlert', 'POST /api/v1/events': 'EventsRequest',
};
/** Bodies that are no JSON, with their type. */
const TEXTS: Record<string, { type: string; text: string }> = {
  'POST /api/v1/sites/{site}/traffic/import': { type: 'text/csv', text: 'touchpoint,time,in,out\ntill-3,2026-05-04 09:30,3,1\n"till-3",2026-05-04T10:00:00Z,0,2\n' },
  'POST /api/v1/cameras/{camera}/whip': { type: 'application/sdp', text: 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=setup:actpass\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n' },
  'PATCH /api/v1/cameras/{camera}/whip/{resource}': { type: 'application/trickle-ice-sdpfrag', text: 'a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=end-of-candidates\r\n' },
};
const QUERIES = ['after=0&limit=10&state=open&__proto__=1', `from=${1_790_000_000_000}&to=${1_790_086_400_000}&by=zone&format=csv`, `from=${1_790_000_000_000}&to=${1_797_900_000_000}&by=touchpoint`];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND', 'TRACE', 'SEARCH'];
const TYPES = ['application/json', 'application/json', 'application/json', 'application/json; charset=utf-16', 'text/plain', 'application/sdp', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/problem+json', 'x', ''];

/** The routes that a hub describes itself. */
export async function routesOf(origin: string): Promise<Route[]> {
  const { paths } = await (await fetch(`${origin}/api/docs/json`)).json() as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path, body: BODIES[`${method.toUpperCase()} ${path}`] })));
}

/** What a header may hold on its way through Node's own client. */
const headerSafe = (text: string): string => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?');

function addressOf(random: Random, { path }: Route, { sites, ids }: Attacker): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = name === 'site' ? pick(random, sites) : name === 'code' ? '123456' : pick(random, ids);
    return encodeURIComponent((random.chance(0.3) ? mutateText(random, value) : value).toWellFormed()).slice(0, 300);
  });
  const query = random.chance(/emotions|reports/.test(path) ? 0.95 : 0.3) ? `?${random.chance(0.2) ? pick(random, QUERIES) : mutateText(random, pick(random, QUERIES))}` : '';
  const address = filled + (random.chance(0.05) ? pick(random, ['/', '%', '%00', '%zz', '//', '/../..', ';x', '%2f%2e%2e']) : '') + query;
  return address.replaceAll(/[^\x21-\x7e]/g, '_');
}

const eventsFor = (random: Random): object => ({
  events: Array.from({ length: 1 + random.below(4) }, () => { const event = { ...eventOf(random), site: 'other', at: Date.now() }; return random.chance(0.5) ? event : mutateJson(random, event); }),
});

/** JSON text; what is nested deeper than the stack reaches becomes nested text of the same kind. */
function asText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch (error) {
    if (error instanceof RangeError) return '['.repeat(20_000);
    throw error;
  }
}

function bodyFor(random: Random, route: Route): Buffer | undefined {
  const text = TEXTS[`${route.method} ${route.path}`]?.text;
  if (text !== undefined) return Buffer.from(random.chance(0.2) ? text : mutateText(random, text));
  if (route.body === undefined && random.chance(0.6)) return undefined;
  const sample = route.body === 'EventsRequest' ? eventsFor(random) : REST_BODIES[route.body ?? pick(random, Object.keys(REST_BODIES))]!;
  if (random.chance(0.15)) return Buffer.from(JSON.stringify(sample));
  if (random.chance(0.03)) return Buffer.from('['.repeat(20_000) + ']'.repeat(20_000));
  if (random.chance(0.02)) return Buffer.alloc(70_000, ' ');
  if (random.chance(0.05)) return Buffer.from('{"__proto__":{"x":1},"constructor":{"prototype":{}}}');
  if (random.chance(0.15)) return Buffer.from(mutateBytes(random, Buffer.from(JSON.stringify(sample))));
  return Buffer.from(asText(random.chance(0.1) ? rubbish(random, 3) : mutateJson(random, sample)));
}

function headersFor(random: Random, origin: string, attacker: Attacker, body: Buffer | undefined, byDevice: boolean, type: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  if (random.chance(0.9)) headers['origin'] = random.chance(0.9) ? origin : pick(random, ['http://evil.example', 'null', 'x', '']);
  if (random.chance(byDevice ? 0.3 : 0.85)) headers['cookie'] = random.chance(0.9) ? pick(random, attacker.cookies) : mutateText(random, pick(random, attacker.cookies));
  if (random.chance(byDevice ? 0.8 : 0.1)) headers['authorization'] = `Bearer ${random.chance(0.6) ? pick(random, attacker.tokens) : mutateText(random, pick(random, attacker.tokens))}`;
  if (random.chance(0.5)) headers['idempotency-key'] = random.chance(0.6) ? `key-${random.below(1_000_000)}-key` : mutateText(random, 'abcd-efgh');
  if (random.chance(0.1)) headers['otklik-sent-at'] = mutateText(random, '1790000000000');
  if (random.chance(0.05)) headers['x-forwarded-for'] = mutateText(random, '10.0.0.1');
  if (random.chance(0.05)) headers['content-encoding'] = pick(random, ['gzip', 'br', 'x']);
  if (random.chance(0.2)) headers['if-match'] = random.chance(0.5) ? `"${random.below(4)}"` : mutateText(random, '"3"');
  if (body) headers['content-type'] = type !== undefined && random.chance(0.85) ? type : pick(random, TYPES);
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, headerSafe(value).slice(0, 6_000)]));
}

/** Sends one mutated request. Resolves to what came back; undefined when the hub cut the line. */
export function attack(random: Random, origin: string, agent: http.Agent, routes: readonly Route[], attacker: Attacker): Promise<Answer | undefined> {
  const route = pick(random, routes);
  const wished = random.chance(0.9) ? route.method : pick(random, METHODS);
  // Signing out would turn every later attack with this cookie into the same 401.
  const method = wished === 'DELETE' && route.path === '/api/v1/session' ? 'GET' : wished;
  const path = addressOf(random, route, attacker);
  const body = bodyFor(random, route);
  const headers = headersFor(random, origin, attacker, body, /events$|devices\/me|whip|vision\/|device\/|files$/.test(route.path), TEXTS[`${route.method} ${route.path}`]?.type);
  return request(origin, agent, method, path, headers, body);
}

export function request(origin: string, agent: http.Agent, method: string, path: string, headers: Record<string, string>, body?: Buffer | string): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const sent = http.request(`${origin}/`, { method, path, agent, headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) }, timeout: 15_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve(undefined));
      response.on('end', () => resolve({
        status: response.statusCode ?? 0, type: String(response.headers['content-type'] ?? ''), body: Buffer.concat(chunks).toString(),
        what: `${method} ${path} ${JSON.stringify(headers)} ${String(body ?? '').slice(0, 1_000)}`,
      }));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within 15 s')));
    sent.on('error', () => resolve(undefined));
    sent.end(body);
  });
}

/** Codes that may come with 503; anything else of 5xx is a failure of the hub. */
const BUSY: ReadonlySet<string> = new Set(['no_vision_node', 'store_busy', 'storage_full']);

/** What an answer does not keep of what PROTOCOL.md and the API description promise; undefined when all is well. */
export function faultOf({ status, type, body, what }: Answer): string | undefined {
  if (status < 400) return undefined;
  const bad = (why: string): string => `${status} ${why}: ${body.slice(0, 300)} to ${what.slice(0, 700)}`;
  if (what.startsWith('HEAD ')) return status >= 500 ? bad('is a failure') : undefined;
  if (!type.startsWith('application/problem+json')) return bad(`is no problem but "${type}"`);
  const problem = JSON.parse(body) as { code: string; status: number; detail?: string };
  if (!codes.has(problem.code) || problem.status !== status) return bad('has no known code');
  if ((problem.detail ?? '').length > 1_000) return bad('is too long');
  return status >= 500 && !(status === 503 && BUSY.has(problem.code)) ? bad('is a failure') : undefined;
}
