import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Delivery, Id, NotifySettings, NotifyState, NotifyTest, Problem, PushSubscription, type Locale } from '../../contract/index.ts';
import { personOf, type Auth } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { notFound, rateLimit, rateLimited, type HttpApp } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import { toDelivery, type DeliveryRow } from './deliveries.ts';
import type { Notifications } from './notifications.ts';
import { deviceLabel } from './rules.ts';
import { failureText } from './texts.ts';

const tags = ['notifications'];
const security = [{ session: [] as string[] }];
const TESTS_PER_MINUTE = 6;
/** Many tablets can share one address. */
const RECEIPTS_PER_MINUTE = 600;
const CHANGES_PER_MINUTE = 30;
const LIST_MOST = 200;
const LIST_USUAL = 50;

export interface NotificationsRoutesDeps { store: Store; auth: Auth; clock: Clock; notifications: Notifications }

/** A delivery as this person reads it. */
export const deliveryFor = (locale: Locale, row: DeliveryRow): Delivery => toDelivery(row, (kept) => failureText(locale, kept));

/** How people are told, what was told to whom, and the receipts of their devices. */
export function notificationsRoutes(app: HttpApp, { store, auth, clock, notifications }: NotificationsRoutesDeps): void {
  const tests = rateLimit(store, 'notify test', TESTS_PER_MINUTE, 60_000, clock);
  const receipts = rateLimit(store, 'receipt', RECEIPTS_PER_MINUTE, 60_000, clock);
  const changes = rateLimit(store, 'notify', CHANGES_PER_MINUTE, 60_000, clock);
  const take = async (limit: typeof tests, key: string): Promise<void> => {
    const wait = await limit.take(key);
    if (wait > 0) throw rateLimited(wait);
  };

  app.get('/api/v1/notifications', {
    onRequest: auth.requirePerson,
    schema: { tags, summary: 'How you are told, and what this hub can do', security, response: { 200: NotifyState } },
  }, async (request) => notifications.stateOf(personOf(request)));

  app.put('/api/v1/notifications/settings', {
    onRequest: auth.requirePerson,
    schema: { tags, summary: 'In which order you are told, and where', security, body: NotifySettings, response: { 200: NotifyState, 422: Problem } },
  }, async (request) => {
    const person = personOf(request);
    await take(changes, person.user.id);
    await notifications.saveSettings(person, request.body as NotifySettings);
    return notifications.stateOf(person);
  });

  app.post('/api/v1/notifications/subscriptions', {
    onRequest: auth.requirePerson,
    schema: { tags, summary: 'Be told on this browser', description: 'A browser that was kept for somebody else is theirs no more.', security, body: PushSubscription, response: { 201: NotifyState.properties.devices.items, 422: Problem } },
  }, async (request, reply) => {
    const person = personOf(request);
    await take(changes, person.user.id);
    return reply.code(201).send(await notifications.subscribe(person, request.body, deviceLabel(request.headers['user-agent'])));
  });

  app.delete('/api/v1/notifications/subscriptions/:subscription', {
    onRequest: auth.requirePerson,
    schema: { tags, summary: 'Be told on this browser no more', security, params: Type.Object({ subscription: Id }) },
  }, async (request, reply) => {
    await notifications.unsubscribe(personOf(request), request.params.subscription);
    return reply.code(204).send();
  });

  app.post('/api/v1/notifications/test', {
    onRequest: auth.requirePerson,
    schema: {
      tags, summary: 'Try a channel', description: 'Sends one notice to yourself, at once and without another try. `state` and `error` of the answer say how it went.', security,
      body: NotifyTest, response: { 200: Delivery, 409: Problem, 429: Problem },
    },
  }, async (request) => {
    const person = personOf(request);
    await take(tests, person.user.id);
    return deliveryFor(person.user.locale, await notifications.test(person, (request.body as { channel: 'push' | 'email' | 'telegram' }).channel));
  });

  app.post('/api/v1/notifications/receipts/:receipt', {
    schema: { tags, summary: 'A notice was shown', description: 'The receipt came with the push message; it needs no session, and may be sent again.', params: Type.Object({ receipt: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }) }) },
  }, async (request, reply) => {
    await take(receipts, request.ip);
    if (!await notifications.received(request.params.receipt)) throw notFound('notice');
    return reply.code(204).send();
  });

  app.get('/api/v1/sites/:site/deliveries', {
    onRequest: auth.requirePermission('rules.manage', (request: FastifyRequest) => (request.params as { site: string }).site),
    schema: {
      tags, summary: 'What was told to whom, newest first', security, params: Type.Object({ site: Id }),
      querystring: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIST_MOST })) }, { additionalProperties: false }), response: { 200: Type.Object({ deliveries: Type.Array(Delivery) }) },
    },
  }, async (request) => {
    const { user } = personOf(request);
    const rows = await store.read((db) => notifications.deliveries.ofSite(db, request.params.site, request.query.limit ?? LIST_USUAL));
    return { deliveries: rows.map((row) => deliveryFor(user.locale, row)) };
  });
}
