import type { FastifyInstance } from 'fastify';
import type { Alert, AlertDetail, ResolveAlert, SnoozeAlert } from '../../contract/alerts.ts';
import type { AnyEvent } from '../../contract/events.ts';
import type { DutyBoard, DutyChange } from '../../contract/duty.ts';
import { CAUSES, isFinal } from '../../contract/alert-words.ts';
import { type FakeFloor, SITE } from './fake-floor.ts';
import { personOf, problem } from './fake-problem.ts';
import type { Publisher } from './fake-rest.ts';

const PEOPLE: Record<string, string> = { anna: 'Анна', igor: 'Игорь', olga: 'Ольга' };
const FILE = 'a'.repeat(64);
const PHOTO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200"><rect width="320" height="200" fill="#b8c4be"/><circle cx="160" cy="100" r="60" fill="#4d5a54"/></svg>`;

/** What the stand-in hub was told, for tests to look at. */
export interface RestLog {
  /** Commands in the order in which they were answered: action, alert, who, key. */
  commands: { action: string; alert: string; by: string; key: string; body: unknown }[];
  seen: { alert: string; by: string }[];
  presence: number;
}

/** A dozen alerts of all sorts, as a busy hour brings them. */
export function mixedAlerts(floor: FakeFloor, now: number): void {
  const s = 1_000;
  const said = { text: 'Стою сорок минут, у окна работает один человек из трёх. Ребёнок плачет, сесть негде.', contact: '+7 921 123-45-67', voice: { file: FILE, seconds: 7 }, photo: { file: FILE } };
  floor.opens(now - 42 * s, { severity: 'urgent', touchpoint: 'kassa3', rating: { value: 1, scale: 4, factor: 'Долго ждать' }, message: said });
  floor.opens(now - 12 * s, { touchpoint: 'reception', rating: { value: 1, scale: 4, factor: 'Грубый тон' } });
  floor.opens(now - 250 * s, { kind: 'feedback.rate', touchpoint: 'hall', severity: 'high', facts: { n: 6, k: 4, minutes: 12, baseline: 0.12, baselineN: 410 }, count: 3 });
  floor.opens(now - 130 * s, { kind: 'feedback.run', touchpoint: 'room12', facts: { k: 3 } });
  floor.opens(now - 95 * s, { kind: 'traffic.crowd', zone: 'first', facts: { people: 34 } });
  floor.opens(now - 500 * s, { kind: 'emotion.mood', touchpoint: 'hall', facts: { mood: -0.21, moodBefore: 0.14, faces: 57 } });
  floor.opens(now - 700 * s, { kind: 'device.battery', device: 'button-1', touchpoint: 'kassa3', facts: { percent: 14 } });
  floor.opens(now - 760 * s, { kind: 'device.silent', device: 'button-2', touchpoint: 'reception', facts: { lastSeen: now - 850 * s } });
  floor.opens(now - 300 * s, { kind: 'feedback.praise', touchpoint: 'room12', facts: { k: 7, minutes: 25 } });
  const by = (id: string) => ({ id, name: PEOPLE[id] ?? id });
  const mine = floor.opens(now - 200 * s, { touchpoint: 'entrance', rating: { value: 2, scale: 4, factor: 'Не нашли товар' } });
  floor.commit('alert.claimed', { alert: mine.id, by: by('anna') }, now - 160 * s);
  const theirs = floor.opens(now - 391 * s, { touchpoint: 'reception', rating: { value: 1, scale: 4 } });
  floor.commit('alert.claimed', { alert: theirs.id, by: by('igor') }, now - 360 * s);
  floor.commit('alert.departed', { alert: theirs.id, by: by('igor') }, now - 340 * s);
  const later = floor.opens(now - 900 * s, { kind: 'camera.frozen', device: 'cam-hall', facts: { lastSeen: now - 950 * s } });
  floor.commit('alert.snoozed', { alert: later.id, by: by('anna'), until: now + 900 * s, reason: 'Мастера уже вызвали' }, now - 100 * s);
}

const EVENTS = { claim: 'alert.claimed', depart: 'alert.departed', release: 'alert.released', snooze: 'alert.snoozed', resolve: 'alert.resolved', seen: 'alert.seen' } as const;
type Action = keyof typeof EVENTS;

