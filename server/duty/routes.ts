import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { DutyBoard, DutyChange, Id, NewShift, Shift, SitePeople } from '../../contract/index.ts';
import { can, demand, personOf, principalOf, type Auth } from '../core/auth/index.ts';
import type { HttpApp } from '../core/http/index.ts';
import type { DutyService } from './duty.ts';

const SiteParams = Type.Object({ site: Id });
const ShiftParams = Type.Object({ shift: Id });
const tags = ['duty'];
const security = [{ session: [] }];

export function dutyRoutes(app: HttpApp, { auth, duty }: { auth: Auth; duty: DutyService }): void {
  const siteOf = (request: FastifyRequest): string => (request.params as { site: string }).site;

  app.get('/api/v1/sites/:site/shifts', {
    onRequest: auth.requirePermission('floor.read', siteOf),
    schema: { tags, summary: 'Shifts of a site', security, params: SiteParams, response: { 200: Type.Object({ shifts: Type.Array(Shift) }) } },
  }, async (request) => ({ shifts: await duty.shifts.ofSite(request.params.site) }));

  app.post('/api/v1/sites/:site/shifts', {
    onRequest: auth.requirePermission('duty.manage', siteOf),
    schema: { tags, summary: 'Add a shift of every week', security, params: SiteParams, body: NewShift, response: { 201: Shift } },
  }, async (request, reply) => reply.code(201).send(await duty.shifts.create(personOf(request), request.params.site, request.body)));

  app.put('/api/v1/shifts/:shift', {
    onRequest: auth.requirePermission('duty.manage'),
    schema: { tags, summary: 'Change a shift', description: 'Who comes or goes by that does so at once.', security, params: ShiftParams, body: NewShift, response: { 200: Shift } },
  }, async (request) => duty.shifts.replace(personOf(request), request.params.shift, request.body));

  app.delete('/api/v1/shifts/:shift', {
    onRequest: auth.requirePermission('duty.manage'),
    schema: { tags, summary: 'Remove a shift', security, params: ShiftParams },
  }, async (request, reply) => {
    await duty.shifts.remove(personOf(request), request.params.shift);
    return reply.code(204).send();
  });

  app.get('/api/v1/sites/:site/duty', {
    onRequest: auth.requirePermission('floor.read', siteOf),
    schema: { tags, summary: 'Who is on duty, and how they can be told now', security, params: SiteParams, response: { 200: DutyBoard } },
  }, async (request) => duty.board(request.params.site));

  app.get('/api/v1/sites/:site/people', {
    onRequest: async (request) => {
      await auth.requirePerson(request);
      const by = principalOf(request);
      if (!can(by, 'rules.manage', siteOf(request))) demand(by, 'duty.manage', siteOf(request));
    },
    schema: { tags, summary: 'Whom shifts and rules can name: people who may take alerts here, and how they can be told now', security, params: SiteParams, response: { 200: SitePeople } },
  }, async (request) => duty.people(request.params.site));

  app.put('/api/v1/sites/:site/duty', {
    // Whoever is on duty is told first, so it has to be somebody who may take an alert.
    onRequest: auth.requirePermission('alerts.handle', siteOf),
    schema: {
      tags, summary: 'Come on duty, or go', description: 'By your own word, which wins over the shifts until `until`. Without it coming lasts until the end of the shift (12 hours where none runs), going until the end of your own shift.',
      security, params: SiteParams, body: DutyChange, response: { 200: DutyBoard },
    },
  }, async (request) => duty.change(personOf(request), request.params.site, request.body));

  app.post('/api/v1/sites/:site/presence', {
    onRequest: auth.requirePermission('floor.read', siteOf),
    schema: { tags, summary: 'A person\'s console is in sight; told every half minute', security, params: SiteParams },
  }, async (request, reply) => {
    await duty.consoleSeen(personOf(request), request.params.site);
    return reply.code(204).send();
  });
}
