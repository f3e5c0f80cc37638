import { Type } from 'typebox';
import { Id, NewSite, NewTouchpoint, NewZone, Site, SitePatch, Touchpoint, TouchpointPatch, Zone, Name } from '../../contract/index.ts';
import { demandEverywhere, personOf, seesSite, type Auth } from '../core/auth/index.ts';
import { notFound, type HttpApp } from '../core/http/index.ts';
import type { FastifyRequest } from 'fastify';
import type { Sites } from './sites.ts';

const SiteParams = Type.Object({ site: Id });
const ZoneParams = Type.Object({ site: Id, zone: Id });
const TouchpointParams = Type.Object({ site: Id, touchpoint: Id });
const ZonePatch = Type.Partial(Type.Object({ name: Name }, { additionalProperties: false }));
const tags = ['sites'];

export function sitesRoutes(app: HttpApp, { auth, sites }: { auth: Auth; sites: Sites }): void {
  const siteOf = (request: FastifyRequest): string => (request.params as { site: string }).site;
  const manage = auth.requirePermission('sites.manage', siteOf);

  app.get('/api/v1/sites', {
    onRequest: auth.requirePerson,
    schema: { tags, summary: 'Sites that you may see', security: [{ session: [] }], response: { 200: Type.Object({ sites: Type.Array(Site) }) } },
  }, async (request) => ({ sites: await sites.list(personOf(request).user.sites ?? undefined) }));

  app.post('/api/v1/sites', {
    onRequest: auth.requirePermission('sites.manage'),
    schema: { tags, summary: 'Add a site', security: [{ session: [] }], body: NewSite, response: { 201: Site } },
  }, async (request, reply) => {
    const by = personOf(request);
    demandEverywhere(by, 'sites.manage');
    return reply.code(201).send(await sites.create(by, request.body));
  });

  app.get('/api/v1/sites/:site', {
    onRequest: auth.requirePerson,
    schema: { tags, summary: 'One site', security: [{ session: [] }], params: SiteParams, response: { 200: Site } },
  }, async (request) => {
    const site = seesSite(personOf(request), request.params.site) ? await sites.get(request.params.site) : undefined;
    if (!site) throw notFound('site');
    return site;
  });

  app.patch('/api/v1/sites/:site', {
    onRequest: manage,
    schema: { tags, summary: 'Rename a site or move its time zone', security: [{ session: [] }], params: SiteParams, body: SitePatch, response: { 200: Site } },
  }, async (request) => sites.update(personOf(request), request.params.site, request.body));

  app.post('/api/v1/sites/:site/zones', {
    onRequest: manage,
    schema: { tags, summary: 'Add a zone', security: [{ session: [] }], params: SiteParams, body: NewZone, response: { 201: Zone } },
  }, async (request, reply) => reply.code(201).send(await sites.createZone(personOf(request), request.params.site, request.body)));

  app.patch('/api/v1/sites/:site/zones/:zone', {
    onRequest: manage,
    schema: { tags, summary: 'Rename a zone', security: [{ session: [] }], params: ZoneParams, body: ZonePatch, response: { 200: Zone } },
  }, async (request) => sites.updateZone(personOf(request), request.params.site, request.params.zone, request.body.name));

  app.delete('/api/v1/sites/:site/zones/:zone', {
    onRequest: manage,
    schema: { tags, summary: 'Remove a zone; its touchpoints stay', security: [{ session: [] }], params: ZoneParams },
  }, async (request, reply) => {
    await sites.deleteZone(personOf(request), request.params.site, request.params.zone);
    return reply.code(204).send();
  });

  app.post('/api/v1/sites/:site/touchpoints', {
    onRequest: manage,
    schema: { tags, summary: 'Add a touchpoint', security: [{ session: [] }], params: SiteParams, body: NewTouchpoint, response: { 201: Touchpoint } },
  }, async (request, reply) => reply.code(201).send(await sites.createTouchpoint(personOf(request), request.params.site, request.body)));

  app.patch('/api/v1/sites/:site/touchpoints/:touchpoint', {
    onRequest: manage,
    schema: { tags, summary: 'Rename a touchpoint or move it to another zone', security: [{ session: [] }], params: TouchpointParams, body: TouchpointPatch, response: { 200: Touchpoint } },
  }, async (request) => sites.updateTouchpoint(personOf(request), request.params.site, request.params.touchpoint, request.body));

  app.delete('/api/v1/sites/:site/touchpoints/:touchpoint', {
    onRequest: manage,
    schema: { tags, summary: 'Remove a touchpoint that no device uses; its history stays', security: [{ session: [] }], params: TouchpointParams },
  }, async (request, reply) => {
    await sites.deleteTouchpoint(personOf(request), request.params.site, request.params.touchpoint);
    return reply.code(204).send();
  });
}
