import { Type } from 'typebox';
import { ulid } from 'ulid';
import { LOUDEST_PER_DAY, Id, NewRule, Problem, Rule, RulePreview, type AlertKind, type Site } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import { personOf, type Auth, type PersonPrincipal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { ApiError, conflict, invalid, notFound, type HttpApp } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import type { Metrics } from '../metrics/index.ts';
import { previewRule } from './preview-site.ts';
import type { AlertsRepository } from './repository.ts';
import { checkedRule, QUIETER } from './rule-check.ts';
import { isBuiltIn } from './rule-defaults.ts';
import type { RuleStore } from './rule-store.ts';

export interface RuleRoutesDeps {
  store: Store; clock: Clock; auth: Auth; audit: Audit; repository: AlertsRepository; rules: RuleStore; metrics: Metrics;
  site(id: string): Promise<Site | undefined>;
  /** Tells every hub that the site is to be read again. */
  changed(site: string): void;
}

/** Rules of a site's own, beside the built-in ones. */
const OWN_MOST = 100;
const tags = ['alerts'];
const security = [{ session: [] }];
const SiteParams = Type.Object({ site: Id });
const RuleParams = Type.Object({ site: Id, rule: Id });
const refusals = { 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem };

/** What calls people, and what it would have done. */
export function ruleRoutes(app: HttpApp, deps: RuleRoutesDeps): void {
  const { store, auth, rules } = deps;
  const siteOf = (request: { params: unknown }): string => (request.params as { site: string }).site;
  const manage = auth.requirePermission('rules.manage', siteOf);

  app.get('/api/v1/sites/:site/rules', {
    onRequest: auth.requirePermission('floor.read', siteOf),
    schema: { tags, security, summary: 'Rules of a site', description: 'Built-in rules first, in the order of their kinds.', params: SiteParams, response: { 200: Type.Object({ rules: Type.Array(Rule) }) } },
  }, async (request) => {
    const site = await known(deps, request.params.site);
    return { rules: await store.read((db) => rules.rulesOf(db, site.id)) };
  });

  app.post('/api/v1/sites/:site/rules', {
    onRequest: manage,
    schema: { tags, security, summary: 'Add a rule', params: SiteParams, body: NewRule, response: { 201: Rule, ...refusals } },
  }, async (request, reply) => {
    const site = await known(deps, request.params.site);
    const rule: Rule = { ...checkedRule(request.body, site), id: ulid().toLowerCase(), site: site.id, builtIn: false };
    await demandQuiet(deps, rule, site);
    return reply.code(201).send(await keep(deps, personOf(request), rule, 'rule.created'));
  });

  app.put('/api/v1/sites/:site/rules/:rule', {
    onRequest: manage,
    schema: { tags, security, summary: 'Change a rule, or switch it on or off', params: RuleParams, body: NewRule, response: { 200: Rule, ...refusals } },
  }, async (request) => {
    const site = await known(deps, request.params.site);
    const before = (await store.read((db) => rules.rulesOf(db, site.id))).find(({ id }) => id === request.params.rule);
    if (!before) throw notFound('rule');
    if (before.builtIn && request.body.kind !== before.kind) throw invalid('/kind', `must stay ${before.kind}: this rule is built in. Add a rule of your own for another kind.`);
    const rule: Rule = { ...checkedRule(request.body, site), id: before.id, site: site.id, builtIn: before.builtIn };
    await demandQuiet(deps, rule, site, before);
    return keep(deps, personOf(request), rule, 'rule.updated');
  });

  app.delete('/api/v1/sites/:site/rules/:rule', {
    onRequest: manage,
    schema: { tags, security, summary: 'Remove a rule of your own', params: RuleParams },
  }, async (request, reply) => {
    const site = await known(deps, request.params.site);
    await drop(deps, personOf(request), site.id, request.params.rule);
    return reply.code(204).send();
  });

  app.post('/api/v1/sites/:site/rules/preview', {
    onRequest: manage,
    schema: { tags, security, summary: 'What a rule would have done in the last 28 days', description: 'Nothing is kept.', params: SiteParams, body: NewRule, response: { 200: RulePreview, ...refusals } },
  }, async (request) => {
    const site = await known(deps, request.params.site);
    return preview(deps, { ...checkedRule(request.body, site), id: 'preview', site: site.id, builtIn: false }, site);
  });
}

async function known(deps: RuleRoutesDeps, id: string): Promise<Site> {
  const site = await deps.site(id);
  if (!site) throw notFound('site');
  return site;
}

async function preview({ store, metrics, repository, clock }: RuleRoutesDeps, rule: Rule, site: Site): Promise<RulePreview> {
  const { groupS } = await store.read((db) => repository.settingsOf(db, site.id));
  return previewRule({ store, metrics }, { rule, site, groupMs: groupS * 1000, now: clock() });
}

/**
 * A rule that is off may be as loud as it likes, and one that is on already may be changed when that makes it no louder:
 * else whoever has a busy site could not turn it down. @throws ApiError `rule_too_loud`
 */
async function demandQuiet(deps: RuleRoutesDeps, rule: Rule, site: Site, before?: Rule): Promise<void> {
  if (!rule.enabled) return;
  const { perDay, tooLoud, days } = await preview(deps, rule, site);
  if (!tooLoud || (before?.enabled && perDay <= (await preview(deps, before, site)).perDay)) return;
  const base = days >= 1 ? `by the last ${Math.floor(days)} days here` : 'at 60 presses an hour';
  throw new ApiError('rule_too_loud', 422, `This would be about ${Math.round(perDay)} alerts a day ${base}; with more than ${LOUDEST_PER_DAY} nobody looks any more. ${QUIETER[rule.kind as AlertKind]}`);
}

async function keep({ store, audit, rules, clock, changed }: RuleRoutesDeps, by: PersonPrincipal, rule: Rule, action: 'rule.created' | 'rule.updated'): Promise<Rule> {
  await store.transaction(async (tx) => {
    const all = await rules.rulesOf(tx.db, rule.site);
    if (action === 'rule.created' && all.filter(({ builtIn }) => !builtIn).length >= OWN_MOST) throw conflict(`A site has at most ${OWN_MOST} rules of its own. Remove one first.`);
    // Somebody may have removed it meanwhile: a change does not bring it back.
    if (action === 'rule.updated' && !all.some(({ id }) => id === rule.id)) throw notFound('rule');
    await rules.put(tx.db, rule, clock());
    await audit.record(tx, by, action, `rule:${rule.site}/${rule.id}`, { kind: rule.kind, name: rule.name, enabled: rule.enabled, place: rule.place, params: rule.params, severity: rule.severity });
  });
  changed(rule.site);
  return rule;
}

async function drop({ store, audit, rules, changed }: RuleRoutesDeps, by: PersonPrincipal, site: string, id: string): Promise<void> {
  if (isBuiltIn(id)) throw new ApiError('rule_built_in', 409, 'Built-in rules cannot be removed. Switch it off instead.');
  await store.transaction(async (tx) => {
    const rule = (await rules.rulesOf(tx.db, site)).find((one) => one.id === id);
    if (!rule) throw notFound('rule');
    await rules.remove(tx.db, site, id);
    await audit.record(tx, by, 'rule.deleted', `rule:${site}/${id}`, { kind: rule.kind, name: rule.name });
  });
  changed(site);
}
