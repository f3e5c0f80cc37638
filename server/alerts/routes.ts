import { Type } from 'typebox';
import { Alert, ALERT_STATES, Problem, ResolveAlert, type Actor } from '../../contract/index.ts';
import { actorOf, demand, personOf, type Auth, type PersonPrincipal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { ApiError, notFound, problem, type Answer, type HttpApp, type Idempotency } from '../core/http/index.ts';
import { hubEvent } from '../core/log/event.ts';
import type { Store, Transaction } from '../core/store/store.ts';
import { stateAlert } from './reactor.ts';
import { decide, type AlertCommand } from './lifecycle.ts';
import type { AlertsRepository } from './repository.ts';

export interface AlertsRoutesDeps { store: Store; clock: Clock; auth: Auth; idempotency: Idempotency; repository: AlertsRepository }

const LIST_MOST = 200;
const AlertParams = Type.Object({ alert: Type.String({ pattern: '^[0-9a-z]{26}$' }) });
const answers = { 200: Alert, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem };

/** The alert list and what people do with alerts. */
export function alertsRoutes(app: HttpApp, deps: AlertsRoutesDeps): void {
  const { auth, idempotency, repository } = deps;

  app.get('/api/v1/sites/:site/alerts', {
    onRequest: auth.requirePermission('floor.read', (request) => (request.params as { site: string }).site),
    schema: {
      summary: 'Alerts of a site', description: 'Unresolved ones without `state`; newest first.', tags: ['alerts'], security: [{ session: [] }],
      params: Type.Object({ site: Type.String({ maxLength: 64 }) }), querystring: Type.Object({ state: Type.Optional(Type.Enum([...ALERT_STATES])) }, { additionalProperties: false }),
      response: { 200: Type.Object({ alerts: Type.Array(Alert) }) },
    },
  }, async (request) => ({ alerts: await repository.list(request.params.site, request.query.state as Alert['state'] | undefined, LIST_MOST) }));

  const command = (what: AlertCommand['what'], summary: string): void => {
    const schema = { summary, tags: ['alerts'], security: [{ session: [] }], params: AlertParams, response: answers };
    app.post(`/api/v1/alerts/:alert/${what}`, {
      onRequest: auth.requirePerson,
      schema: what === 'resolve' ? { ...schema, body: ResolveAlert } : schema,
    }, async (request, reply) => {
      const person = personOf(request);
      const wish = what === 'resolve' ? { what, ...request.body as ResolveAlert } : { what };
      const { alert } = request.params as { alert: string };
      return idempotency.answer(request, reply, actorOf(person), (tx) => carryOut(tx, deps, person, alert, wish), `alert ${alert}`);
    });
  };
  command('claim', 'Take an alert: one owner at a time');
  command('release', 'Give an alert back');
  command('resolve', 'Finish an alert with its cause');
}

async function carryOut(tx: Transaction, { repository, clock }: AlertsRoutesDeps, person: PersonPrincipal, id: string, wish: AlertCommand): Promise<Answer> {
  const alert = await repository.find(tx.db, id);
  if (!alert) throw notFound('alert');
  demand(person, 'alerts.handle', alert.site);
  const by: Actor = { id: person.user.id, name: person.user.name };
  const decision = decide(alert, by, wish);
  if ('refused' in decision) {
    // The owner stands beside the problem, so that the tablet can show a name at once.
    return { status: 409, body: { ...problem(new ApiError(decision.refused, 409, decision.message)), owner: alert.owner } };
  }
  if ('event' in decision) {
    const { type, body } = decision.event;
    await stateAlert(tx, repository, hubEvent(alert.site, type, clock(), body as never, { touchpoint: alert.touchpoint }));
  }
  return { status: 200, body: await repository.find(tx.db, id) };
}
