import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { FloorPlan, FloorPlanInput, Id, LIMITS, Problem } from '../../contract/index.ts';
import { personOf, type Auth } from '../core/auth/index.ts';
import type { HttpApp } from '../core/http/index.ts';
import { IMAGE_TYPES, withRawBodies } from '../files/index.ts';
import type { Plans } from './plans.ts';

/** A site of five hundred places, each with its corners. */
const DRAWING_BYTES = 512 * 1024;
const SiteParams = Type.Object({ site: Id });
const siteOf = (request: FastifyRequest): string => (request.params as { site: string }).site;

export async function plansRoutes(app: HttpApp, { auth, plans }: { auth: Auth; plans: Plans }): Promise<void> {
  const tags = ['plans'];
  const security = [{ session: [] }];
  const manage = auth.requirePermission('sites.manage', siteOf);

  app.get('/api/v1/sites/:site/plan', {
    onRequest: auth.requirePermission('floor.read', siteOf),
    schema: { tags, security, summary: 'A site\'s floor plan', description: 'The picture itself is one of the site\'s files.', params: SiteParams, response: { 200: FloorPlan, 404: Problem } },
  }, async (request) => plans.get(request.params.site));

  app.put('/api/v1/sites/:site/plan', {
    onRequest: manage,
    bodyLimit: DRAWING_BYTES,
    schema: { tags, security, summary: 'Say where zones and touchpoints are', params: SiteParams, body: FloorPlanInput, response: { 200: FloorPlan, 422: Problem } },
  }, async (request) => plans.draw(personOf(request), request.params.site, request.body));

  await withRawBodies(app, LIMITS.planBytes, (scope) => {
    scope.put('/api/v1/sites/:site/plan/picture', {
      onRequest: manage,
      bodyLimit: LIMITS.planBytes,
      schema: {
        tags, security, summary: 'Put a picture below the plan', consumes: [...IMAGE_TYPES], params: SiteParams, response: { 200: FloorPlan, 413: Problem, 422: Problem },
        description: 'The body is the picture. It is drawn anew, without metadata, with sides of at most 2400 pixels. SVG is not taken.',
      },
    }, async (request) => plans.putPicture(personOf(request), request.params.site, request.body, request.headers['content-type']));
  });

  app.delete('/api/v1/sites/:site/plan/picture', {
    onRequest: manage,
    schema: { tags, security, summary: 'Take the picture away; the drawing stays', params: SiteParams },
  }, async (request, reply) => {
    await plans.deletePicture(personOf(request), request.params.site);
    return reply.code(204).send();
  });
}
