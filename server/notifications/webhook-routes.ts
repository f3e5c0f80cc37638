import type { FastifyRequest } from 'fastify';
import { ulid } from 'ulid';
import { Type } from 'typebox';
import { Delivery, Id, Problem, Webhook, WebhookInput } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import { demand, newSecret, personOf, type Auth, type PersonPrincipal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { conflict, invalid, notFound, rateLimit, rateLimited, type HttpApp } from '../core/http/index.ts';
import type { Db, Store } from '../core/store/store.ts';
import { addressProblem, type AddressProblem } from './addresses.ts';
import type { Notifications } from './notifications.ts';
import { deliveryFor } from './routes.ts';
import { MOST_WEBHOOKS, toWebhook, type WebhookRow } from './webhooks.ts';

export interface WebhookRoutesDeps { store: Store; auth: Auth; audit: Audit; clock: Clock; notifications: Notifications; privateWebhooks: boolean; siteExists(db: Db, site: string): Promise<boolean> }

const tags = ['notifications'];
const security = [{ session: [] as string[] }];
const TESTS_PER_MINUTE = 12;
const SiteParams = Type.Object({ site: Id });
const WebhookParams = Type.Object({ site: Id, webhook: Id });

const WRONG: Record<AddressProblem, string> = {
  not_an_address: 'must be an address like https://example.org/otklik', not_http: 'must begin with https:// or http://', not_https: 'must begin with https://',
  credentials: 'must not hold a user or password: the signature tells who sends', private_address: 'is in the hub\'s own network; the operator can allow that with OTKLIK_PRIVATE_WEBHOOKS',
};

/** What an entry of the journal says of an address: paths and queries can hold secrets of the other side. */
const originOf = (url: string): string => URL.parse(url)?.origin ?? '';

/** Programs that are told of a site's alerts. */
export function webhookRoutes(app: HttpApp, deps: WebhookRoutesDeps): void {
  const { store, auth, audit, clock, notifications, privateWebhooks } = deps;
  const { webhooks } = notifications;
  const manage = auth.requirePermission('rules.manage', (request: FastifyRequest) => (request.params as { site: string }).site);
  const tests = rateLimit(store, 'webhook test', TESTS_PER_MINUTE, 60_000, clock);

  function mustBeReachable(url: string): void {
    const wrong = addressProblem(url, { anywhere: privateWebhooks });
    if (wrong !== null) throw invalid('/url', WRONG[wrong]);
  }
  async function known(db: Db, id: string, site?: string): Promise<WebhookRow> {
    const row = await webhooks.get(db, id);
    if (!row || (site !== undefined && row.site !== site)) throw notFound('webhook');
    return row;
  }

  app.get('/api/v1/sites/:site/webhooks', {
    onRequest: manage, schema: { tags, summary: 'Programs that are told', security, params: SiteParams, response: { 200: Type.Object({ webhooks: Type.Array(Webhook) }) } },
  }, async (request) => ({ webhooks: (await store.read((db) => webhooks.ofSite(db, request.params.site))).map(toWebhook) }));

  app.post('/api/v1/sites/:site/webhooks', {
    onRequest: manage, schema: { tags, summary: 'Tell a program', description: 'The secret that signs what is sent is shown this once.', security, params: SiteParams, body: WebhookInput, response: { 201: Webhook, 409: Problem, 422: Problem } },
  }, async (request, reply) => {
    const { site } = request.params;
    const { url, enabled } = request.body;
    mustBeReachable(url);
    const row: WebhookRow = { id: ulid().toLowerCase(), site, url, enabled: Number(enabled), secret: newSecret(), createdAt: clock() };
    await store.transaction(async (tx) => {
      if (!await deps.siteExists(tx.db, site)) throw notFound('site');
      if ((await webhooks.ofSite(tx.db, site)).length >= MOST_WEBHOOKS) throw conflict(`A site has at most ${MOST_WEBHOOKS} webhooks. Remove one first.`);
      await webhooks.insert(tx.db, row);
      await audit.record(tx, personOf(request), 'webhook.created', `webhook:${row.id}`, { site, to: originOf(url), enabled });
    });
    return reply.code(201).send({ ...toWebhook(row), secret: row.secret });
  });

  app.put('/api/v1/sites/:site/webhooks/:webhook', {
    onRequest: manage, schema: { tags, summary: 'Change where a program is told, or pause it', security, params: WebhookParams, body: WebhookInput, response: { 200: Webhook, 422: Problem } },
  }, async (request) => {
    const { url, enabled } = request.body;
    mustBeReachable(url);
    return toWebhook(await store.transaction(async (tx) => {
      const row = await known(tx.db, request.params.webhook, request.params.site);
      await webhooks.update(tx.db, row.id, { url, enabled });
      if (!enabled) await notifications.deliveries.cancelTarget(tx.db, row.id);
      await audit.record(tx, personOf(request), 'webhook.updated', `webhook:${row.id}`, { site: row.site, to: originOf(url), enabled });
      return { ...row, url, enabled: Number(enabled) };
    }));
  });

  app.delete('/api/v1/sites/:site/webhooks/:webhook', {
    onRequest: manage, schema: { tags, summary: 'Tell a program no more', security, params: WebhookParams },
  }, async (request, reply) => {
    await store.transaction(async (tx) => {
      const row = await known(tx.db, request.params.webhook, request.params.site);
      await webhooks.remove(tx.db, row.id);
      await notifications.deliveries.cancelTarget(tx.db, row.id);
      await audit.record(tx, personOf(request), 'webhook.deleted', `webhook:${row.id}`, { site: row.site, to: originOf(row.url) });
    });
    return reply.code(204).send();
  });

  app.post('/api/v1/webhooks/:webhook/test', {
    onRequest: auth.requirePermission('rules.manage'),
    schema: { tags, summary: 'Try a webhook', description: 'Sends one event `test`, at once and without another try.', security, params: Type.Object({ webhook: Id }), response: { 200: Delivery, 404: Problem, 429: Problem } },
  }, async (request) => {
    const person: PersonPrincipal = personOf(request);
    const row = await store.read((db) => known(db, request.params.webhook));
    demand(person, 'rules.manage', row.site);
    const wait = await tests.take(person.user.id);
    if (wait > 0) throw rateLimited(wait);
    return deliveryFor(person.user.locale, await notifications.testWebhook(row));
  });
}
