import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { AnyEvent } from '../../contract/events.ts';
import { PERMISSIONS, type Me, type User } from '../../contract/people.ts';
import type { Device, Site, Wall } from '../../contract/places.ts';
import { PLACES, SITE } from './fake-floor.ts';
import { personOf, problem } from './fake-problem.ts';

export interface Publisher {
  silent: boolean;
  publish(events: AnyEvent[]): void;
}
type Params = { Params: Record<string, string> };

const person = (id: string, name: string, role: User['role'], disabled = false): User => ({ id, name, email: `${id}@example.org`, role, locale: 'ru', sites: null, disabled });

function devicesAt(now: number): Device[] {
  const device = (id: string, kind: Device['kind'], name: string, values: Partial<Device> = {}): Device => ({
    id, site: SITE.id, kind, name, touchpoint: 'kassa3', createdAt: now - 9e8, lastSeen: now - 4_000, online: true, clockOffsetMs: 120, revokedAt: null, version: '1', battery: null, mutedUntil: null, ...values,
  });
  return [
    device('button-1', 'button', 'Кнопка у кассы 3'),
    device('button-2', 'button', 'Кнопка в регистратуре', { online: false, lastSeen: now - 400_000, touchpoint: 'reception', clockOffsetMs: 95_000 }),
    device('counter-1', 'counter', 'Счётчик у входа', { touchpoint: 'entrance', clockOffsetMs: -7_000 }),
    device('cam-till', 'camera', 'Камера у касс'),
    device('phone-1', 'phone', 'Телефон Олега', { online: false, lastSeen: null, touchpoint: null, clockOffsetMs: null }),
    device('old', 'terminal', 'Старый терминал', { revokedAt: now - 8e7, online: false }),
  ];
}

/** Canned answers for every endpoint that the console asks. Password `wait` is refused with a delay, `wrong` as wrong. */
export function fakeRest(app: FastifyInstance, live: Publisher, options: { empty?: boolean; sites?: boolean }): void {
  const now = Date.now();
  const devices = options.empty ? [] : devicesAt(now);
  const users = [person('anna', 'Анна Смирнова', 'administrator'), person('igor', 'Игорь Ветров', 'floor'), person('olga', 'Ольга Белова', 'supervisor'), person('petr', 'Пётр Сидоров', 'analyst', true)];
  const walls: Wall[] = options.empty ? [] : [{ id: 'wall-1', site: SITE.id, name: 'Телевизор в зале', createdAt: now, revokedAt: null, lastSeen: now - 3_000 }];
  const site: Site = {
    ...SITE,
    zones: options.empty ? [] : [{ id: 'first', name: 'Первый этаж' }, { id: 'second', name: 'Второй этаж' }],
    touchpoints: options.empty ? [] : Object.entries(PLACES).map(([id, name]) => ({ id, name, zone: id === 'room12' ? null : 'first' })),
  };
  const sites = options.sites === false ? [] : [SITE];
  const me = (id: string): Me => ({ user: users.find((one) => one.id === id) ?? users[0]!, role: 'administrator', permissions: [...PERMISSIONS], sites });
  const signIn = (reply: FastifyReply, id: string): Me => {
    void reply.header('set-cookie', `made-up=${id}; Path=/; SameSite=Strict`);
    return me(id);
  };

  app.get('/api/v1/session', (request, reply) => {
    const id = personOf(request.headers);
    return id === null ? problem(reply, 401, 'unauthorised') : me(id);
  });
  app.post<{ Body: { email: string; password: string } }>('/api/v1/session', (request, reply) => {
    if (request.body.password === 'wait') return problem(reply.header('retry-after', '9'), 429, 'signin_delayed');
    if (request.body.password === 'wrong') return problem(reply, 401, 'bad_credentials');
    return signIn(reply, users.find((one) => one.email === request.body.email)?.id ?? 'anna');
  });
  app.delete('/api/v1/session', (_request, reply) => reply.header('set-cookie', 'made-up=; Path=/; Max-Age=0').code(204).send());
  app.get('/api/v1/setup', () => ({ needed: options.empty === true }));
  app.post('/api/v1/setup', (_request, reply) => signIn(reply, 'anna'));
  app.get('/api/v1/users', () => ({ users }));
  app.get('/api/v1/sites', () => ({ sites: [site] }));
  app.get('/api/v1/sites/:site', () => site);
  app.post<{ Body: { name: string; timezone: string } }>('/api/v1/sites', (request) => {
    sites.push(SITE);
    return { ...site, ...request.body };
  });
  app.post<Params & { Body: { name: string } }>('/api/v1/sites/:site/zones', (request) => {
    const zone = { id: randomUUID().slice(0, 8), name: request.body.name };
    site.zones.push(zone);
    return zone;
  });
  app.post<Params & { Body: { name: string; zone: string | null } }>('/api/v1/sites/:site/touchpoints', (request) => {
    const place = { id: randomUUID().slice(0, 8), ...request.body };
    site.touchpoints.push(place);
    return place;
  });
  app.get('/api/v1/sites/:site/devices', () => ({ devices }));
  app.post<{ Body: { name: string; kind: Device['kind'] } }>('/api/v1/sites/:site/devices', (request) => {
    const device = { ...devicesAt(Date.now())[0]!, id: 'made', ...request.body };
    devices.push(device);
    return { device, token: `od_${randomUUID()}` };
  });
  app.post<Params>('/api/v1/devices/:id/revoke', (request) => {
    const device = devices.find((one) => one.id === request.params['id']);
    if (device) device.revokedAt = Date.now();
    return device;
  });
  app.get<Params>('/api/v1/pairings/:code', (request, reply) => (request.params['code'] === '123456' ? { code: '123456', kind: 'camera', name: null, expiresAt: Date.now() + 60_000 } : problem(reply, 404, 'pairing_unknown')));
  app.post('/api/v1/pairings/:code/confirm', () => devices[0]);
  app.get('/api/v1/sites/:site/walls', () => ({ walls }));
  app.post<{ Body: { name: string } }>('/api/v1/sites/:site/walls', (request) => {
    const wall = { id: 'wall-2', site: SITE.id, name: request.body.name, createdAt: Date.now(), revokedAt: null, lastSeen: null };
    walls.push(wall);
    return { wall, token: randomUUID() + randomUUID() };
  });
  app.post<{ Body: { silent: boolean } }>('/api/v1/made-up/silence', (request) => {
    live.silent = request.body.silent;
    return {};
  });
}
