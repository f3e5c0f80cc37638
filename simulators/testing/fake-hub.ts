import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventEnvelope } from '../../contract/index.ts';

type Json = Record<string, unknown>;

/** As much of a hub as a simulator meets: places, devices with tokens, events; everything in memory. */
export interface FakeHub {
  url: string;
  /** `POST /api/v1/…` of commands that made something. */
  made: string[];
  events: EventEnvelope[];
  /** By device: heartbeats. */
  heartbeats: Map<string, number>;
  /** By name of the device: the charge that it said last. */
  batteries: Map<string, number>;
  files: { file: string; type: string; bytes: number }[];
  /** By camera: how it was set up. */
  setups: Map<string, Json>;
  plan(): Record<string, unknown>;
  sites: Map<string, { id: string; name: string; timezone: string; zones: Json[]; touchpoints: Json[] }>;
  close(): Promise<void>;
}

export const EMAIL = 'admin@demo.local';
export const PASSWORD = 'correct horse';
const COOKIE = 'otklik_session=fake';

export async function startFakeHub(): Promise<FakeHub> {
  const made: string[] = [];
  const events: EventEnvelope[] = [];
  const seen = new Set<string>();
  const heartbeats = new Map<string, number>();
  const batteries = new Map<string, number>();
  const sites: FakeHub['sites'] = new Map();
  const devices = new Map<string, Json & { id: string; site: string; token: string }>();
  const walls: Json[] = [];
  const setups: FakeHub['setups'] = new Map();
  let serial = 0;

  const users: Json[] = [];
  const shifts: Json[] = [];
  const rules: Json[] = [{ id: 'traffic-crowd', site: 'demo', kind: 'traffic.crowd', builtIn: true, enabled: false, params: { people: 30 } }, { id: 'feedback-negative', site: 'demo', kind: 'feedback.negative', builtIn: true, enabled: true, params: {} }];
  let plan: Json = { picture: null, zones: {}, touchpoints: {}, updatedAt: null };
  const files: FakeHub['files'] = [];

  function asDevice(method: string, path: string, body: Json, token: string, raw: Buffer, type: string): [number, unknown] {
    const device = [...devices.values()].find((one) => one.token === token);
    if (!device) return [401, { code: 'unauthorised', detail: 'unknown token' }];
    if (method === 'GET' && path === '/api/v1/devices/me') return [200, { id: device.id, site: { id: device.site } }];
    if (path === '/api/v1/devices/me/heartbeat') {
      heartbeats.set(device.id, (heartbeats.get(device.id) ?? 0) + 1);
      if (typeof body['battery'] === 'number') batteries.set(String(device['name']), body['battery']);
      return [200, { now: Date.now(), clockOffsetMs: 0 }];
    }
    if (path === '/api/v1/files') {
      const file = createHash('sha256').update(raw).digest('hex');
      files.push({ file, type, bytes: raw.length });
      return [201, { file, type, bytes: raw.length }];
    }
    const batch = body['events'] as EventEnvelope[];
    const fresh = batch.filter(({ id }) => !seen.has(`${device.id} ${id}`));
    for (const event of fresh) seen.add(`${device.id} ${event.id}`);
    events.push(...fresh);
    return [200, { accepted: fresh.length, duplicates: batch.length - fresh.length, rejected: [] }];
  }

  /** People, shifts, rules and the plan: what a second start must find as the first left it. */
  function furniture(method: string, path: string, body: Json): [number, unknown] | undefined {
    const what = path.replace(/^\/api\/v1\/sites\/[^/]+/, '');
    if (what === '/api/v1/users') {
      if (method === 'GET') return [200, { users }];
      const user = { ...body, id: `user-${users.length + 1}` };
      users.push(user);
      return [201, user];
    }
    if (what === '/shifts') return method === 'GET' ? [200, { shifts }] : [201, shifts[shifts.push(body) - 1]];
    if (what === '/rules') return [200, { rules }];
    if (what.startsWith('/rules/')) return [200, Object.assign(rules.find(({ id }) => what === `/rules/${String(id)}`)!, body)];
    if (what === '/plan/picture') plan = { ...plan, picture: { file: 'f', width: 1, height: 1 }, updatedAt: 1 };
    else if (what === '/plan' && method === 'PUT') plan = { ...plan, ...body, updatedAt: 2 };
    else if (what !== '/plan') return undefined;
    return [200, plan];
  }

  function asAdmin(method: string, path: string, body: Json): [number, unknown] {
    if (method !== 'GET' && method !== 'POST') made.push(`${method} ${path}`);
    const [, siteId, what] = /^\/api\/v1\/sites(?:\/([^/]+)(?:\/(.+))?)?$/.exec(path) ?? [];
    if (method === 'POST') made.push(path);
    const furnished = furniture(method, path, body);
    if (furnished) return furnished;
    if (method === 'POST' && path === '/api/v1/sites') {
      const site = { id: String(body['id']), name: String(body['name']), timezone: String(body['timezone']), zones: [], touchpoints: [] };
      sites.set(site.id, site);
      return [201, site];
    }
    const camera = /^\/api\/v1\/cameras\/([^/]+)\/setup$/.exec(path)?.[1];
    if (camera !== undefined) {
      if (method === 'PUT') setups.set(camera, body);
      return [200, { version: setups.has(camera) ? 1 : 0 }];
    }
    const site = sites.get(siteId ?? '');
    if (!site) return [404, { code: 'not_found' }];
    if (what === undefined) return [200, site];
    if (what === 'zones' || what === 'touchpoints') { site[what].push(body); return [201, body]; }
    if (what === 'devices' && method === 'GET') return [200, { devices: [...devices.values()].map(({ token: _token, ...device }) => device) }];
    if (what === 'walls' && method === 'GET') return [200, { walls }];
    const id = `id-${++serial}`;
    const token = `token-${serial}-${'x'.repeat(20)}`;
    if (what === 'walls') { walls.push({ id, revokedAt: null }); return [201, { wall: { id }, token }]; }
    const device = { ...body, id, site: site.id, token, revokedAt: null };
    devices.set(id, device);
    return [201, { device, token }];
  }

  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const type = request.headers['content-type'] ?? '';
      const body = (raw.length === 0 || !/json/.test(type) ? {} : JSON.parse(raw.toString())) as Json;
      const { method = '', url = '', headers } = request;
      const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
      const answer = (status: number, reply: unknown, more: http.OutgoingHttpHeaders = {}): void => void response.writeHead(status, { 'content-type': 'application/json', ...more }).end(JSON.stringify(reply));
      if (token !== undefined) return answer(...asDevice(method, url, body, token, raw, type));
      if (headers.origin !== `http://${headers.host}`) return answer(403, { code: 'bad_origin', detail: 'foreign origin' });
      if (url === '/api/v1/session') {
        if (body['email'] !== EMAIL || body['password'] !== PASSWORD) return answer(401, { code: 'bad_credentials', detail: 'The e-mail or the password is wrong.' });
        return answer(200, { user: { id: 'administrator' } }, { 'set-cookie': `${COOKIE}; HttpOnly` });
      }
      return headers.cookie === COOKIE ? answer(...asAdmin(method, url, body)) : answer(401, { code: 'unauthorised' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, made, events, heartbeats, batteries, sites, files, setups, plan: () => plan,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