/** Alerts, duty and their settings as the hub answers them; commands are answered once for each key. */
export function fakeAlertRoutes(app: FastifyInstance, floor: FakeFloor, live: Publisher): RestLog {
  const log: RestLog = { commands: [], seen: [], presence: 0 };
  const ended = new Map<string, Alert>();
  const answers = new Map<string, { status: number; body: unknown }>();
  const find = (id: string) => floor.floor.alerts.find((one) => one.id === id) ?? ended.get(id);

  app.post<{ Params: { id: string; action: Action } }>('/api/v1/alerts/:id/:action', (request, reply) => {
    const { id, action } = request.params;
    const person = personOf(request.headers) ?? 'anna';
    const by = { id: person, name: PEOPLE[person] ?? person };
    const alert = find(id);
    if (!alert || !(action in EVENTS)) return problem(reply, 404, 'not_found');
    if (action === 'seen') {
      log.seen.push({ alert: id, by: person });
      return reply.code(204).send();
    }
    const key = `${person} ${String(request.headers['idempotency-key'])}`;
    const known = answers.get(key);
    if (known) return reply.code(known.status).send(known.body);
    const taken = alert.owner !== null && alert.owner.id !== by.id;
    const refusal = isFinal(alert.state) ? 'already_resolved' : action !== 'resolve' && taken ? 'already_claimed' : null;
    if (refusal) return problem(reply, 409, refusal, { owner: alert.owner, state: alert.state, claimedAt: alert.claimedAt, resolvedAt: alert.resolvedAt });
    const body = { alert: id, by, ...extraOf(action, request.body) };
    log.commands.push({ action, alert: id, by: person, key, body: request.body ?? null });
    live.publish([floor.commit(EVENTS[action], body as never, Date.now(), alert.touchpoint)]);
    const after = { ...alert };
    if (isFinal(after.state)) ended.set(id, after);
    answers.set(key, { status: 200, body: after });
    return after;
  });

  app.get<{ Params: { id: string } }>('/api/v1/alerts/:id', (request, reply) => {
    const alert = find(request.params.id);
    if (!alert) return problem(reply, 404, 'not_found');
    const before = (minutes: number, values: Partial<Alert>): Alert => ({ ...alert, id: `before-${minutes}`, state: 'resolved', since: alert.since - minutes * 60_000, owner: { id: 'igor', name: 'Игорь' }, message: null, ...values });
    const detail: AlertDetail = {
      alert,
      similar: [before(95, { cause: 'queue', outcome: 'helped' }), before(1_500, { state: 'cleared', owner: null }), before(2_900, { cause: 'staff', outcome: 'left', note: 'Второе окно открыли' })],
      history: [
        { at: alert.openedAt, what: 'opened', by: null, text: null }, { at: alert.openedAt + 1_000, what: 'noticed', by: null, text: null },
        ...(alert.claimedAt === null ? [] : [{ at: alert.claimedAt, what: 'claimed', by: alert.owner?.name ?? null, text: null }]),
      ],
      onDuty: [{ id: 'anna', name: 'Анна' }, { id: 'igor', name: 'Игорь' }],
    };
    return detail;
  });

  app.get('/api/v1/sites/:site/alert-settings', () => ({ causes: [...CAUSES.map((id) => ({ id, name: null })), { id: 'air', name: 'Душно' }], quiet: null, hourlyCap: 20, groupS: 300, expireS: 3_600 }));
  app.get('/api/v1/sites/:site/files/:hash', (_request, reply) => reply.type('image/svg+xml').send(PHOTO));
  app.get('/api/v1/sites/:site/duty', (): DutyBoard => ({
    people: Object.entries(floor.floor.duty).map(([user, one]) => ({ user, name: one.name, role: one.role, zones: one.zones, shift: 'day', until: one.until, seenAt: Date.now(), reach: user === 'anna' ? ['console', 'push'] : user === 'igor' ? ['push'] : [] })),
    shift: { id: 'day', name: 'День', endsAt: Date.now() + 3 * 3_600_000 },
  }));
  app.put<{ Body: DutyChange }>('/api/v1/sites/:site/duty', (request, reply) => {
    const person = personOf(request.headers) ?? 'anna';
    const by = { id: person, name: PEOPLE[person] ?? person };
    const event: AnyEvent = request.body.on ? floor.commit('duty.started', { by, role: 'floor', zones: null, until: null, shift: null }, Date.now()) : floor.commit('duty.ended', { by }, Date.now());
    live.publish([event]);
    return reply.code(204).send();
  });
  app.post('/api/v1/sites/:site/presence', (_request, reply) => {
    log.presence += 1;
    return reply.code(204).send();
  });
  app.get('/api/v1/notifications', () => ({ pushKey: `B${'A'.repeat(86)}`, available: { push: true, email: true, telegram: false }, telegramBot: null, devices: [], settings: { order: ['push', 'email'], email: `anna@${SITE.id}.example`, telegramChat: null } }));
  app.post('/api/v1/notifications/receipts/:receipt', (_request, reply) => reply.code(204).send());
  return log;
}

function extraOf(action: Action, body: unknown): object {
  if (action === 'resolve') return { ...(body as ResolveAlert) };
  if (action !== 'snooze') return {};
  const wish = body as SnoozeAlert;
  return { until: Date.now() + (wish.for === 'shift' ? 180 : wish.for) * 60_000, reason: wish.reason };
}
