import { Type, type TSchema } from 'typebox';
import { Alert, ALERT_COMMANDS, ALERT_STATES, AlertConflict, AlertDetail, AlertSettings, Id, Problem, ResolveAlert, SnoozeAlert, type Actor, type AlertCommandName } from '../../contract/index.ts';
import { actorOf, can, demand, personOf, principalOf, type Auth, type PersonPrincipal } from '../core/auth/index.ts';
import { ApiError, notFound, problem, type Answer, type HttpApp, type Idempotency } from '../core/http/index.ts';
import { hubEvent } from '../core/log/event.ts';
import type { Db, Transaction } from '../core/store/store.ts';
import { alertDetail, type AlertDetailDeps } from './detail.ts';
import { decide, type AlertCommand, type Decision } from './lifecycle.ts';
import { stateAlert } from './repository.ts';
import { writeSettings, type AlertSettingsDeps } from './settings.ts';

export interface AlertsRoutesDeps extends AlertDetailDeps, AlertSettingsDeps {
  auth: Auth;
  idempotency: Idempotency;
  siteExists(site: string): Promise<boolean>;
  /** When the person's shift ends, epoch ms. */
  endOfShift(db: Db, site: string, user: string, now: number): Promise<number>;
}

const LIST = { most: 500, usual: 200 };
const MINUTE_MS = 60_000;
const SiteParams = Type.Object({ site: Id });
const AlertId = Type.String({ pattern: '^[0-9a-z]{26}$' });
const AlertParams = Type.Object({ alert: AlertId });
const ListQuery = Type.Object({
  state: Type.Optional(Type.Enum([...ALERT_STATES])), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIST.most })), before: Type.Optional(AlertId),
}, { additionalProperties: false });
const tags = ['alerts'];
const security = [{ session: [] }];

/** Visitors' own words are for those who handle alerts. */
const shown = (alert: Alert, handles: boolean): Alert => (handles || alert.message === null ? alert : { ...alert, message: null });

/** The alert list, what people do with alerts, and a site's settings of them. */
export function alertsRoutes(app: HttpApp, deps: AlertsRoutesDeps): void {
  const { auth, repository, store } = deps;
  const siteOf = (request: { params: unknown }): string => (request.params as { site: string }).site;

  app.get('/api/v1/sites/:site/alerts', {
    onRequest: auth.requirePermission('floor.read', siteOf),
    schema: {
      summary: 'Alerts of a site', description: 'Newest first; without `state` those that are not over. `before` is the id of the last alert of the page before.', tags, security,
      params: SiteParams, querystring: ListQuery, response: { 200: Type.Object({ alerts: Type.Array(Alert) }) },
    },
  }, async (request) => {
    const { state, limit = LIST.usual, before } = request.query;
    const handles = can(principalOf(request), 'alerts.handle', request.params.site);
    const alerts = await repository.list(request.params.site, { state: state as Alert['state'] | undefined, limit, before });
    return { alerts: alerts.map((alert) => shown(alert, handles)) };
  });

  app.get('/api/v1/alerts/:alert', {
    onRequest: auth.requirePerson,
    schema: { summary: 'One alert, with its history, similar ones and who is on duty there', tags, security, params: AlertParams, response: { 200: AlertDetail } },
  }, async (request) => {
    const person = personOf(request);
    const alert = await store.read((db) => repository.find(db, request.params.alert));
    if (!alert) throw notFound('alert');
    demand(person, 'floor.read', alert.site);
    const detail = await alertDetail(deps, alert);
    const handles = can(person, 'alerts.handle', alert.site);
    return { ...detail, alert: shown(detail.alert, handles), similar: detail.similar.map((one) => shown(one, handles)) };
  });

  app.get('/api/v1/sites/:site/alert-settings', {
    onRequest: auth.requirePermission('floor.read', siteOf),
    schema: { summary: 'Settings of a site\'s alerts', tags, security, params: SiteParams, response: { 200: AlertSettings } },
  }, async (request) => {
    if (!await deps.siteExists(request.params.site)) throw notFound('site');
    return store.read((db) => repository.settingsOf(db, request.params.site));
  });

  app.put('/api/v1/sites/:site/alert-settings', {
    onRequest: auth.requirePermission('rules.manage', siteOf),
    schema: { summary: 'Change the settings of a site\'s alerts', tags, security, params: SiteParams, body: AlertSettings, response: { 200: AlertSettings } },
  }, async (request) => {
    if (!await deps.siteExists(request.params.site)) throw notFound('site');
    return writeSettings(deps, personOf(request), request.params.site, request.body);
  });

  for (const what of ALERT_COMMANDS) commandRoute(app, deps, what);
}

const COMMANDS: Record<AlertCommandName, { summary: string; body?: TSchema }> = {
  claim: { summary: 'Take an alert: one owner at a time' },
  depart: { summary: 'Say that you are on the way; takes an open alert at once' },
  release: { summary: 'Give an alert back' },
  resolve: { summary: 'End an alert: with its cause, or as one whose visitor was not found, or as a false one', body: ResolveAlert },
  snooze: { summary: 'Silence an alert for a time, with the reason', body: SnoozeAlert },
  seen: { summary: 'Say that an alert stands on your screen' },
};

function commandRoute(app: HttpApp, deps: AlertsRoutesDeps, what: AlertCommandName): void {
  const { summary, body } = COMMANDS[what];
  app.post(`/api/v1/alerts/:alert/${what}`, {
    onRequest: deps.auth.requirePerson,
    schema: {
      summary, tags, security, params: AlertParams, ...(body ? { body } : {}),
      response: { 200: Alert, 401: Problem, 403: Problem, 404: Problem, 409: AlertConflict, 422: Problem },
    },
  }, async (request, reply) => {
    const person = personOf(request);
    const { alert } = request.params as { alert: string };
    return deps.idempotency.answer(request, reply, actorOf(person), (tx) => carryOut(tx, deps, person, alert, what, request.body), `alert ${alert}`);
  });
}

/** What the person wants, with what it takes to decide. `body` is of the command's schema. */
async function commandOf(db: Db, { repository, endOfShift }: AlertsRoutesDeps, site: string, user: string, now: number, what: AlertCommandName, body: unknown): Promise<AlertCommand> {
  switch (what) {
    case 'resolve': return { what, how: body as ResolveAlert, causes: (await repository.settingsOf(db, site)).causes.map(({ id }) => id) };
    case 'snooze': {
      const { for: span, reason } = body as SnoozeAlert;
      return { what, until: span === 'shift' ? await endOfShift(db, site, user, now) : now + span * MINUTE_MS, reason };
    }
    default: return { what };
  }
}

async function carryOut(tx: Transaction, deps: AlertsRoutesDeps, person: PersonPrincipal, id: string, what: AlertCommandName, body: unknown): Promise<Answer> {
  const { repository, clock } = deps;
  const alert = await repository.find(tx.db, id);
  if (!alert) throw notFound('alert');
  demand(person, 'alerts.handle', alert.site);
  const by: Actor = { id: person.user.id, name: person.user.name };
  const now = clock();
  const command = await commandOf(tx.db, deps, alert.site, by.id, now, what, body);
  const answer = answerOf(alert, decide(alert, by, command, now));
  if (answer) return answer;
  // What the hub's rules state does not go by this scope: the alert may have grown or cleared since. Most commands that
  // lose have been answered by now, without a write to the row.
  const held = await repository.hold(tx.db, id);
  if (!held) throw notFound('alert');
  const decision = decide(held.alert, by, command, now);
  if (!('event' in decision)) return answerOf(held.alert, decision)!;
  const { event } = decision;
  // A person sees an alert for the first time once: the same event again is a duplicate.
  const key = event.type === 'alert.seen' ? { key: `alert.seen ${id} ${by.id}` } : {};
  const stated = await stateAlert(tx, repository, hubEvent(alert.site, event.type, now, event.body, { touchpoint: alert.touchpoint, ...key }), held);
  return { status: 200, body: stated ?? held.alert };
}

/** The answer to a command that changes nothing; undefined for one that is to be carried out. */
function answerOf(alert: Alert, decision: Decision): Answer | undefined {
  if ('event' in decision) return undefined;
  if ('nothing' in decision) return { status: 200, body: alert };
  return refusal(alert, new ApiError(decision.refused, decision.refused === 'unknown_cause' ? 422 : 409, decision.message));
}

/** How the alert stands goes with the refusal, so that a tablet which was away can say who took it and when. */
function refusal({ state, owner, claimedAt, resolvedAt, cause }: Alert, error: ApiError): Answer {
  return { status: error.status, body: { ...problem(error), state, owner, claimedAt, resolvedAt, cause } };
}
